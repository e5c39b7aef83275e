//! Which probes and boundaries follow from a contract.

use std::path::Path;

use expect_test::expect_file;
use xtask::prove::probes::{Found, Maker};
use xtask::prove::rules::Rules;

/// The probes of a contract, as they would be sent with the values that its files give.
fn written(folder: &Path, made: fn(&Maker<'_>, &openapi::Sample) -> Found) -> String {
    let loaded = xtask::generate::input::load(folder, folder).unwrap();
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
    // The shelves have types that the books do not have.
    for contract in ["books", "shelves"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts").join(contract);
        let expect = |file: &str, made| expect_file![folder.join(file)].assert_eq(&written(&folder, made));
        expect("probes.txt", |maker, sample| maker.probes(sample));
        expect("boundaries.txt", |maker, sample| maker.boundaries(sample));
        expect("places.txt", |maker, sample| maker.places(sample));
    }
}
