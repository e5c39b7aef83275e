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

#[test]
fn samples_keep_what_a_run_needs_in_the_order_of_a_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__");
    let (_, compiled) = support::compile(support::sources(&folder));
    let contract = compiled.contract.unwrap();
    let places: Vec<_> = contract.samples.iter().map(|s| s.location).collect();
    assert!(places.is_sorted());
    let duplicate = contract.samples.iter().find(|s| s.key() == Some("DD-ERR-001")).unwrap();
    assert_eq!((duplicate.operation.as_str(), duplicate.expect, duplicate.primary), ("createSession", 409, false));
    assert_eq!(duplicate.assertions.len(), 3);

    let read = contract.samples.iter().find(|s| s.key() == Some("GS-HP-001")).unwrap();
    let path = "http://127.0.0.1:3000/api/mocs/uploads/sessions";
    assert_eq!(read.resolved(|_| None).url, format!("{path}/5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"));
    let captured = read.resolved(|name| (name == "sessionId").then(|| "captured".to_owned()));
    assert_eq!(captured.url, format!("{path}/captured"));
    assert_eq!(captured.headers, [("Authorization".to_owned(), "Bearer dev-user-token".to_owned())]);
}
