//! Everything that runs: starts it, waits for it while the contract and the keyboard are heeded, and ends it.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::part::{Change, Part};
use super::process::{Ended, Kind, Process};
use super::{Event, terminal};
use crate::failure::Failure;

/// How long a process may take to end when it is asked to; then it is killed.
const STOP_DEADLINE: Duration = Duration::from_secs(30);
/// No process has this number.
const NOBODY: u32 = 0;
/// How often it is looked whether something that starts is ready.
const POLL: Duration = Duration::from_millis(100);

/// Why the work ends.
#[derive(Debug)]
pub enum Halt {
    /// Somebody wants it to.
    Interrupted,
    /// It cannot go on.
    Failed(Failure),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Done,
    /// Badly; it has printed why.
    Failed,
    /// It was given up, because what it works on has changed again.
    Outdated,
}

/// The processes, and what happens to them.
pub struct Crew {
    events: Receiver<Event>,
    sender: Sender<Event>,
    running: Vec<Process>,
    changes: BTreeSet<Change>,
}

impl Crew {
    /// Nothing runs, and everything is new.
    pub fn new((sender, events): (Sender<Event>, Receiver<Event>)) -> Self {
        let changes = BTreeSet::from([Change::Contract, Change::Service, Change::Packages]);
        Self { events, sender, running: Vec::new(), changes }
    }

    /// Starts something that runs until it is stopped, and returns what it is called.
    pub fn start(&mut self, part: Part, command: Command) -> Result<u32, Failure> {
        self.spawn(part, Kind::Service, command)
    }

    /// Runs a job to its end. It is given up when what it works on, or something that comes before that, changes.
    pub fn job(&mut self, part: Part, command: Command, about: Change) -> Result<Outcome, Halt> {
        let id = self.spawn(part, Kind::Job, command)?;
        let mut outdated = false;
        loop {
            if let Some(ended) = self.next(id)? {
                return Ok(match ended.succeeded() {
                    _ if outdated => Outcome::Outdated,
                    true => Outcome::Done,
                    false => Outcome::Failed,
                });
            }
            if !outdated && self.changes.first().is_some_and(|first| *first <= about) {
                outdated = true;
                self.changes.insert(about);
                self.each(id, Process::terminate);
            }
        }
    }

    /// Waits until something that starts is ready. If it ends instead, this is how.
    pub fn wait_until(&mut self, id: u32, ready: impl Fn() -> bool) -> Result<Option<Ended>, Halt> {
        while !ready() {
            if let Some(ended) = self.next_until(Instant::now() + POLL, id)? {
                return Ok(Some(ended));
            }
        }
        Ok(None)
    }

    /// Stops one process and waits until it is gone.
    pub fn stop(&mut self, id: u32) -> Result<(), Halt> {
        self.each(id, Process::terminate);
        let deadline = Instant::now() + STOP_DEADLINE;
        while self.runs(id) {
            if Instant::now() >= deadline {
                self.each(id, Process::kill);
                self.next(id)?;
            }
            self.next_until(deadline, id)?;
        }
        Ok(())
    }

    /// What has changed, if there is something that has not been worked on.
    pub fn change(&mut self) -> Option<Change> {
        self.changes.pop_first()
    }

    /// Waits for a change, and for nothing that runs.
    pub fn wait_for_change(&mut self) -> Result<Change, Halt> {
        loop {
            if let Some(change) = self.change() {
                return Ok(change);
            }
            self.next(NOBODY)?;
        }
    }

    /// Whether a process has not ended yet.
    pub fn runs(&self, id: u32) -> bool {
        self.running.iter().any(|process| process.id == id)
    }

    /// Ends everything. A second interrupt ends it at once.
    pub fn stop_all(&mut self) {
        self.running.iter().for_each(Process::terminate);
        let deadline = Instant::now() + STOP_DEADLINE;
        while !self.running.is_empty() {
            match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Ended(ended)) => self.running.retain(|process| process.id != ended.id),
                Ok(Event::Changed(_)) => {}
                Ok(Event::Interrupted) | Err(_) => {
                    self.running.iter().for_each(Process::kill);
                    return;
                }
            }
        }
    }

    fn spawn(&mut self, part: Part, kind: Kind, command: Command) -> Result<u32, Failure> {
        let process = Process::start(part, kind, command, &self.sender)?;
        let id = process.id;
        self.running.push(process);
        Ok(id)
    }

    fn each(&self, id: u32, act: fn(&Process)) {
        self.running.iter().filter(|process| process.id == id).for_each(act);
    }

    /// Waits for whatever happens next; the end of `awaited` is the caller's.
    fn next(&mut self, awaited: u32) -> Result<Option<Ended>, Halt> {
        // It never ends, because a sender is here.
        let event = self.events.recv().map_err(|_| Halt::Interrupted)?;
        self.heed(event, awaited)
    }

    fn next_until(&mut self, deadline: Instant, awaited: u32) -> Result<Option<Ended>, Halt> {
        match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(event) => self.heed(event, awaited),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Halt::Interrupted),
        }
    }

    fn heed(&mut self, event: Event, awaited: u32) -> Result<Option<Ended>, Halt> {
        match event {
            Event::Interrupted => Err(Halt::Interrupted),
            Event::Changed(change) => {
                self.changes.insert(change);
                Ok(None)
            }
            Event::Ended(ended) => {
                self.running.retain(|process| process.id != ended.id);
                if ended.id == awaited {
                    return Ok(Some(ended));
                }
                terminal::warn(ended.part, &format!("has ended by itself: {ended}"));
                Ok(None)
            }
        }
    }
}
