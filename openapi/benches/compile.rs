//! Text to OpenAPI document: time and memory for 1,000 operations in 100 files, and for four times as many.
//!
//! `cargo bench -p openapi`. Each run is a process of its own, so that time and the peak of memory are what
//! one use of the toolchain costs; the sizes take turns.

mod generator;

use std::process::Command;
use std::time::{Duration, Instant};

use httpfile::Sources;
use openapi::Variables;

/// The allocator of the toolchain.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [usize; 2] = [1_000, 4_000];
const RUNS: usize = 15;
const MOST_MILLISECONDS: f64 = 150.0;
const MOST_MEGABYTES: f64 = 200.0;
const MOST_GROWTH: f64 = 4.5;

fn main() {
    if let Some(size) = std::env::var("OPENAPI_BENCH_SIZE").ok().and_then(|size| size.parse().ok()) {
        once(&Sources::new(generator::contract(size)), size);
        return;
    }
    let mut runs = SIZES.map(|_| Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        SIZES.iter().zip(&mut runs).for_each(|(size, runs)| runs.push(in_child(*size)));
    }
    let [small, large] = runs.each_ref().map(|runs| median(runs, |run| run.cpu));
    for (size, runs) in SIZES.iter().zip(&runs) {
        println!(
            "{size:>5} operations: median {:7.1} ms of one core ({:7.1} ms passed), peak {:6.1} MB",
            median(runs, |run| run.cpu),
            median(runs, |run| run.wall),
            median(runs, |run| run.peak)
        );
    }
    println!("growth from {} to {} operations: {:.2} times", SIZES[0], SIZES[1], large / small);
    println!(
        "wanted: at most {MOST_MILLISECONDS} ms and {MOST_MEGABYTES} MB for {}, growth at most {MOST_GROWTH}",
        SIZES[0]
    );
}

/// Milliseconds of computing and of time passed, and the most megabytes held.
struct Run {
    cpu: f64,
    wall: f64,
    peak: f64,
}

/// Runs this program once for one size: a process of its own begins without memory, as a user's does.
fn in_child(size: usize) -> Run {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program).env("OPENAPI_BENCH_SIZE", size.to_string()).output().expect("a child process");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|word| word.parse().expect("a number"));
    let mut number = || numbers.next().expect("three numbers");
    Run { cpu: number(), wall: number(), peak: number() }
}

fn median(runs: &[Run], figure: impl Fn(&Run) -> f64) -> f64 {
    let mut figures: Vec<f64> = runs.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Text to document: the time of one core, which others on the machine do not change, and the time that passed.
fn once(sources: &Sources, size: usize) {
    let (start, cpu) = (Instant::now(), cpu_time());
    let compiled = openapi::compile(sources, &Variables::new());
    let contract = compiled.contract.expect("the generated contract has no mistakes");
    let document = contract.document();
    let passed = start.elapsed();
    let cpu = cpu_time().zip(cpu).map_or(passed, |(end, start)| end - start);
    let text = serde_json::to_vec(&document).expect("a document has a JSON form");
    assert_eq!(contract.operations.len(), size);
    assert!(!text.is_empty());
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{} {} {}", milliseconds(cpu), milliseconds(passed), peak_megabytes());
}

/// How long this thread has been computing, where the system says it.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The most memory that this process has held, as the system counts it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}
