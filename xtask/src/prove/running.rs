//! The process of a service: it ends when it is asked to, and in any case when this process is gone.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::dev::guard::Guard;

/// How long it may take to stop when it is asked to; then it is killed.
const STOP_DEADLINE: Duration = Duration::from_secs(35);
const POLL: Duration = Duration::from_millis(50);

/// A process that was started.
pub struct Running(Mutex<Process>);

struct Process {
    child: Child,
    guard: Option<Guard>,
}

impl Running {
    /// Starts a command, out of the reach of a terminal's Ctrl-C: it is ended by [`Running::stop`].
    pub fn start(command: &mut Command) -> io::Result<Self> {
        own_group(command);
        let child = command.spawn()?;
        // Where it cannot be had, all else works the same.
        let guard = Guard::of(&child).ok();
        Ok(Self(Mutex::new(Process { child, guard })))
    }

    /// How it has ended; nothing while it runs.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.process().child.try_wait().ok().flatten()
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&self) {
        let mut process = self.process();
        let deadline = Instant::now() + STOP_DEADLINE;
        // Once it has been waited for, its number may be another's.
        if matches!(process.child.try_wait(), Ok(None)) {
            ask_to_stop(&mut process.child);
        }
        while matches!(process.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        // It had its time. Nothing is left to do about a process that cannot even be killed.
        let _ = process.child.kill();
        let _ = process.child.wait();
        process.guard.take().into_iter().for_each(Guard::dismiss);
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(unix)]
fn ask_to_stop(child: &mut Child) {
    if let Some(process) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // A process that has ended needs no signal.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
}

/// Where a process cannot be asked, it is ended.
#[cfg(not(unix))]
fn ask_to_stop(child: &mut Child) {
    let _ = child.kill();
}
