//! Text to OpenAPI document: time and memory for 1,000 operations in 100 files, and for four times as many.
//!
//! `cargo bench -p openapi`. Each size runs in a process of its own, so that the peak of memory is its own.

mod generator;

use std::process::Command;
use std::time::{Duration, Instant};

use httpfile::Sources;
use openapi::Variables;

const SIZES: [usize; 2] = [1_000, 4_000];
const RUNS: usize = 15;
const MOST_MILLISECONDS: f64 = 150.0;
const MOST_MEGABYTES: f64 = 200.0;
const MOST_GROWTH: f64 = 4.5;

fn main() {
    if let Some(size) = std::env::var("OPENAPI_BENCH_SIZE").ok().and_then(|size| size.parse().ok()) {
        measure(size);
        return;
    }
    let results = SIZES.map(in_child);
    let [(small, _, _), (large, _, _)] = results;
    for (size, (cpu, wall, megabytes)) in SIZES.iter().zip(results) {
        println!(
            "{size:>5} operations: median {cpu:7.1} ms of one core ({wall:7.1} ms passed), peak {megabytes:6.1} MB"
        );
    }
    let growth = large / small;
    println!("growth from {} to {} operations: {growth:.2} times", SIZES[0], SIZES[1]);
    println!(
        "wanted: at most {MOST_MILLISECONDS} ms and {MOST_MEGABYTES} MB for {}, growth at most {MOST_GROWTH}",
        SIZES[0]
    );
}

/// Runs this program for one size; the medians of computing and passed time in milliseconds, the peak in megabytes.
fn in_child(size: usize) -> (f64, f64, f64) {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program).env("OPENAPI_BENCH_SIZE", size.to_string()).output().expect("a child process");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|word| word.parse().expect("a number"));
    let mut number = || numbers.next().expect("three numbers");
    (number(), number(), number())
}

fn measure(size: usize) {
    let sources = Sources::new(generator::contract(size));
    let times: Vec<(Duration, Duration)> = (0..RUNS).map(|_| once(&sources, size)).collect();
    let cpu = median(times.iter().map(|t| t.0));
    println!("{cpu} {} {}", median(times.iter().map(|t| t.1)), peak_megabytes());
}

fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// Text to document: the time of one core, which others on the machine do not change, and the time that passed.
fn once(sources: &Sources, size: usize) -> (Duration, Duration) {
    let (start, cpu) = (Instant::now(), cpu_time());
    let compiled = openapi::compile(sources, &Variables::new());
    let contract = compiled.contract.expect("the generated contract has no mistakes");
    let document = contract.document();
    let passed = start.elapsed();
    let cpu = cpu_time().zip(cpu).map_or(passed, |(end, start)| end - start);
    let text = serde_json::to_vec(&document).expect("a document has a JSON form");
    assert_eq!(contract.operations.len(), size);
    assert!(!text.is_empty());
    (cpu, passed)
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
