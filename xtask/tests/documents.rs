//! What the documents of the workspace say is true.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use httpfile::{Source, Sources};
use openapi::Variables;
use regex::Regex;
use xtask::Names;
use xtask::emit::{EmitError, rust};
use xtask::generate::UNSUPPORTED_BY_TARGET;
use xtask::generate::input::NOT_UTF8;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// The code blocks of one language.
fn fences<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_contract_in_the_readme_is_taken_from_the_contract() {
    let contract = read("__http__/40-finish.http");
    let readme = read("README.md");
    let mut lines = contract.lines();
    for line in fences(&readme, "http").concat().lines() {
        assert!(lines.any(|of_contract| of_contract == line), "not in the contract, or not in this order: {line}");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let code = Regex::new("(?s)```.*?```|`[^`]*`").expect("a valid pattern");
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").expect("a valid pattern");
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/contract.md", "docs/diagnostics.md"] {
        let text = read(document);
        let text = code.replace_all(&text, "code");
        let folder = root().join(document).parent().expect("a folder").to_owned();
        for target in link.captures_iter(&text).map(|captures| captures[1].to_owned()) {
            let foreign = target.starts_with("https://");
            assert!(foreign || folder.join(&target).exists(), "{document} links to {target}, which is not there");
        }
    }
}

#[test]
fn the_guide_to_contracts_is_a_contract() {
    let guide = read("docs/contract.md");
    let files = fences(&guide, "http").into_iter().enumerate();
    let sources = Sources::new(files.map(|(number, text)| Source::new(format!("{number}.http"), text)));
    let compiled = openapi::compile(&sources, &Variables::default());
    assert_eq!(httpfile::render::short(&compiled.diagnostics, &sources), "");
    let operations: Vec<_> = compiled.contract.expect("a contract").operations.iter().map(|o| o.id.clone()).collect();
    assert_eq!(operations, ["getBook", "addBook", "findBooks"]);
}

/// Files that cannot be read have no example in a document.
const WITHOUT_EXAMPLE: [&str; 2] = ["file-too-large", "not-utf8"];

/// The codes that have a section, each with its examples.
fn sections(document: &str) -> Vec<(&str, Vec<&str>)> {
    let sections = document.split("\n### `").skip(1).filter_map(|section| section.split_once('`'));
    sections.map(|(code, text)| (code, fences(text, "http"))).collect()
}

fn reported(example: &str, base: &str) -> BTreeSet<&'static str> {
    let sources = Sources::new([Source::new("00-base.http", base), Source::new("10-example.http", example)]);
    let compiled = openapi::compile(&sources, &Variables::default());
    let refused = compiled.contract.is_some_and(|contract| {
        let names = Names::from_title("Example", "1.0.0");
        matches!(rust::emit(&contract.document(), &names), Err(EmitError::Unsupported(_)))
    });
    let codes = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.0);
    codes.chain(refused.then_some(UNSUPPORTED_BY_TARGET.0)).collect()
}

#[test]
fn every_code_of_a_contract_has_a_section() {
    let document = read("docs/diagnostics.md");
    let described: BTreeSet<_> = sections(&document).into_iter().map(|(code, _)| code).collect();
    let of_files = httpfile::codes::ALL.iter().map(|(code, _)| code.0);
    let of_contracts = openapi::codes::ALL.iter().map(|code| code.0);
    let of_commands = [NOT_UTF8.0, UNSUPPORTED_BY_TARGET.0];
    let known: BTreeSet<_> = of_files.chain(of_contracts).chain(of_commands).collect();
    assert_eq!(described, known);
}

#[test]
fn every_example_of_a_diagnostic_causes_it() {
    let document = read("docs/diagnostics.md");
    let base = fences(&document, "http")[0];
    let mut wrong = Vec::new();
    for (code, examples) in sections(&document) {
        assert!(!examples.is_empty() || WITHOUT_EXAMPLE.contains(&code), "{code} has no example");
        let reports = examples.into_iter().map(|example| reported(example, base));
        wrong.extend(reports.filter(|report| !report.contains(code)).map(|report| (code, report)));
    }
    assert!(wrong.is_empty(), "examples that do not cause what they should: {wrong:#?}");
}

#[test]
fn every_problem_without_a_place_is_in_the_table() {
    let document = read("docs/diagnostics.md");
    let code = Regex::new(r#"Problem::new\(\s*"([a-z-]+)""#).expect("a valid pattern");
    let sources = walkdir::WalkDir::new(root().join("xtask/src")).into_iter().map(|entry| entry.expect("readable"));
    for file in sources.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs")) {
        let text = std::fs::read_to_string(file.path()).expect("a text");
        for captures in code.captures_iter(&text) {
            let listed = [format!("\n| `{}` |", &captures[1]), format!("\n| *`{}`* |", &captures[1])];
            assert!(listed.iter().any(|row| document.contains(row)), "{} is not in the table", &captures[1]);
        }
    }
}
