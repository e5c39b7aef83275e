//! The program that calls a client, as a process that answers a line with a line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::Settings;
use super::outcome::Outcome;
use crate::failure::Failure;
use crate::prove::interrupt;
use crate::prove::service::Words;

/// How long a client may take for one call; clients have timeouts of their own, which are shorter.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running program.
pub struct Driver {
    child: Child,
    /// Closed to tell the program that there is nothing more to send.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    folder: TempDir,
}

impl Driver {
    /// Builds the client and starts its program.
    pub fn start(settings: &Settings, root: &Path) -> Result<Self, Failure> {
        let folder = interrupt::folder("through-")?;
        let words = Words { root, data: folder.path(), port: 0, settings: None };
        if let Some(build) = &settings.build {
            words.run(build)?;
        }
        let mut command = words.command(&settings.start)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| Words::failure(&settings.start, &error.to_string()))?;
        let input = child.stdin.take();
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                let read = BufReader::new(output).lines().map_while(Result::ok);
                // Nobody waits for a line any more once the run is over.
                read.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
            });
        }
        Ok(Self { child, input, lines, folder })
    }

    /// A folder for bodies that are handed over as files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends one line and reads the outcome.
    pub fn send(&mut self, line: &str) -> Result<Outcome, String> {
        let input = self.input.as_mut().ok_or("the client's program takes no more requests")?;
        let written = writeln!(input, "{line}").and_then(|()| input.flush());
        written.map_err(|error| format!("the client's program has ended: {error}"))?;
        let answer = self.lines.recv_timeout(TIMEOUT).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => format!("the client's call took longer than {} s", TIMEOUT.as_secs()),
            mpsc::RecvTimeoutError::Disconnected => "the client's program has ended".to_owned(),
        })?;
        serde_json::from_str(&answer).map_err(|error| format!("the client's program printed `{answer}`: {error}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has nothing left to do, and nobody would read it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
