//! What became of everything that a run sent.

use super::probes::Gap;
use super::run::Step;
use crate::failure::Problem;

/// The results of a run, in the order sent.
#[derive(Default)]
pub struct Outcome<'a> {
    /// The requests of the contract.
    pub requests: Vec<Step<'a>>,
    /// The requests that each break one constraint.
    pub probes: Vec<Step<'a>>,
    /// The requests that each are at a bound of one constraint.
    pub boundaries: Vec<Step<'a>>,
    /// The requests to which the contract's examples were the answer, where a client was tried with them.
    pub examples: Vec<Step<'a>>,
    /// Constraints that nothing was made of.
    pub gaps: &'a [Gap],
    /// How many probes and boundaries are excluded, each with its reason.
    pub excluded: usize,
    /// Operations without boundaries, because their own request cannot be sent a second time, each with how that is known.
    pub once: Vec<(&'a str, String)>,
    /// Probes of which nobody can tell whether they changed something.
    pub unwatched: Vec<Unwatched<'a>>,
    /// What is wrong beside the answers: the service has ended, or an invariant does not hold.
    pub broken: Vec<Problem>,
}

/// Probes of one operation that no reader watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched<'a> {
    /// The operation.
    pub operation: &'a str,
    /// How many they are.
    pub probes: usize,
}

/// What is right of what could be sent, and how much that was.
pub fn passed(steps: &[Step]) -> (usize, usize) {
    let sent = || steps.iter().filter(|step| step.failed() || step.inexpressible.is_none());
    (sent().filter(|step| !step.failed()).count(), sent().count())
}

impl<'a> Outcome<'a> {
    /// Everything that was to be sent to the server.
    pub fn steps(&self) -> impl Iterator<Item = &Step<'a>> {
        self.requests.iter().chain(&self.probes).chain(&self.boundaries)
    }

    /// The steps by what they are, with what is said of those that are right.
    pub fn kinds(&self) -> [(&'static str, &[Step<'a>], &'static str); 4] {
        [
            ("request", &self.requests[..], "requests passed"),
            ("probe", &self.probes[..], "probes refused as declared"),
            ("boundary", &self.boundaries[..], "boundaries taken"),
            ("example", &self.examples[..], "answers of examples understood"),
        ]
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.steps().chain(&self.examples).any(Step::failed) || !self.broken.is_empty()
    }

    /// One line, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let (right, sent) = passed(&self.requests);
        let mut parts = Vec::new();
        if !self.requests.is_empty() {
            parts.push(format!("{right} passed, {} failed", sent - right));
        }
        for (_, steps, fate) in &self.kinds()[1..] {
            if !steps.is_empty() {
                let (right, sent) = passed(steps);
                parts.push(format!("{right} of {sent} {fate}"));
            }
        }
        let inexpressible = self.steps().filter(|step| step.inexpressible.is_some()).count();
        if inexpressible > 0 {
            parts.push(format!("{inexpressible} not sent, because the client's types do not allow them"));
        }
        if !self.broken.is_empty() {
            parts.push(format!("{} wrong beside the answers", self.broken.len()));
        }
        if self.excluded > 0 {
            parts.push(format!("{} excluded with a reason", self.excluded));
        }
        if !self.gaps.is_empty() {
            let plural = if self.gaps.len() == 1 { "constraint" } else { "constraints" };
            parts.push(format!("{} {plural} without a probe", self.gaps.len()));
        }
        parts.join("; ")
    }
}
