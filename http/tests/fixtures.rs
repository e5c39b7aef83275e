//! An input and what comes of it, one pair a rule. `UPDATE_EXPECT=1` writes the expected files anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use httpfile::render::{self, Colors};
use httpfile::{Profile, parse, print};

mod support;

/// The `.http` files of a folder of fixtures, in order, with their text.
fn fixtures(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "http")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).expect("a text"))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

#[test]
fn the_lenient_profile_reads_each_fixture_as_its_tree() {
    for (path, text) in fixtures("read") {
        let parsed = support::parse_text(&text, Profile::Lenient);
        expect_file![path.with_extension("tree")].assert_eq(&format!("{:#?}\n", parsed.file));
    }
}

#[test]
fn the_contract_profile_reports_each_fixture_exactly() {
    for (path, text) in fixtures("report") {
        let (sources, id) = support::sources(&name(&path), &text);
        let diagnostics = parse(sources.get(id), id, Profile::Contract).diagnostics;
        let mut report = render::human(&diagnostics, &sources, Colors::Off);
        write!(report, "{}", render::short(&diagnostics, &sources)).expect("a string takes everything");
        expect_file![path.with_extension("report")].assert_eq(&report);
    }
}

#[test]
fn every_code_of_one_file_has_a_fixture_that_reports_it() {
    let reported: Vec<_> = fixtures("report")
        .iter()
        .flat_map(|(_, text)| support::parse_text(text, Profile::Contract).diagnostics)
        .map(|diagnostic| diagnostic.code)
        .collect();
    for (code, _) in httpfile::codes::ALL.iter().filter(|(code, _)| *code != httpfile::codes::FILE_TOO_LARGE) {
        assert!(reported.contains(code), "no fixture reports {}", code.0);
    }
}

#[test]
fn a_file_is_printed_in_the_canonical_form() {
    for (path, text) in fixtures("print") {
        let parsed = support::parse_text(&text, Profile::Lenient);
        expect_file![path.with_extension("printed")].assert_eq(&print(&parsed.file));
    }
}
