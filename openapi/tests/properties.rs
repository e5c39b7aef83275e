//! What holds for every contract, however its files are listed and saved.

mod support;

use std::path::{Path, PathBuf};

use httpfile::Source;
use proptest::prelude::*;

fn contracts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = std::fs::read_dir(root.join("tests/rules")).unwrap().map(|entry| entry.unwrap().path());
    let mut contracts: Vec<PathBuf> = rules.chain([root.join("../__http__")]).collect();
    contracts.sort();
    contracts
}

/// File, line, code and message of a diagnostic.
type Mistake = (String, usize, &'static str, String);

/// The document as text, and of each diagnostic what does not depend on byte offsets.
fn outcome(sources: Vec<Source>) -> (Option<String>, Vec<Mistake>) {
    let (sources, compiled) = support::compile(sources);
    let diagnostics = compiled.diagnostics.iter().map(|d| {
        let source = sources.get(d.primary.location.file);
        let line = source.text()[..d.primary.location.span.start].matches('\n').count() + 1;
        (source.path().to_owned(), line, d.code.0, d.message.clone())
    });
    let diagnostics = diagnostics.collect();
    (compiled.contract.map(|c| serde_json::to_string(&c.document()).unwrap()), diagnostics)
}

fn map_texts(sources: &[Source], change: impl Fn(&str) -> String) -> Vec<Source> {
    sources.iter().map(|s| Source::new(s.path(), change(s.text()))).collect()
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    for folder in contracts() {
        let sources = support::sources(&folder);
        let expected = outcome(sources.clone());
        assert_eq!(outcome(map_texts(&sources, |t| t.replace('\n', "\r\n"))), expected, "{}", folder.display());
        assert_eq!(outcome(map_texts(&sources, |t| format!("\u{feff}{t}"))), expected, "{}", folder.display());
        assert_eq!(outcome(map_texts(&sources, |t| t.trim_end().to_owned())), expected, "{}", folder.display());
    }
}

#[test]
fn every_place_of_a_diagnostic_is_inside_its_file() {
    for folder in contracts() {
        let (sources, compiled) = support::compile(support::sources(&folder));
        let report = support::report(&sources, &compiled.diagnostics);
        assert_eq!(report.is_empty(), compiled.diagnostics.is_empty(), "{}", folder.display());
        for diagnostic in &compiled.diagnostics {
            let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]);
            for label in labels {
                let text = sources.get(label.location.file).text();
                let span = label.location.span;
                assert!(text.get(span.start..span.end).is_some(), "{}: {diagnostic:?}", folder.display());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any order of the files gives the same document and the same report.
    #[test]
    fn the_order_of_files_does_not_matter(
        sources in Just(support::sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__"))).prop_shuffle()
    ) {
        let sorted = support::sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__"));
        prop_assert_eq!(outcome(sources), outcome(sorted));
    }

    /// No broken contract makes the compiler panic or answer without a reason.
    #[test]
    fn a_contract_with_lines_missing_gives_a_contract_or_a_reason(
        folder in proptest::sample::select(contracts()),
        missing in proptest::collection::vec(any::<proptest::sample::Index>(), 1..6),
    ) {
        let sources: Vec<Source> = support::sources(&folder).iter().map(|source| {
            let mut lines: Vec<&str> = source.text().split_inclusive('\n').collect();
            for index in &missing {
                if !lines.is_empty() {
                    lines.remove(index.index(lines.len()));
                }
            }
            Source::new(source.path(), lines.concat())
        }).collect();
        let (document, diagnostics) = outcome(sources);
        prop_assert!(document.is_some() || !diagnostics.is_empty());
    }

    /// A value that is put anywhere into a text shifts places; none of them may leave the text.
    #[test]
    fn a_contract_with_changed_characters_never_panics(
        folder in proptest::sample::select(contracts()),
        at in any::<proptest::sample::Index>(),
        inserted in "[{}\\[\\]\",:@#?|<>$. a-zé0-9\\n]{1,4}",
    ) {
        let sources = map_texts(&support::sources(&folder), |text| {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            format!("{}{inserted}{}", &text[..at], &text[at..])
        });
        let (document, diagnostics) = outcome(sources);
        prop_assert!(document.is_some() || !diagnostics.is_empty());
    }
}
