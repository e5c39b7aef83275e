//! `cargo xtask prove --mutants`: what a proof finds. The workspace's service is started once as it is, where nothing may be
//! found, and once with each of its faults, where something must be.
//!
//! How a build with faults is made, how it lists them and how one is chosen is configuration: the toolchain knows none.

mod report;
mod template;
mod trial;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Deserialize;

use self::report::Report;
use self::template::Template;
use self::trial::{Laboratory, Trial};
use super::made::Made;
use super::rules::Rules;
use super::schemathesis::SecondOpinion;
use super::{Arguments, Compiled, interrupt, selection, service};
use crate::failure::{Failure, Problem};
use crate::progress::Progress;
use crate::workspace;

/// How many services are tried at the same time.
const AT_ONCE: usize = 2;
/// After so many faults comes a service without one.
const CONTROL_AFTER: usize = 20;

/// `[workspace.metadata.contract.mutants]` of the root `Cargo.toml`. Commands as in
/// `[workspace.metadata.contract.service]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Builds the service with its faults; none where there is nothing to build.
    build: Option<String>,
    /// Prints the faults, one a line: its name, white space, what goes wrong.
    list: String,
    /// Starts the service, where that differs from how it is started without faults.
    start: Option<String>,
    /// The environment variable that names the fault.
    variable: String,
    /// The share of the faults that must be found, from 0 to 1.
    least: f64,
    /// The few that `--quick` tries.
    #[serde(default)]
    quick: Vec<String>,
}

/// One thing that the service can be made to do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    name: String,
    about: String,
}

/// Tries every fault. Exit code 1 when fewer than the configured share are found, or something is found in the service
/// as it is.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let progress = if arguments.message_format.for_programs() { Progress::quiet() } else { Progress::new() };
    let (current, root) = (workspace::current_dir()?, workspace::root()?);
    let stage = progress.stage("compile the contract");
    let Compiled { contract, outside, .. } = super::compiled(arguments, &current)?;
    let samples = selection::chosen(&contract, &arguments.only)?;
    let rules = Rules::of(arguments, &current, &contract, &outside)?;
    let made = Made::of(&contract, &samples, arguments, &rules, &current)?;
    stage.done();

    let settings = settings(&root)?;
    let stage = progress.stage("build the service with its faults");
    if let Some(build) = &settings.build {
        service::command(&root, build)?;
    }
    let names = if arguments.quick { &settings.quick } else { &arguments.fault };
    let faults = faults(&service::command(&root, &settings.list)?, names)?;
    let mut wanted = service::Settings::of_workspace(&root)?;
    wanted.start = settings.start.unwrap_or(wanted.start);
    stage.done();

    let stage = progress.stage("initialise its data");
    let template = Template::make(&wanted, &root)?;
    stage.done();
    let other = match arguments.schemathesis {
        Some(seconds) => Some((SecondOpinion::of_workspace(&root)?, Duration::from_secs(seconds))),
        None => None,
    };
    let least = if other.is_some() { 0.0 } else { settings.least };
    let laboratory = Laboratory {
        other,
        contract: &contract,
        samples: &samples,
        made: &made,
        rules: &rules,
        is_whole: arguments.only.is_empty(),
        outside: &outside,
        from: &current,
        root: &root,
        service: &wanted,
        variable: &settings.variable,
        template: &template,
    };
    let stage = progress.stage("the service without a fault");
    let right = laboratory.attempt(None)?;
    stage.done();
    let (trials, controls) = try_all(&laboratory, &faults, &progress)?;
    let report = Report { right, controls, trials, least, took: started.elapsed() };
    interrupt::hold();
    report.print(arguments.message_format, &progress);
    report.verdict()
}

fn settings(root: &Path) -> Result<Settings, Failure> {
    workspace::metadata(root, "mutants")?.ok_or_else(|| {
        let message = format!("{} describes no build with faults", root.join("Cargo.toml").display());
        let help = "describe how to build, list and choose faults in [workspace.metadata.contract.mutants]";
        Failure::environment(Problem::new("no-mutants", message).help(help))
    })
}

/// The faults of a listing, or those of them that are named.
fn faults(listing: &str, names: &[String]) -> Result<Vec<Fault>, Failure> {
    let fault = |line: &str| {
        let (name, about) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        Fault { name: name.to_owned(), about: about.trim().to_owned() }
    };
    let listed: Vec<_> = listing.lines().filter(|line| !line.trim().is_empty()).map(fault).collect();
    if let Some(unknown) = names.iter().find(|name| !listed.iter().any(|fault| fault.name == **name)) {
        let known: Vec<_> = listed.iter().map(|fault| fault.name.as_str()).collect();
        let problem = Problem::new("unknown-fault", format!("no fault is called `{unknown}`"));
        return Err(Failure::environment(problem.help(format!("the faults are: {}", known.join(", ")))));
    }
    Ok(listed.into_iter().filter(|fault| names.is_empty() || names.contains(&fault.name)).collect())
}

/// The faults with services among them that have none: what is found in one of these is found because of the load, or by
/// chance, and may have been found so in others.
fn with_controls(faults: &[Fault]) -> Vec<Option<&Fault>> {
    let blocks = faults.chunks(CONTROL_AFTER);
    blocks
        .flat_map(|block| {
            let control = (block.len() > CONTROL_AFTER / 2).then_some(None);
            block.iter().map(Some).chain(control)
        })
        .collect()
}

type Trials = (Vec<(Fault, Trial)>, Vec<Trial>);

/// Tries each fault on a service of its own, and answers in the order of the listing; beside them the controls.
fn try_all(laboratory: &Laboratory, faults: &[Fault], progress: &Progress) -> Result<Trials, Failure> {
    let stage = progress.stage(&format!("{} faults, {AT_ONCE} at a time", faults.len()));
    let all = with_controls(faults);
    let waiting = Mutex::new(all.iter().copied().enumerate());
    let work = || {
        let mut done = Vec::new();
        loop {
            // A thread that panicked takes the whole program with it, so that the lock is never poisoned.
            let next = waiting.lock().ok().and_then(|mut faults| faults.next());
            let Some((at, fault)) = next else { return Ok(done) };
            done.push((at, fault.cloned(), laboratory.attempt(fault)?));
        }
    };
    let outcomes: Vec<Result<Vec<_>, Failure>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut trials = Vec::new();
    for outcome in outcomes {
        trials.extend(outcome?);
    }
    trials.sort_by_key(|(at, ..)| *at);
    stage.done();
    let (mut of_faults, mut controls) = (Vec::new(), Vec::new());
    for (_, fault, trial) in trials {
        match fault {
            Some(fault) => of_faults.push((fault, trial)),
            None => controls.push(trial),
        }
    }
    Ok((of_faults, controls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_has_a_name_and_a_sentence_on_each_line() {
        let listing = "wrong-status   It answers 200\n\nno-words\n";
        let named = |name: &str, about: &str| Fault { name: name.to_owned(), about: about.to_owned() };
        let all = vec![named("wrong-status", "It answers 200"), named("no-words", "")];
        assert_eq!(faults(listing, &[]), Ok(all.clone()));
        assert_eq!(faults(listing, &["no-words".to_owned()]), Ok(all[1..].to_vec()));
        assert!(faults(listing, &["another".to_owned()]).is_err());
    }

    #[test]
    fn services_without_a_fault_are_tried_among_the_others() {
        let fault = |name: usize| Fault { name: name.to_string(), about: String::new() };
        let controls = |count: usize| {
            let faults: Vec<_> = (0..count).map(fault).collect();
            with_controls(&faults).iter().filter(|fault| fault.is_none()).count()
        };
        assert_eq!([controls(1), controls(12), controls(20), controls(84)], [0, 1, 1, 4]);
    }
}
