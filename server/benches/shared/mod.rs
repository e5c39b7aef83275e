//! What the benchmarks of the service and of its analytics have in common.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod load;
pub mod machine;
pub mod postgres;

use std::io::{BufRead, BufReader};
use std::process::Child;

/// Requests at once, and connections to the database of what is measured without the service. The service itself has as
/// many as it has by default.
pub const CONNECTIONS: usize = 32;

/// The parts of the benchmark that the command line names; none when all are wanted. A name that no part has ends it: a
/// table without figures would look like an answer.
pub fn named(parts: &[&str]) -> Vec<String> {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = named.iter().find(|name| !parts.contains(&name.as_str())) {
        eprintln!("there is no `{unknown}` to measure; there are {}", parts.join(", "));
        std::process::exit(2);
    }
    named
}

/// The address that a server prints when it listens there. What it prints later is not read.
pub fn address(server: &mut Child) -> String {
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
    address.trim_start_matches("http://").to_owned()
}
