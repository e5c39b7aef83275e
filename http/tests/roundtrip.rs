//! What holds for any text at all, tried on mutations of the fixtures.

use std::path::Path;

mod mutate;
mod support;

use support::properties::{check, check_reports};

/// How many mutated texts one run tries.
const INPUTS: usize = 100_000;
/// Into how many parts a run is split; each has random numbers of its own and may have a processor of its own.
const PARTS: usize = 4;

/// The texts that mutations begin with: every fixture, and the repository's own contract.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/read", "tests/report", "tests/print", "../__http__"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).expect("a folder of texts"));
    let mut paths: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect()
}

#[test]
fn every_fixture_holds_what_every_text_holds() {
    seeds().iter().for_each(|seed| check(seed));
}

#[test]
fn every_mutation_of_a_fixture_holds_what_every_text_holds() {
    let seeds = &seeds();
    let run = |part: u64| {
        let mut random = mutate::Random::new(0x05ee_d0f1 + part);
        (0..INPUTS / PARTS).for_each(|_| check(&mutate::mutate(seeds, &mut random)));
    };
    std::thread::scope(|scope| (0..PARTS as u64).for_each(|part| drop(scope.spawn(move || run(part)))));
}

#[test]
fn every_mistake_of_a_mutation_can_be_shown() {
    let seeds = seeds();
    let mut random = mutate::Random::new(0x5409_0a11);
    (0..INPUTS / 20).for_each(|_| check_reports(&mutate::mutate(&seeds, &mut random)));
}
