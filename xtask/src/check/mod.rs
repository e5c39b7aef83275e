//! `cargo xtask test`: everything that a contributor or CI needs, one step after the other.

mod mock;
mod steps;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use crate::failure::{Failure, Problem};
use crate::progress::seconds;
use crate::workspace;

/// How much to test.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Also compile packages scaffolded outside the workspace, try every fault, let Schemathesis test the service, and run
    /// the benchmarks
    #[arg(long)]
    full: bool,
    /// Run only the steps whose names contain this text, those of --full as well
    #[arg(long, value_name = "TEXT", conflicts_with = "full")]
    only: Vec<String>,
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    run: fn(&Path) -> Result<(), Failure>,
}

/// Runs the steps until one fails.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = workspace::root()?;
    let chosen = chosen(arguments)?;
    let started = Instant::now();
    let mut passed = Vec::new();
    for step in chosen {
        eprintln!("== {}", step.name);
        let begun = Instant::now();
        if let Err(failure) = (step.run)(&root) {
            eprintln!(
                "== {} failed after {}; {} steps passed before it",
                step.name,
                seconds(begun.elapsed()),
                passed.len()
            );
            return Err(failure);
        }
        passed.push((step.name, begun.elapsed()));
    }
    summary(&passed, started.elapsed());
    Ok(())
}

/// The steps to run, in their order.
fn chosen(arguments: &Arguments) -> Result<Vec<Step>, Failure> {
    if arguments.only.is_empty() {
        return Ok(steps::all(arguments.full));
    }
    let is = |step: &Step, text: &String| step.name.to_lowercase().contains(&text.to_lowercase());
    let mut steps = steps::all(true);
    if let Some(unknown) = arguments.only.iter().find(|text| !steps.iter().any(|step| is(step, text))) {
        let names = steps.iter().map(|step| format!("`{}`", step.name)).collect::<Vec<_>>().join(", ");
        let problem = Problem::new("unknown-step", format!("no step's name contains `{unknown}`"));
        return Err(Failure::environment(problem.help(format!("the steps are: {names}"))));
    }
    steps.retain(|step| arguments.only.iter().any(|text| is(step, text)));
    Ok(steps)
}

/// Runs the benchmarks. They judge nothing: each prints what it measured, on which machine, beside what it is for.
pub fn bench() -> Result<(), Failure> {
    steps::benchmarks(&workspace::root()?)
}

fn summary(passed: &[(&str, Duration)], total: Duration) {
    eprintln!();
    for (name, taken) in passed {
        eprintln!("{:>8}  {name}", seconds(*taken));
    }
    eprintln!(
        "{:>8}  {} passed",
        seconds(total),
        if passed.len() == 1 { "the step".to_owned() } else { format!("all {} steps", passed.len()) }
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Result<Vec<&'static str>, Failure> {
        let only = only.iter().map(ToString::to_string).collect();
        Ok(chosen(&Arguments { full: false, only })?.iter().map(|step| step.name).collect())
    }

    #[test]
    fn steps_are_chosen_by_a_part_of_their_names_and_keep_their_order() {
        let wanted = ["formatting", "Schemathesis finds nothing"];
        assert_eq!(names(&["schemathesis", "formatting"]).unwrap(), wanted);
    }

    #[test]
    fn all_steps_are_named_where_none_is_meant() {
        let problem = names(&["formatting", "lunch"]).unwrap_err().problems.remove(0);
        assert_eq!(problem.message, "no step's name contains `lunch`");
        let help = problem.help.unwrap_or_default();
        assert!(steps::all(true).iter().all(|step| help.contains(step.name)), "{help}");
    }
}
