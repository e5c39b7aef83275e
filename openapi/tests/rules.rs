//! Each folder of `rules` is one rule: a contract, and the document or the report that it leads to.
//!
//! `UPDATE_EXPECT=1` writes what comes out.

mod support;

use std::path::{Path, PathBuf};

use expect_test::expect_file;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut folders: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

#[test]
fn every_rule_gives_its_document_or_its_report() {
    let folders = folders();
    assert!(!folders.is_empty());
    for folder in folders {
        let (sources, compiled) = support::compile(support::sources(&folder));
        let report = support::report(&sources, &compiled.diagnostics);
        let document = compiled.contract.map(|c| serde_json::to_string_pretty(&c.document()).unwrap() + "\n");
        if let Some(document) = &document {
            expect_file![folder.join("openapi.json")].assert_eq(document);
        }
        if document.is_none() || !report.is_empty() {
            expect_file![folder.join("report.txt")].assert_eq(&report);
        }
        assert_eq!(document.is_some(), folder.join("openapi.json").exists(), "{}", folder.display());
        assert_eq!(!report.is_empty(), folder.join("report.txt").exists(), "{}", folder.display());
    }
}
