//! A process with everything that it starts: it prints to the terminal, tells when it has ended, and ends as a whole.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Event;
use super::guard::Guard;
use super::part::Part;
use super::terminal;
use crate::failure::{Failure, Problem};

/// How long what a process has left behind may take to end.
const LEFT_BEHIND: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// A process that was started. It is gone when [`Event::Ended`] has come.
#[derive(Debug)]
pub struct Process {
    /// What [`Ended`] calls it.
    pub id: u32,
    child: Living,
}

/// A process that is gone, with everything that it had started.
#[derive(Debug)]
pub struct Ended {
    /// Which it was.
    pub id: u32,
    /// Whose lines it printed.
    pub part: Part,
    status: Option<ExitStatus>,
}

impl Ended {
    /// Whether it ended well.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.status {
            Some(status) => status.fmt(f),
            None => f.write_str("somebody else has waited for it"),
        }
    }
}

/// None once the process has been waited for: its number may then be another's.
type Living = Arc<Mutex<Option<Child>>>;

/// Whether lines of a process may come after the word that it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Work that ends by itself: it is over when its last line has been printed.
    Job,
    /// A service that runs until it is stopped. What it leaves behind may hold its streams open.
    Service,
}

impl Process {
    /// Starts a command in a process group of its own, which ends when this process is gone.
    pub fn start(part: Part, kind: Kind, mut command: Command, events: &Sender<Event>) -> Result<Self, Failure> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if terminal::is_coloured() {
            command.env("CARGO_TERM_COLOR", "always").env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1");
        }
        own_group(&mut command);
        let mut child = command.spawn().map_err(|error| cannot_start(&command, &error))?;
        let id = child.id();
        // Where it cannot be had, all else works the same.
        let guard = Guard::of(&child).ok();
        let streams = [
            child.stdout.take().map(|stream| thread::spawn(move || terminal::copy(part, stream))),
            child.stderr.take().map(|stream| thread::spawn(move || terminal::copy(part, stream))),
        ];
        let child = Arc::new(Mutex::new(Some(child)));
        let (living, events) = (Arc::clone(&child), events.clone());
        thread::spawn(move || {
            let status = wait(&living, id, guard);
            if kind == Kind::Job {
                streams.into_iter().flatten().for_each(finish);
            }
            // Nobody listens any more when everything ends.
            drop(events.send(Event::Ended(Ended { id, part, status })));
        });
        Ok(Self { id, child })
    }

    /// Asks the process, and what it has started, to end.
    pub fn terminate(&self) {
        if let Some(child) = lock(&self.child).as_mut() {
            signal(child, Signal::Terminate);
        }
    }

    /// Ends the process, and what it has started, at once.
    pub fn kill(&self) {
        if let Some(child) = lock(&self.child).as_mut() {
            signal(child, Signal::Kill);
        }
    }
}

fn finish(stream: JoinHandle<()>) {
    // A thread that panicked has printed why, and the stream is over.
    drop(stream.join());
}

fn lock(living: &Living) -> MutexGuard<'_, Option<Child>> {
    living.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until the process has ended, and ends what it has left behind.
fn wait(living: &Living, id: u32, guard: Option<Guard>) -> Option<ExitStatus> {
    until_ended(living, id);
    let mut locked = lock(living);
    // Until it is waited for, nothing else gets its number.
    let mut child = locked.take()?;
    signal(&mut child, Signal::Terminate);
    let status = child.wait().ok();
    drop(locked);
    guard.into_iter().for_each(Guard::dismiss);
    end_group(id);
    status
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(unix)]
fn process_id(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(unix)]
fn signal(child: &mut Child, signal: Signal) {
    let signal = match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    if let Some(group) = process_id(child.id()) {
        // A group that is empty needs no signal.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// Returns when the process has ended, and leaves it to be waited for.
#[cfg(unix)]
fn until_ended(_living: &Living, id: u32) {
    use rustix::io::Errno;
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(process) = process_id(id) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(process), options).is_err_and(|error| error == Errno::INTR) {}
}

/// Waits until what a process has left behind has ended too. What does not want to is killed.
#[cfg(unix)]
fn end_group(id: u32) {
    use rustix::process::{Signal, kill_process_group, test_kill_process_group};
    let Some(group) = process_id(id) else { return };
    let deadline = Instant::now() + LEFT_BEHIND;
    while test_kill_process_group(group).is_ok() {
        if Instant::now() >= deadline {
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::KILL);
            return;
        }
        thread::sleep(POLL);
    }
}

/// Where there are no process groups, what a process has started is on its own.
#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(not(unix))]
fn end_group(_id: u32) {}

#[cfg(not(unix))]
fn signal(child: &mut Child, _signal: Signal) {
    // A process that has ended needs no signal.
    let _ = child.kill();
}

#[cfg(not(unix))]
fn until_ended(living: &Living, _id: u32) {
    while lock(living).as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None))) {
        thread::sleep(POLL);
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::environment(
        Problem::new("missing-program", format!("cannot run `{program}`: {error}"))
            .help("install it, or repair the command in [workspace.metadata.contract] of Cargo.toml"),
    )
}
