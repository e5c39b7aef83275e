//! The repository's own contract.

mod support;

use std::path::Path;

#[test]
fn our_own_contract_compiles_without_a_diagnostic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__");
    let (sources, compiled) = support::compile(support::sources(&folder));
    assert_eq!(support::report(&sources, &compiled.diagnostics), "");
    assert!(compiled.contract.is_some());
}
