//! Texts that are written to exhaust the stack, the memory or the patience of whoever compiles them get a reason.

#[allow(dead_code)]
mod support;

use std::fmt::Write;

use httpfile::Source;

/// The codes that a request with these lines above it is reported with, and `ok` where it is a contract.
fn outcome(before: &str, above: &str) -> Vec<&'static str> {
    let text = format!(
        "# @api Pets 1.0.0\n{before}\n### Read a pet\n# @operation getPet\n{above}GET http://127.0.0.1:3000/pet HTTP/1.1\n"
    );
    let (sources, compiled) = support::compile(vec![Source::new("api.http", text)]);
    assert!(!support::report(&sources, &compiled.diagnostics).is_empty() || compiled.contract.is_some());
    let mut codes: Vec<_> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
    codes.extend(compiled.contract.map(|_| "ok"));
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn types_and_paths_of_any_depth_end_in_a_report() {
    let deep = "[]".repeat(100_000);
    assert_eq!(outcome("", &format!("# @response 200 Pet\n# @field a: string{deep}\n")), ["bad-type"]);
    assert_eq!(outcome("", &format!("# @response 200 Pet\n# @field a{deep}: string\n")), ["bad-annotation"]);
}

#[test]
fn names_that_lead_to_names_for_any_length_end_in_a_report_or_a_contract() {
    let (mut names, mut objects) = (String::from("### Names\n"), String::from("### Objects\n"));
    for n in 0..20_000 {
        let _ = writeln!(names, "# @schema N{n}: N{}", n + 1);
        let _ = writeln!(objects, "# @schema N{n}\n# @field next: N{}", n + 1);
    }
    let used = "# @response 200 Pet\n# @field name: N0\n";
    assert_eq!(outcome(&(names + "# @schema N20000: string\n"), used), ["unsupported-type"]);
    assert_eq!(outcome(&(objects + "# @schema N20000: string\n"), used), ["ok"]);
}

#[test]
fn many_of_the_same_end_in_a_report_or_a_contract() {
    let samples = "# {}\n".repeat(10_000);
    assert_eq!(outcome("", &format!("# @response 200 Pet\n# @field a?: string\n{samples}")), ["ok"]);
    let values: String = (0..10_000).map(|n| format!(" | \"v{n}\"")).collect();
    assert_eq!(outcome("", &format!("# @response 200 Pet\n# @field a: \"v\"{values}\n")), ["ok"]);
    let fields: String = (0..10_000).map(|n| format!("# @field f{n}: string\n")).collect();
    assert_eq!(outcome("", &format!("# @response 200 Pet\n{fields}")), ["ok"]);
}

#[test]
fn many_mistakes_in_one_document_are_all_reported() {
    let nulls: String = (0..5_000).map(|n| format!("#   \"k{n}\": null,\n")).collect();
    let above = format!("# @response 200 Pet\n# {{\n{nulls}#   \"last\": null }}\n");
    assert_eq!(outcome("", &above), ["type-unknown"]);
}

#[test]
fn variables_that_multiply_what_a_file_holds_end_in_a_report() {
    let before = format!("@long = {}\n", "x".repeat(60_000));
    let body = "# { \"a\": \"{{long}}\" }\n".repeat(200);
    assert_eq!(outcome(&before, &format!("# @response 200 Pet\n{body}")), ["no-requests", "value-too-long"]);
}
