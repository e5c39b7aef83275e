//! Which probes and boundaries follow from a contract.

use xtask::prove::probes::{Found, Maker};
use xtask::prove::rules::Rules;

/// The probes of a contract, as they would be sent with the values that its files give.
fn written(folder: &str, made: fn(&Maker<'_>, &openapi::Sample) -> Found) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let loaded = xtask::generate::input::load(&folder, &folder).unwrap();
    let contract = openapi::compile(&loaded.sources, &openapi::Variables::new()).contract.unwrap();
    let mut rules: Rules = toml::from_str("undeclared = ['query', 'body']\nrefused-tokens = ['expired']").unwrap();
    rules.given.insert("expired".to_owned());
    let maker = Maker { contract: &contract, rules: &rules };
    let found: Vec<_> = contract.samples.iter().map(|sample| made(&maker, sample)).collect();
    let gap = |gap: &xtask::prove::probes::Gap| format!("--- {}: {}\n\n", gap.name, gap.reason);
    let gaps: String = found.iter().flat_map(|found| &found.gaps).map(gap).collect();
    let probes = found.into_iter().flat_map(|found| found.requests);
    let line = |probe: openapi::Sample| {
        let request = probe.resolved(|_| None);
        let body = request.body.map_or(String::new(), |body| match body {
            openapi::Body::Text(text) => text,
            openapi::Body::File(path) => path,
        });
        let name = probe.name.unwrap_or_default();
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
        format!("{} {name}\n  {} {}\n{}  {body}\n\n", probe.expect, request.method, request.url, headers.concat())
    };
    probes.map(line).collect::<String>() + &gaps
}

#[test]
fn probes_and_boundaries_follow_from_the_contract_alone() {
    let books = "tests/contracts/books";
    expect_test::expect_file!["../contracts/books/probes.txt"]
        .assert_eq(&written(books, |maker, sample| maker.probes(sample)));
    expect_test::expect_file!["../contracts/books/boundaries.txt"]
        .assert_eq(&written(books, |maker, sample| maker.boundaries(sample)));
    expect_test::expect_file!["../contracts/books/places.txt"]
        .assert_eq(&written(books, |maker, sample| maker.places(sample)));
}

/// Types that the books do not have.
#[test]
fn every_kind_of_type_is_probed() {
    let shelves = "tests/contracts/shelves";
    expect_test::expect_file!["../contracts/shelves/probes.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.probes(sample)));
    expect_test::expect_file!["../contracts/shelves/boundaries.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.boundaries(sample)));
    expect_test::expect_file!["../contracts/shelves/places.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.places(sample)));
}
