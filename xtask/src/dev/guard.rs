//! Ends what was started when whoever started it is gone, even if it was killed and could not end anything itself.

#[cfg(unix)]
pub use self::unix::Guard;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// Reads until nobody can write any more, which the system sees to when the writer is killed, and then ends the group
    /// that it belongs to itself: first as a shell does, and half a minute later at once.
    const SCRIPT: &str = "trap '' HUP INT TERM; read -r _; kill -TERM 0; sleep 30; kill -KILL 0";

    /// A member of a process group that outlives this process, to end the group.
    #[derive(Debug)]
    pub struct Guard(Child);

    impl Guard {
        /// Joins the group of a process that has not been waited for.
        pub fn of(group: &Child) -> io::Result<Self> {
            let group = i32::try_from(group.id()).map_err(io::Error::other)?;
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            shell.process_group(group).spawn().map(Self)
        }

        /// Leaves the group.
        pub fn dismiss(mut self) {
            // It may have been killed with the group.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// Where there are no process groups, what outlives this process is on its own.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Guard;

#[cfg(not(unix))]
impl Guard {
    pub fn of(_group: &std::process::Child) -> std::io::Result<Self> {
        Ok(Self)
    }

    pub fn dismiss(self) {}
}
