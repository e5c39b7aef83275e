//! How many faults were found, for people and for programs.

use std::time::Duration;

use serde_json::json;

use super::Fault;
use super::trial::{Catch, Trial};
use crate::failure::{Failure, Problem};
use crate::progress::{Progress, seconds};
use crate::report::{self, MessageFormat};

/// What became of all trials.
pub struct Report {
    /// The service without a fault.
    pub right: Trial,
    /// Services without a fault that were tried among the others.
    pub controls: Vec<Trial>,
    /// The service with each fault.
    pub trials: Vec<(Fault, Trial)>,
    /// The share of the faults that must be found.
    pub least: f64,
    /// From the command to its end.
    pub took: Duration,
}

impl Report {
    /// A table and the total for people, an object for each trial for programs.
    pub fn print(&self, format: MessageFormat, progress: &Progress) {
        match format {
            MessageFormat::Json => {
                let print = |object: &serde_json::Value| report::print(format, &object.to_string());
                self.rights().for_each(|trial| print(&object("(none)", "the service without a fault", trial)));
                self.trials.iter().for_each(|(fault, trial)| print(&object(&fault.name, &fault.about, trial)));
                print(&self.total());
            }
            MessageFormat::Github => {}
            MessageFormat::Human | MessageFormat::Short => {
                let width = self.trials.iter().map(|(fault, _)| fault.name.len()).max().unwrap_or(0);
                self.trials.iter().for_each(|(fault, trial)| progress.line(&line(fault, trial, width)));
                let alarms = self.rights().filter(|trial| trial.found.is_some()).count();
                let (took, total, rights) = (seconds(self.took), self.summary(), self.rights().count());
                progress.line(&format!("{took:>8}  total: {total}; false alarms: {alarms} of {rights}"));
            }
        }
    }

    /// Fine, or what is not.
    pub fn verdict(&self) -> Result<(), Failure> {
        if let Some(found) = self.false_alarm() {
            let message = format!("the service without a fault is said to be wrong: {}", words(found));
            let help = "repair the service or the contract; `cargo xtask prove` shows more. When it is found only among the \
                        faults, the machine is too busy for something that the contract bounds in time";
            return Err(Failure::contract(Problem::new("false-alarm", message).help(help)));
        }
        if self.found() < self.needed() {
            let survived: Vec<_> =
                self.trials.iter().filter(|(_, trial)| trial.found.is_none()).map(|(f, _)| f.name.as_str()).collect();
            let message =
                format!("{}; at least {} must be; not found: {}", self.summary(), self.needed(), survived.join(", "));
            let help = "add what would find them to the contract: a request, an @assert or a constraint";
            return Err(Failure::contract(Problem::new("faults-survived", message).help(help)));
        }
        Ok(())
    }

    fn rights(&self) -> impl Iterator<Item = &Trial> {
        std::iter::once(&self.right).chain(&self.controls)
    }

    fn false_alarm(&self) -> Option<&Catch> {
        self.rights().find_map(|trial| trial.found.as_ref())
    }

    fn found(&self) -> usize {
        self.trials.iter().filter(|(_, trial)| trial.found.is_some()).count()
    }

    /// How many of the faults that were tried make the share.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn needed(&self) -> usize {
        (self.trials.len() as f64 * self.least).ceil() as usize
    }

    fn summary(&self) -> String {
        format!("{} of {} faults found", self.found(), self.trials.len())
    }

    fn total(&self) -> serde_json::Value {
        json!({
            "kind": "total",
            "faults": self.trials.len(),
            "found": self.found(),
            "needed": self.needed(),
            "falseAlarm": self.false_alarm().is_some(),
            "controls": self.controls.len(),
            "milliseconds": self.took.as_secs_f64() * 1000.0,
        })
    }
}

fn line(fault: &Fault, trial: &Trial, width: usize) -> String {
    let fate = trial.found.as_ref().map_or_else(|| "SURVIVED".to_owned(), words);
    format!("{:>8}  {:width$}  {fate}", seconds(trial.took), fault.name)
}

fn words(found: &Catch) -> String {
    format!("{} {}: {}", found.kind, found.title, found.message)
}

fn object(name: &str, about: &str, trial: &Trial) -> serde_json::Value {
    let found = trial
        .found
        .as_ref()
        .map(|found| json!({ "kind": found.kind, "request": found.title, "message": found.message }));
    json!({
        "kind": "mutant",
        "fault": name,
        "about": about,
        "found": found,
        "milliseconds": trial.took.as_secs_f64() * 1000.0,
    })
}
