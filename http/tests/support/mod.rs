//! What several tests need; each of them uses a part.
#![allow(dead_code)]

use httpfile::{FileId, Parsed, Profile, Source, Sources, parse};

pub mod properties;
pub mod spans;

/// One text as the only file of a contract.
pub fn sources(path: &str, text: &str) -> (Sources, FileId) {
    let sources = Sources::new([Source::new(path, text)]);
    let id = sources.iter().next().expect("one source").0;
    (sources, id)
}

pub fn parse_text(text: &str, profile: Profile) -> Parsed {
    let (sources, id) = sources("a.http", text);
    parse(sources.get(id), id, profile)
}
