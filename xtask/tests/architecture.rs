//! The arrows between the packages, as ARCHITECTURE.md draws them.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Package, and the packages of ours that it may use. A new arrow is a decision: it is added here and in ARCHITECTURE.md.
const ARROWS: [(&str, &[&str]); 6] = [
    ("httpfile", &[]),
    ("openapi", &["httpfile"]),
    ("xtask", &["httpfile", "openapi"]),
    ("server-api", &[]),
    ("upload-server", &["server-api"]),
    ("upload-sessions-sdk", &[]),
];

/// Arrows that tests may have in addition: the server is tried with the client that is generated for it.
const ARROWS_OF_TESTS: [(&str, &[&str]); 1] = [("upload-server", &["upload-sessions-sdk"])];

/// Dependencies that belong to one package alone.
const SOLE_USERS: [(&str, &str); 4] =
    [("pest", "httpfile"), ("pest_derive", "httpfile"), ("progenitor-impl", "xtask"), ("prettyplease", "xtask")];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo describes the workspace")
}

/// Names of dependencies, of tests only or of everything else.
fn dependencies(package: &Package, of_tests: bool) -> BTreeSet<&str> {
    let kinds = package.dependencies.iter().filter(|d| (d.kind == DependencyKind::Development) == of_tests);
    kinds.map(|dependency| dependency.name.as_str()).collect()
}

fn allowed(table: &[(&'static str, &[&'static str])], package: &str) -> BTreeSet<&'static str> {
    table.iter().filter(|(name, _)| *name == package).flat_map(|(_, uses)| uses.iter().copied()).collect()
}

#[test]
fn every_arrow_between_packages_is_drawn() {
    let metadata = metadata();
    let ours: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(ours, ARROWS.iter().map(|(name, _)| *name).collect(), "a package came or went");

    for package in &metadata.packages {
        let name = package.name.as_str();
        let found: BTreeSet<_> = dependencies(package, false).intersection(&ours).copied().collect();
        let undrawn: Vec<_> = found.difference(&allowed(&ARROWS, name)).copied().collect();
        assert!(undrawn.is_empty(), "{name} must not use {undrawn:?}");

        let drawn = &allowed(&ARROWS, name) | &allowed(&ARROWS_OF_TESTS, name);
        let found: BTreeSet<_> = dependencies(package, true).intersection(&ours).copied().collect();
        let undrawn: Vec<_> = found.difference(&drawn).copied().collect();
        assert!(undrawn.is_empty(), "the tests of {name} must not use {undrawn:?}");
    }
}

#[test]
fn some_dependencies_belong_to_one_package() {
    let metadata = metadata();
    for (dependency, owner) in SOLE_USERS {
        let users: Vec<_> = metadata
            .packages
            .iter()
            .filter(|package| package.dependencies.iter().any(|d| d.name == dependency))
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(users, [owner], "only {owner} may use {dependency}");
    }
}

#[test]
fn the_toolchain_has_no_server_no_database_and_no_async_runtime() {
    let forbidden = ["dropshot", "tokio", "reqwest", "hyper", "tokio-postgres", "object_store"];
    for package in metadata().packages.iter().filter(|p| ["httpfile", "openapi", "xtask"].contains(&p.name.as_str())) {
        let found: Vec<_> = dependencies(package, false).into_iter().filter(|name| forbidden.contains(name)).collect();
        assert!(found.is_empty(), "{} must not use {found:?}", package.name);
    }
}

/// Reading and writing files is the driver's part: texts go in, texts come out.
#[test]
fn stages_before_the_outputs_touch_no_file() {
    let metadata = metadata();
    let mut found = BTreeMap::new();
    for package in metadata.packages.iter().filter(|p| ["httpfile", "openapi"].contains(&p.name.as_str())) {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder").join("src");
        for (path, text) in rust_files(folder.as_std_path()) {
            let uses: Vec<_> = ["std::fs", "std::net", "std::process", "std::env", "println!"]
                .into_iter()
                .filter(|name| text.contains(name))
                .collect();
            if !uses.is_empty() {
                found.insert(path, uses);
            }
        }
    }
    assert!(found.is_empty(), "input or output where none belongs: {found:#?}");
}

/// One command talks to servers and one is one; nothing else of the toolchain depends on a network.
#[test]
fn only_prove_and_mock_speak_http() {
    let metadata = metadata();
    let users: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| dependencies(package, false).contains("ureq"))
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(users, ["xtask"]);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (word, home) in [("ureq::", "prove"), ("httparse::", "mock"), ("TcpStream", "mock")] {
        let outside: Vec<_> = rust_files(&folder)
            .into_iter()
            .filter(|(path, text)| text.contains(word) && !path.starts_with(folder.join(home)))
            .map(|(path, _)| path)
            .collect();
        assert!(outside.is_empty(), "{word} outside of {home}: {outside:?}");
    }
}

/// The mock compiles in what a server is made of; only files that know no contract, and no crate.
#[test]
fn the_mock_shares_only_hand_written_files_with_servers() {
    let rules = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mock/rules.rs");
    let text = std::fs::read_to_string(&rules).expect("a text");
    let shared: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#[path = \"")?.split_once('"')).collect();
    assert!(!shared.is_empty());
    for (path, _) in shared {
        assert!(!path.contains("generated"), "{path}");
        let source = std::fs::read_to_string(rules.with_file_name(path)).expect("a text");
        assert!(!source.contains("crate::") && !source.contains("dropshot"), "{path} must stand alone");
    }
}

/// pest's types do not leave the package, and inside it they do not leave one file.
#[test]
fn one_file_imports_pest() {
    let metadata = metadata();
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "httpfile").expect("a member");
    let folder = package.manifest_path.parent().expect("a manifest lies in a folder").join("src");
    let users: Vec<_> = rust_files(folder.as_std_path())
        .into_iter()
        .filter(|(_, text)| text.contains("pest::") || text.contains("pest_derive::"))
        .map(|(path, _)| path.file_name().expect("a file").to_owned())
        .collect();
    assert_eq!(users, ["grammar.rs"]);
}

fn rust_files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    files.map(|entry| (entry.path().to_owned(), std::fs::read_to_string(entry.path()).expect("a text"))).collect()
}
