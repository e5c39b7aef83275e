//! Holds any text to the properties that the tests hold mutated fixtures to.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/mod.rs"]
mod support;

fuzz_target!(|text: &str| {
    support::properties::check(text);
    support::properties::check_reports(text);
});
