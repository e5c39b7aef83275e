//! How long the checks of a create request with 100 hashed files take: `cargo bench -p server-api --bench checks`.
//!
//! The goal is at most 20 µs for the checks of a request that is allowed. Reading its JSON, and telling everything that
//! is wrong with one that is not, are measured beside it. Each figure is the median of many runs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server_api::CONTRACT;
use server_api::check::{Check, violations};
use server_api::types::CreateSessionRequest;

const FILES: usize = 100;
const ROUNDS: usize = 2000;

fn main() {
    let allowed = request(|index| json!({ "key": key(index), "size": 5_242_880, "hash": hash(index) }));
    let typed = request(
        |index| json!({ "key": key(index), "size": 5_242_880, "hash": hash(index), "contentType": "application/pdf" }),
    );
    let refused = request(|index| json!({ "key": key(index), "size": 0, "hash": "ABC" }));
    println!("a create request with {FILES} hashed files, {} bytes of JSON, median of {ROUNDS} runs", allowed.len());
    let body = read(&allowed);
    report("checks", || body.holds());
    let body = read(&typed);
    report("checks, with media types too", || body.holds());
    report("reading the JSON", || read(&allowed));
    report("reading and checks", || read(&allowed).holds());
    let value: Value = serde_json::from_str(&refused).expect("the request is JSON");
    let contract = CONTRACT.operation("createSession");
    let schema = &contract.body.as_ref().expect("the operation has a body").schema;
    report("naming 200 violations", || violations(&contract.components, schema, &value, ""));
}

fn request(file: impl Fn(usize) -> Value) -> String {
    json!({ "files": (0..FILES).map(file).collect::<Vec<_>>() }).to_string()
}

fn key(index: usize) -> String {
    format!("castle-photographs/2026-01-25-{index:03}.jpg")
}

fn hash(index: usize) -> String {
    format!("{index:04x}").repeat(16)
}

fn read(text: &str) -> CreateSessionRequest {
    serde_json::from_str(text).expect("the request is of the right type")
}

fn report<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{name:32} {:8.1} µs", times[ROUNDS / 2].as_nanos() as f64 / 1000.0);
}
