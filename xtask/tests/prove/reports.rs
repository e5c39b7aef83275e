//! What is told of a run, and in which form.

use super::*;

#[test]
fn json_lines_hold_one_object_a_request() {
    let stall = Stall::open(right);
    let ended = prove(&stall, &["--message-format", "json"]).expect(0);
    let steps: Vec<Value> = objects(&ended).filter(|object| object["kind"] == "request").collect();
    assert_eq!(steps.len(), 4);
    assert_eq!(steps[1]["testId"], "BK-ERR-001");
    assert_eq!(steps[1]["name"], "addEmptyBook");
    assert_eq!((&steps[1]["expected"], &steps[1]["status"]), (&json!(422), &json!(422)));
    assert_eq!(steps[2]["url"], format!("{}/books/7", stall.url));
    assert_eq!((&steps[2]["file"], &steps[2]["line"]), (&json!("contract/10-books.http"), &json!(56)));
    let statuses: Vec<_> = objects(&ended).filter(|object| object["kind"] == "status").collect();
    assert_eq!(statuses.len(), 6, "{statuses:?}");
    assert_eq!((&statuses[0]["operation"], &statuses[0]["server"]), (&json!("addBook"), &json!(["BK-HP-001 addBook"])));
    let total = objects(&ended).last().unwrap();
    assert_eq!((&total["kind"], &total["counts"]["request"]["right"]), (&json!("total"), &json!(4)));
    assert!(total["milliseconds"].as_f64().unwrap() > 0.0);
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
}

#[test]
fn whoever_reads_only_the_beginning_ends_nothing() {
    use std::io::BufRead;
    let stall = Stall::open(strict);
    let shop = workshop();
    let mut command =
        shop.command(&["prove", "--contract", "contract", "--base-url", &stall.url, "--message-format", "json"]);
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(first.starts_with('{'), "{first}");
}

#[test]
fn people_read_which_declared_statuses_were_seen_and_how_to_send_a_request_again() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "Emma", "pages": 4 })));
    let ended = prove(&stall, &[]).expect(1);
    for line in [
        "addBook  seen 201 422; not seen 401".to_owned(),
        "getBook  seen 404; not seen 200 422".to_owned(),
        format!("to send it again: curl -i {}/books/7", stall.url),
    ] {
        assert!(ended.stderr.contains(&line), "{line}\n{}", ended.stderr);
    }
}

#[test]
fn a_step_of_a_workflow_has_a_summary() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "a|b", "pages": 4 })));
    let shop = workshop();
    let standard = ["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url];
    let mut command = shop.command(&standard);
    let ended = command.env("GITHUB_STEP_SUMMARY", shop.path("summary.md")).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let summary = shop.read("summary.md");
    for part in [
        "### prove: the contract is broken, ",
        "| request | 3 | 4 |\n",
        r#"| `contract/10-books.http:55` | BK-HP-002 getBook | $.title: expected "Dune", got "a\|b" |"#,
    ] {
        assert!(summary.contains(part), "{part}\n{summary}");
    }
}

#[test]
fn annotations_name_the_line_for_github() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "Dune" })));
    let ended = prove(&stall, &["--message-format", "github"]).expect(1);
    let first = ended.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("::error file=contract/10-books.http,line=51,col="), "{first}");
    assert!(first.contains("title=unexpected-answer::BK-HP-002 getBook: $: `pages` is missing%0A"), "{first}");
    let last = ended.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("::notice title=prove::3 passed, 1 failed; "), "{last}");
    assert_eq!(ended.stdout.lines().count(), 2);
}

#[test]
fn junit_says_where_the_contract_asks_for_what_did_not_come() {
    let (shop, stall) = (workshop(), Stall::open(|_| Reply::json(500, json!({}))));
    let standard = ["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url];
    shop.run(&[&standard[..], &["--junit", "junit.xml"]].concat()).expect(1);
    let report = shop.read("junit.xml");
    assert!(report.contains("contract/10-books.http:28: expected status 201, got 500"), "{report}");
    // An answer of another status is not asked for the values of the declared one.
    assert!(!report.contains("takes its value from"), "{report}");
}

#[test]
fn junit_has_a_case_for_each_request() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "<Dune>" })));
    let shop = workshop();
    shop.run(&["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url, "--junit", "junit.xml"])
        .expect(1);
    let report = quick_junit::Report::deserialize_from_str(&shop.read("junit.xml")).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (4, 1, 0));
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "contract/10-books.http");
    let case = &suite.test_cases[2];
    assert_eq!(case.classname.as_ref().map(|name| name.as_str()), Some("getBook"));
    let exchanged = case.system_out.as_ref().map(|text| text.as_str()).unwrap_or_default();
    assert!(exchanged.contains("GET http") && exchanged.contains("200 {\"id\":7"), "{exchanged}");
    assert!(report.time.is_some_and(|time| time >= suite.time.unwrap_or_default()));
    let names: Vec<_> = suite.test_cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["BK-HP-001 addBook", "BK-ERR-001 addEmptyBook", "BK-HP-002 getBook", "BK-ERR-002 getNoBook"]);
}
