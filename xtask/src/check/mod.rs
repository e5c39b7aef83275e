//! `cargo xtask test`: everything that a contributor or CI needs, one step after the other.

mod steps;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use crate::failure::Failure;
use crate::progress::seconds;
use crate::workspace;

/// How much to test.
#[derive(Args, Clone, Copy, Debug)]
pub struct Arguments {
    /// Also compile packages scaffolded outside the workspace, and run the benchmarks
    #[arg(long)]
    full: bool,
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    run: fn(&Path) -> Result<(), Failure>,
}

/// Runs the steps until one fails.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = workspace::root()?;
    let started = Instant::now();
    let mut passed = Vec::new();
    for step in steps::chosen(arguments.full) {
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

/// Runs the benchmarks. They judge nothing: each prints what it measured, on which machine, beside what it is for.
pub fn bench() -> Result<(), Failure> {
    steps::benchmarks(&workspace::root()?)
}

fn summary(passed: &[(&str, Duration)], total: Duration) {
    eprintln!();
    for (name, taken) in passed {
        eprintln!("{:>8}  {name}", seconds(*taken));
    }
    eprintln!("{:>8}  all {} steps passed", seconds(total), passed.len());
}
