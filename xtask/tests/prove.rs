//! What `prove` says of servers that keep their contract, and of servers that break it in one thing.

mod books;
mod stall;
mod workshop;

use books::{right, strict};
use serde_json::{Value, json};
use stall::{Asked, Reply, Stall};
use workshop::{Ended, Workshop};
use xtask::prove::probes::{Found, Maker};
use xtask::prove::rules::Rules;

fn workshop() -> Workshop {
    let workshop = Workshop::empty();
    workshop.write("contract/10-books.http", include_str!("contracts/books/10-books.http"));
    workshop
}

fn prove(stall: &Stall, more: &[&str]) -> Ended {
    workshop().run(&[&["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url], more].concat())
}

/// A shelf whose answers to one request, by method and path, are changed.
fn shelf(method: &'static str, path: &'static str, change: fn(&mut Reply)) -> Stall {
    Stall::open(move |asked| {
        let mut reply = right(asked);
        if asked.method == method && asked.path == path {
            change(&mut reply);
        }
        reply
    })
}

fn set_body(reply: &mut Reply, body: Value) {
    reply.body = body.to_string();
}

/// Fails unless the run failed with exactly these findings, each with the line of the contract.
#[track_caller]
fn expect_findings(stall: &Stall, findings: &[(&str, u64)]) {
    let ended = prove(stall, &["--message-format", "json"]).expect(1);
    let found: Vec<_> = objects(&ended)
        .flat_map(|step| step["findings"].as_array().cloned().unwrap_or_default())
        .map(|finding| {
            assert_eq!(finding["file"], "contract/10-books.http");
            (finding["message"].as_str().unwrap().to_owned(), finding["line"].as_u64().unwrap())
        })
        .collect();
    let expected: Vec<_> = findings.iter().map(|(message, line)| ((*message).to_owned(), *line)).collect();
    assert_eq!(found, expected);
}

/// What was printed, an object a line.
fn objects(ended: &Ended) -> impl Iterator<Item = Value> {
    ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap())
}

#[test]
fn a_server_that_keeps_the_contract_passes() {
    let stall = Stall::open(right);
    let ended = prove(&stall, &[]).expect(0);
    assert_eq!(stall.asked(), ["POST /books", "POST /books", "GET /books/7", "GET /books/999999"]);
    assert!(ended.stderr.contains("total: 4 passed, 0 failed"), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
}

#[test]
fn another_status_than_the_expected_one_is_found() {
    let stall = shelf("GET", "/books/7", |reply| *reply = Reply::json(404, json!({ "message": "gone" })));
    expect_findings(&stall, &[("expected status 200, got 404", 56)]);
}

#[test]
fn a_status_that_is_not_declared_is_found() {
    let stall = shelf("GET", "/books/999999", |reply| reply.status = 410);
    expect_findings(
        &stall,
        &[
            ("expected status 404, got 410", 62),
            ("the status 410 is not declared for getBook; declared are 200, 404, 422", 56),
        ],
    );
}

#[test]
fn every_copy_of_a_header_is_looked_at() {
    let stall = shelf("POST", "/books", |reply| reply.headers.push(("Location", "no reference".to_owned())));
    let ended = prove(&stall, &["--message-format", "short", "--only", "addBook"]).expect(1);
    assert!(ended.stderr.contains("the header Location: \"no reference\" is not"), "{}", ended.stderr);
}

#[test]
fn an_answer_that_is_too_large_is_told() {
    let stall = shelf("GET", "/books/7", |reply| reply.body = format!("{}{}", " ".repeat(16 << 20), reply.body));
    let ended = prove(&stall, &["--message-format", "short"]).expect(1);
    assert!(ended.stderr.contains("the answer has more than 16 MiB"), "{}", ended.stderr);
}

#[test]
fn a_missing_header_is_found() {
    let stall = shelf("POST", "/books", |reply| reply.headers.retain(|(name, _)| *name != "Location"));
    expect_findings(&stall, &[("the header Location is missing", 21)]);
}

#[test]
fn another_media_type_is_found() {
    let stall = shelf("GET", "/books/7", |reply| reply.headers = vec![("Content-Type", "text/plain".to_owned())]);
    expect_findings(&stall, &[("expected content type application/json, got text/plain", 51)]);
}

#[test]
fn a_missing_field_is_found() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "Dune" })));
    expect_findings(&stall, &[("$: `pages` is missing", 51)]);
}

#[test]
fn a_renamed_field_is_found() {
    let change: fn(&mut Reply) = |reply| set_body(reply, json!({ "id": 7, "title": "Dune", "page": 412 }));
    expect_findings(
        &shelf("GET", "/books/7", change),
        &[("$: `pages` is missing", 51), ("$.page: there is no field `page`; did you mean `pages`?", 51)],
    );
}

#[test]
fn a_field_of_another_type_is_found() {
    let change: fn(&mut Reply) = |reply| set_body(reply, json!({ "id": 7, "title": "Dune", "pages": "412" }));
    expect_findings(&shelf("GET", "/books/7", change), &[("$.pages: \"412\" is not a whole number", 51)]);
}

#[test]
fn a_field_that_is_not_declared_is_found() {
    let change: fn(&mut Reply) =
        |reply| set_body(reply, json!({ "id": 7, "title": "Dune", "pages": 4, "owner": "me" }));
    expect_findings(&shelf("GET", "/books/7", change), &[("$.owner: there is no field `owner`", 51)]);
}

#[test]
fn an_assertion_that_does_not_hold_is_found() {
    let change: fn(&mut Reply) = |reply| set_body(reply, json!({ "id": 7, "title": "Emma", "pages": 4 }));
    expect_findings(&shelf("GET", "/books/7", change), &[("$.title: expected \"Dune\", got \"Emma\"", 55)]);
}

#[test]
fn a_body_that_is_no_json_is_found() {
    let stall = shelf("GET", "/books/999999", |reply| reply.body = "oops".to_owned());
    expect_findings(&stall, &[("the body is not JSON", 53)]);
}

#[test]
fn a_value_to_capture_that_is_not_there_is_found() {
    let stall =
        Stall::open(
            |asked| {
                if asked.method == "POST" { Reply::json(201, json!({ "number": 7 })) } else { right(asked) }
            },
        );
    let ended = prove(&stall, &["--only", "addBook", "--message-format", "short"]).expect(1);
    assert!(
        ended.stderr.contains("`bookId` takes its value from $.id, which is not in the answer"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_failure_is_shown_with_the_line_of_the_contract_and_the_answer() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "Emma", "pages": 4 })));
    let ended = prove(&stall, &[]).expect(1);
    for part in ["contract/10-books.http:55:", "# @assert $.title == \"Dune\"", "the answer was 200 {\"id\":7"] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    assert!(ended.stderr.contains("total: 3 passed, 1 failed"), "{}", ended.stderr);
}

#[test]
fn a_server_that_is_away_is_not_a_failed_check() {
    // Bound and let go: a port that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let ended = workshop().run(&["prove", "--contract", "contract", "--base-url", &url]).expect(2);
    assert!(ended.stderr.contains("error[no-answer]"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&url), "{}", ended.stderr);
}

#[test]
fn a_server_whose_first_answer_is_none_is_a_failed_check() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write;
        listener.incoming().map_while(Result::ok).for_each(|mut stream| drop(stream.write_all(b"no answer\r\n\r\n")));
    });
    let ended = workshop().run(&["prove", "--contract", "contract", "--no-probes", "--base-url", &url]).expect(1);
    assert!(ended.stderr.contains("total: 0 passed, 4 failed"), "{}", ended.stderr);
}

#[test]
fn a_contract_with_mistakes_is_not_sent() {
    let stall = Stall::open(right);
    let shop = workshop();
    shop.edit("contract/10-books.http", "# @security bearer\n", "# @security nobody\n");
    shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url]).expect(1);
    assert!(stall.asked().is_empty());
}

#[test]
fn a_request_that_nobody_wrote_cannot_be_chosen() {
    let stall = Stall::open(right);
    let ended = prove(&stall, &["--only", "BK-HP-999"]).expect(2);
    assert!(ended.stderr.contains("no request is called `BK-HP-999`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("BK-HP-001, BK-ERR-001, BK-HP-002, BK-ERR-002"), "{}", ended.stderr);
    assert!(stall.asked().is_empty());
}

#[test]
fn a_chosen_request_brings_those_whose_values_it_needs() {
    let stall = Stall::open(right);
    prove(&stall, &["--only", "BK-HP-002"]).expect(0);
    assert_eq!(stall.asked(), ["POST /books", "GET /books/7"]);
}

#[test]
fn a_chosen_request_that_needs_nothing_goes_alone() {
    let stall = Stall::open(right);
    prove(&stall, &["--only", "getNoBook"]).expect(0);
    assert_eq!(stall.asked(), ["GET /books/999999"]);
}

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

fn probe(stall: &Stall, more: &[&str]) -> Ended {
    workshop().run(&[&["prove", "--contract", "contract", "--base-url", &stall.url], more].concat())
}

/// The names of the probes that failed, with what was wrong.
fn failed_probes(ended: &Ended) -> Vec<String> {
    failed("probe", ended)
}

fn failed(kind: &str, ended: &Ended) -> Vec<String> {
    let failed = objects(ended).filter(|step| step["kind"] == kind).flat_map(|step| {
        let findings = step["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .map(move |f| format!("{}: {}", step["name"].as_str().unwrap(), f["message"].as_str().unwrap()))
    });
    failed.collect()
}

#[test]
fn a_server_that_keeps_every_constraint_passes_all_probes() {
    let stall = Stall::open(strict);
    let ended = probe(&stall, &[]).expect(0);
    assert!(
        ended
            .stderr
            .contains("total: 4 passed, 0 failed; 26 of 26 probes refused as declared; 7 of 7 boundaries taken"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_limit_that_is_off_by_one_is_found() {
    let stall = Stall::open(|asked| {
        let lenient = Asked { body: asked.body.replace("5001", "5000"), ..asked.clone() };
        strict(&lenient)
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    assert_eq!(failed_probes(&ended), ["addBook: `pages` is more than its maximum: expected status 422, got 201"]);
}

#[test]
fn a_limit_that_is_too_strict_by_one_is_found() {
    let stall = Stall::open(|asked| {
        let strict_by_one = Asked { body: asked.body.replace(":5000}", ":5001}"), ..asked.clone() };
        strict(&strict_by_one)
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    assert_eq!(failed("boundary", &ended), ["addBook: `pages` is its maximum: expected status 201, got 422"]);
    assert!(failed("probe", &ended).is_empty());
}

#[test]
fn an_operation_that_is_taken_once_has_no_boundaries() {
    let taken = std::sync::atomic::AtomicUsize::new(0);
    let stall = Stall::open(move |asked| {
        let reply = strict(asked);
        if reply.status == 201 && taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            return Reply::json(422, json!({ "message": "that book is there" }));
        }
        reply
    });
    let ended = probe(&stall, &["--only", "addBook"]).expect(0);
    let said = "the boundaries of addBook, whose request is taken once: addBook is answered 422 the second time";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

/// A shelf that answers the n-th book that it takes otherwise.
fn tired(after: usize, reply: fn() -> Reply) -> Stall {
    let taken = std::sync::atomic::AtomicUsize::new(0);
    Stall::open(move |asked| {
        let right = strict(asked);
        let is_late = right.status == 201 && taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= after;
        if is_late { reply() } else { right }
    })
}

#[test]
fn an_operation_that_breaks_the_second_time_is_not_one_that_is_taken_once() {
    let stall = tired(1, || Reply::json(500, json!({ "message": "oops" })));
    let ended = probe(&stall, &["--only", "addBook", "--message-format", "json"]).expect(1);
    let found = failed("boundary", &ended);
    assert_eq!(found[0], "addBook: expected status 201, got 500");
}

#[test]
fn what_is_found_at_a_bound_stays_found_when_the_next_one_cannot_be_prepared() {
    let shop = workshop();
    // Reading a book, which needs one on the shelf, has bounds of its own: the first page is broken, and then the shelf is full.
    let path = "# @path bookId: int64(1..) - Which book\n";
    shop.edit("contract/10-books.http", path, &format!("{path}# @query page?: int32(1..9) - Which page\n"));
    let broken = std::sync::atomic::AtomicBool::new(false);
    let stall = Stall::open(move |asked| {
        let (path, page) = asked.path.split_once("?page=").unwrap_or((&asked.path, "2"));
        if page == "1" {
            broken.store(true, std::sync::atomic::Ordering::SeqCst);
            return Reply::json(500, json!({ "message": "oops" }));
        }
        let reply = strict(&Asked { path: path.to_owned(), ..asked.clone() });
        let is_page = page.parse::<i64>().is_ok_and(|page| (1..=9).contains(&page));
        let is_full = reply.status == 201 && broken.load(std::sync::atomic::Ordering::SeqCst);
        if is_page && !is_full { reply } else { Reply::json(422, json!({ "message": "at least" })) }
    });
    let standard = ["prove", "--contract", "contract", "--base-url", &stall.url, "--message-format", "json"];
    let found = failed("boundary", &shop.run(&standard).expect(1));
    assert_eq!(found[0], "getBook: `page` is its minimum: expected status 200, got 500");
    assert_eq!(found[2], "addBook: expected status 201, got 422");
    assert_eq!(found[3], "addBook: the boundaries of getBook that follow were not sent");
}

#[test]
fn a_body_that_stands_in_a_file_is_probed() {
    let stall = Stall::open(strict);
    let shop = workshop();
    shop.write("contract/dune.json", r#"{"title":"Dune","pages":412}"#);
    shop.edit("contract/10-books.http", r#"{ "title": "Dune", "pages": 412 }"#, "< ./dune.json");
    let ended = shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url]).expect(0);
    assert!(ended.stderr.contains("26 of 26 probes refused as declared; 7 of 7 boundaries taken"), "{}", ended.stderr);
}

#[test]
fn a_body_in_which_a_variable_is_a_number_is_probed() {
    let stall = Stall::open(strict);
    let shop = workshop();
    shop.edit("contract/10-books.http", "@bookId = 1", "@bookId = 1\n@pages = 412");
    shop.edit(
        "contract/10-books.http",
        r#"{ "title": "Dune", "pages": 412 }"#,
        r#"{ "title": "Dune", "pages": {{pages}} }"#,
    );
    let ended = shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url]).expect(0);
    assert!(ended.stderr.contains("26 of 26 probes refused as declared; 7 of 7 boundaries taken"), "{}", ended.stderr);
}

#[test]
fn what_people_know_of_a_service_stands_beside_the_requests_of_another_contract() {
    let stall = Stall::open(|asked| match asked.body.as_str() {
        r#"{"title":"Dune","pages":5000}"# => Reply::json(422, json!({ "message": "at least" })),
        r#"{"title":"Dune","pages":1.5}"# => right(&Asked { body: r#"{"pages":1}"#.to_owned(), ..asked.clone() }),
        _ => strict(asked),
    });
    let shop = workshop();
    let run = |rules: &str| {
        shop.write("contract/prove.toml", rules);
        shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url])
    };
    run("").expect(1);
    let excluded = "[excluded]\n'addBook: `pages` is its maximum' = 'thick books fall'\n\
                    'addBook: `pages` has a fraction' = 'it is cut'\n";
    let ended = run(excluded).expect(0);
    assert!(ended.stderr.contains("; 2 excluded with a reason"), "{}", ended.stderr);
    let once = run(&format!("{excluded}[once]\naddBook = 'there is one copy'\n")).expect(0);
    assert!(once.stderr.contains("the boundaries of addBook, whose request is taken once: there is one copy"));
    for (rules, why) in [
        ("[excluded]\n'addBook: no such' = 'x'", "`excluded` names `addBook: no such`, which is neither"),
        ("[once]\nnoBook = 'x'", "`once` names `noBook`, which is no operation"),
        ("[[readers]]\nrequest = 'noBook'\nvalues = []", "a reader names `noBook`, which is no request"),
        ("[[readers]]\nrequest = 'addBook'\nvalues = []", "the reader `addBook` is no GET that succeeds"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = []", "the reader `getBook` names no values"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = ['page']", "the reader `getBook` names the value `page`, which"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = ['id.no']", "the reader `getBook` names the value `id.no`, which"),
        ("refused-tokens = ['expird']", "`refused-tokens` names `expird`, which is no variable"),
        ("exclude = []", "unknown field `exclude`"),
    ] {
        let ended = run(rules).expect(2);
        assert!(ended.stderr.contains(why), "{why}\n{}", ended.stderr);
    }
}

#[test]
fn what_is_not_tried_is_told_with_its_reason() {
    let stall = Stall::open(strict);
    let ended = probe(&stall, &["--message-format", "json"]).expect(0);
    let gaps: Vec<_> = objects(&ended).filter(|object| object["kind"] == "gap").collect();
    assert_eq!(gaps[0]["name"], "addBook: a body of another media type");
    assert_eq!(gaps[0]["reason"], "415 is not declared, so that nothing says what happens");
    let unwatched = objects(&ended).find(|object| object["kind"] == "unwatched").unwrap();
    assert_eq!(unwatched["operation"], "addBook");
    let words = probe(&stall, &[]).expect(0).stderr;
    assert!(words.contains("not tried  addBook: a body of another media type: 415 is not declared"), "{words}");
    assert!(words.contains("probes of addBook change anything: no reader shows it"), "{words}");
}

#[test]
fn a_reader_that_people_name_watches_what_has_no_resource_yet() {
    // A book that is refused for its length is counted all the same.
    let count = std::sync::atomic::AtomicI64::new(0);
    let stall = Stall::open(move |asked| {
        let mut reply = strict(asked);
        if asked.body.contains("Duneeeeeeeeeeeeeeeeee\"") {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        if asked.path == "/books/999" {
            let pages = count.load(std::sync::atomic::Ordering::SeqCst) + 1;
            reply = Reply::json(200, json!({ "id": 999, "title": "The count", "pages": pages }));
        }
        reply
    });
    let shop = workshop();
    let counted =
        "\n### BK-HP-003: The count\n# @name getCount\n# @operation getBook\nGET {{baseUrl}}/books/999 HTTP/1.1\n";
    let text = shop.read("contract/10-books.http");
    shop.write("contract/10-books.http", text + counted);
    shop.write("contract/prove.toml", "[[readers]]\nrequest = 'getCount'\nvalues = ['pages']\n");
    let standard = ["prove", "--contract", "contract", "--base-url", &stall.url, "--message-format", "json"];
    let ended = shop.run(&standard).expect(1);
    let expected = "addBook: `title` is longer than its maximum: this request changed what BK-HP-003 answers";
    assert_eq!(failed_probes(&ended), [expected]);
    assert!(!objects(&ended).any(|object| object["kind"] == "unwatched"));
}

#[test]
fn a_method_that_the_path_does_not_have_must_be_answered_by_those_that_it_has() {
    let stall = Stall::open(|asked| {
        let mut reply = strict(asked);
        reply.headers.retain(|(name, _)| *name != "Allow" || asked.path != "/books");
        if reply.status == 405 && asked.path == "/books/7" {
            strict(&Asked { method: "GET".into(), ..asked.clone() })
        } else {
            reply
        }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = [
        "addBook: by a method that the path does not have: the header Allow does not name POST",
        "getBook: by a method that the path does not have: expected status 405, got 200",
    ];
    assert_eq!(failed_probes(&ended), expected);
}

#[test]
fn a_path_at_its_bound_is_not_refused_whatever_is_there() {
    let stall = Stall::open(|asked| {
        let refused = asked.method == "GET" && asked.path == "/books/1";
        if refused { Reply::json(422, json!({ "message": "at least 2" })) } else { strict(asked) }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is its minimum: the path is allowed: expected neither 400 nor 422, got 422";
    assert_eq!(failed("boundary", &ended), [expected]);
}

#[test]
fn a_server_that_asks_nobody_for_a_token_is_found() {
    let stall = Stall::open(|asked| strict(&Asked { token: Some("a-reader".to_owned()), ..asked.clone() }));
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let found = failed_probes(&ended);
    assert_eq!(found[0], "addBook: without a token: expected status 401, got 201");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_refused_request_that_leaves_something_behind_is_found() {
    // Whatever is refused after the book has been put there tears a page out of it.
    let pages = std::sync::atomic::AtomicI64::new(412);
    let stall = Stall::open(move |asked| {
        let mut reply = strict(asked);
        if reply.status == 200 {
            let pages = pages.load(std::sync::atomic::Ordering::SeqCst);
            reply.body = json!({ "id": 7, "title": "Dune", "pages": pages }).to_string();
        } else if asked.path == "/books/0" {
            pages.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        }
        reply
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is less than its minimum: this request changed what getBook answers";
    assert_eq!(failed_probes(&ended), [expected]);
}

/// A shelf whose book has fewer pages each time that it is read a second after the last time.
fn counting_seconds() -> impl Fn(&Asked) -> Reply + Send {
    let read = std::sync::Mutex::new((std::time::Instant::now(), 400));
    move |asked| {
        let mut reply = strict(asked);
        let mut read = read.lock().unwrap();
        // The second begins just when this is asked.
        let is_due = read.0.elapsed().as_secs() >= 1 || asked.path == "/books/0";
        if reply.status == 200 || is_due {
            *read = (std::time::Instant::now(), read.1 - i64::from(is_due));
        }
        if reply.status == 200 {
            set_body(&mut reply, json!({ "id": 7, "title": "Dune", "pages": read.1 }));
        }
        reply
    }
}

#[test]
fn what_changes_by_itself_is_no_change_by_a_request() {
    let ended = probe(&Stall::open(counting_seconds()), &["--message-format", "json"]).expect(0);
    assert!(failed_probes(&ended).is_empty());
}

#[test]
fn a_change_beside_what_changes_by_itself_is_found() {
    let counting = counting_seconds();
    let renamed = std::sync::atomic::AtomicBool::new(false);
    let stall = Stall::open(move |asked| {
        renamed.fetch_or(asked.path == "/books/0", std::sync::atomic::Ordering::SeqCst);
        let reply = counting(asked);
        if renamed.load(std::sync::atomic::Ordering::SeqCst) { reply.with("Dune", "Emma") } else { reply }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is less than its minimum: this request changed what getBook answers";
    assert_eq!(failed_probes(&ended), [expected]);
}

#[test]
fn a_request_that_may_take_its_time_is_sent_again_until_its_answer_is_right() {
    let late = |answers: usize| {
        let asked_so_far = std::sync::atomic::AtomicUsize::new(0);
        Stall::open(move |asked| {
            let mut reply = right(asked);
            if asked.path == "/books/7" && asked_so_far.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < answers {
                set_body(&mut reply, json!({ "id": 7, "title": "not yet", "pages": 4 }));
            }
            reply
        })
    };
    let run = |stall: &Stall, within: &str| {
        let shop = workshop();
        let text = shop.read("contract/10-books.http");
        let assertion = "# @assert $.title ==";
        shop.write("contract/10-books.http", text.replacen(assertion, &format!("{within}{assertion}"), 1));
        shop.run(&["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url])
    };
    let stall = late(2);
    run(&stall, "# @within 60s\n").expect(0);
    assert_eq!(stall.asked().iter().filter(|asked| *asked == "GET /books/7").count(), 3);
    run(&late(1), "").expect(1);
    run(&late(usize::MAX), "# @within 1s\n").expect(1);
}

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
    expect_test::expect_file!["contracts/books/probes.txt"]
        .assert_eq(&written(books, |maker, sample| maker.probes(sample)));
    expect_test::expect_file!["contracts/books/boundaries.txt"]
        .assert_eq(&written(books, |maker, sample| maker.boundaries(sample)));
    expect_test::expect_file!["contracts/books/places.txt"]
        .assert_eq(&written(books, |maker, sample| maker.places(sample)));
}

/// Types that the books do not have.
#[test]
fn every_kind_of_type_is_probed() {
    let shelves = "tests/contracts/shelves";
    expect_test::expect_file!["contracts/shelves/probes.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.probes(sample)));
    expect_test::expect_file!["contracts/shelves/boundaries.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.boundaries(sample)));
    expect_test::expect_file!["contracts/shelves/places.txt"]
        .assert_eq(&written(shelves, |maker, sample| maker.places(sample)));
}

/// Not a test: the service of the workspaces below, in a process of its own.
#[test]
#[ignore = "it runs until it is stopped; the tests below start it"]
fn service() {
    let port = std::env::var("BOOKS_PORT").expect("the port to listen at");
    println!("a book was put on the shelf by 0198f1c2-7d1e-7b7c-9a51-{:012x}", std::process::id());
    let fault = std::env::var("BOOKS_FAULT").unwrap_or_default();
    let answer = move |asked: &Asked| match fault.as_str() {
        "no-limit" => strict(&Asked { body: asked.body.replace("5001", "5000"), ..asked.clone() }),
        "crash" if asked.method == "POST" => std::process::exit(3),
        "leave" if asked.method == "POST" => {
            std::fs::write(std::env::var("BOOKS_LEFT").unwrap(), "left").unwrap();
            strict(asked)
        }
        "other-title" => strict(asked).with("Dune", "Emma"),
        "wait" if asked.method == "POST" => {
            use std::io::Read;
            let mut caller = std::net::TcpStream::connect(std::env::var("BOOKS_CALL").unwrap()).unwrap();
            let _ = caller.read(&mut [0]).unwrap();
            strict(asked)
        }
        _ => strict(asked),
    };
    stall::serve(&std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap(), answer);
}

impl Reply {
    fn with(mut self, from: &str, to: &str) -> Self {
        self.body = self.body.replace(from, to);
        self
    }
}

/// The workspace below, whose service can have these faults.
fn faulty(faults: &str, more: &str) -> Workshop {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    shop.write("faults.txt", faults);
    let tables = shop.read("Cargo.toml");
    let list = "list = \"cat '{root}/faults.txt'\"";
    let mutants =
        format!("[workspace.metadata.contract.mutants]\n{list}\nvariable = 'BOOKS_FAULT'\nleast = 0.6\n{more}");
    shop.write("Cargo.toml", tables + &mutants);
    shop
}

#[test]
fn faults_that_the_proof_finds_are_counted() {
    let shop =
        faulty("no-limit  Pages have no limit\nother-title  Another book\nunseen  Nothing\n", "quick = ['unseen']");
    let ended = shop.run(&["prove", "--mutants"]).expect(0);
    for part in [
        "no-limit     probe addBook: `pages` is more than its maximum: expected status 422, got 201",
        "other-title  request BK-HP-002 getBook: $.title: expected \"Dune\", got \"Emma\"",
        "unseen       SURVIVED",
        "total: 2 of 3 faults found",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    let objects = shop.run(&["prove", "--mutants", "--fault", "no-limit", "--message-format", "json"]).expect(0).stdout;
    let objects: Vec<Value> = objects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((objects.len(), &objects[0]["found"]), (3, &Value::Null));
    assert_eq!((&objects[1]["fault"], &objects[1]["found"]["kind"]), (&json!("no-limit"), &json!("probe")));
    assert_eq!((&objects[2]["found"], &objects[2]["falseAlarm"]), (&json!(1), &json!(false)));
    let few = shop.run(&["prove", "--mutants", "--quick"]).expect(1);
    assert!(few.stderr.contains("0 of 1 faults found; at least 1 must be; not found: unseen"), "{}", few.stderr);
}

#[test]
fn a_service_without_a_fault_in_which_something_is_found_is_a_false_alarm() {
    let shop = faulty("other-title  Another book\n", "");
    shop.edit("__http__/10-books.http", "# @assert $.title == \"Dune\"", "# @assert $.title == \"Emma\"");
    let ended = shop.run(&["prove", "--mutants"]).expect(1);
    assert!(ended.stderr.contains("error[false-alarm]"), "{}", ended.stderr);
}

#[test]
fn a_fault_that_nobody_listed_cannot_be_chosen() {
    let ended = faulty("other-title  Another book\n", "").run(&["prove", "--mutants", "--fault", "no-such"]).expect(2);
    assert!(ended.stderr.contains("no fault is called `no-such`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the faults are: other-title"), "{}", ended.stderr);
}

/// A workspace that starts this file's service, with one criterion to prove.
fn workspace(criterion: &str) -> Workshop {
    let shop = Workshop::empty();
    shop.write("__http__/10-books.http", include_str!("contracts/books/10-books.http"));
    shop.write("xtask/Cargo.toml", "");
    let this = std::env::current_exe().unwrap();
    let start = format!("env BOOKS_PORT={{port}} '{}' service --exact --ignored --nocapture", this.display());
    let service = format!("start = {start:?}\nready = \"/books/7\"");
    let proof = format!(
        "path = \"proof.md\"\nhtml = \"proof.html\"\n[[workspace.metadata.contract.proof.criterion]]\n{criterion}"
    );
    let tables =
        format!("[workspace.metadata.contract.service]\n{service}\n[workspace.metadata.contract.proof]\n{proof}\n");
    shop.write("Cargo.toml", tables);
    shop
}

#[test]
fn the_proof_document_is_written_once_and_the_same_again() {
    let shop = workspace(include_str!("contracts/books/proof.toml"));
    shop.write("shelf.rs", "fn other() {}\n\n    fn shelf() {\n        todo()\n    }\n");
    let stale = shop.run(&["prove"]).expect(1);
    for page in ["proof.md", "proof.html"] {
        assert!(stale.stderr.contains(&format!("{page} is not what this run saw, from line 1")), "{}", stale.stderr);
    }
    shop.run(&["prove", "--write-proof"]).expect(0);
    let written = (shop.read("proof.md"), shop.read("proof.html"));
    shop.run(&["prove"]).expect(0);
    assert_eq!((shop.read("proof.md"), shop.read("proof.html")), written);
    expect_test::expect_file!["contracts/books/proof.md"].assert_eq(&written.0);
    expect_test::expect_file!["contracts/books/proof.html"].assert_eq(&written.1);
}

#[test]
fn evidence_that_is_not_there_fails() {
    let cases = [
        ("commands = [{ title = 'Nothing', run = 'true' }]", "`true` prints nothing"),
        ("folders = ['no-such-folder']", "no-such-folder holds no file"),
        ("log = 'no such line'", "no line of the service's log matches /no such line/"),
        ("excerpts = [{ file = 'Cargo.toml', from = 'fn' }]", "no line of Cargo.toml begins with `fn`"),
        ("values = { BK-HP-001 = ['id.of'] }", "the answer of BK-HP-001 has no `id.of`"),
    ];
    for (evidence, why) in cases {
        let shop = workspace(&format!("title = 'Books'\ntests = ['BK-HP-001']\n{evidence}"));
        let ended = shop.run(&["prove", "--write-proof"]).expect(1);
        assert!(ended.stderr.contains(&format!("`Books` is not proved: {why}")), "{}", ended.stderr);
    }
}

#[test]
fn a_criterion_without_an_executed_request_fails() {
    let ended = workspace("title = 'Books'\ntests = ['BK-HP-009']").run(&["prove", "--write-proof"]).expect(1);
    assert!(ended.stderr.contains("`Books` is not proved: no request has the test id BK-HP-009"), "{}", ended.stderr);
}

#[test]
fn a_criterion_for_which_nothing_was_executed_fails() {
    let ended = workspace("title = 'Books'\nfolders = ['__http__']").run(&["prove", "--write-proof"]).expect(1);
    assert!(ended.stderr.contains("it names no test and no command, so that nothing was executed"), "{}", ended.stderr);
}

#[test]
fn a_service_that_ends_while_it_is_asked_is_a_failed_check() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let ended = shop.command(&["prove", "--no-probes"]).env("BOOKS_FAULT", "crash").output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error[service-ended]: the service ended while it was asked: exit status: 3"), "{stderr}");
}

#[test]
fn the_environment_of_a_service_is_what_the_workspace_says() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let run = |environment: &str| {
        let more = tables.replace("ready =", &format!("{environment}\nready ="));
        shop.write("Cargo.toml", more);
        let ended = shop.command(&["prove", "--no-probes"]).env("BOOKS_FAULT", "crash").output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        (ended.status.code(), stderr.contains("total: 4 passed"), stderr)
    };
    for environment in ["", "environment = { BOOKS_FAULT = 'other-title' }", "inherit = ['PATH', 'BOOKS*']"] {
        let (code, passed, stderr) = run(environment);
        assert!(code == Some(1) && !passed, "{environment}\n{stderr}");
    }
    for environment in ["environment = { BOOKS_FAULT = false }", "inherit = ['PATH', 'LD_*']"] {
        let (_, passed, stderr) = run(environment);
        assert!(passed, "{environment}\n{stderr}");
    }
    let (code, _, stderr) = run("environment = { BOOKS_FAULT = true }");
    assert!(code == Some(2) && stderr.contains("`BOOKS_FAULT` is `true`"), "{stderr}");
}

#[test]
fn what_must_be_true_at_the_end_is_asked_of_the_data() {
    let shop = faulty("leave  Something is left behind\n", "");
    let left = shop.path("left").display().to_string();
    let tables = shop.read("Cargo.toml");
    let rules = format!(
        "[[workspace.metadata.contract.prove.invariants]]\ntitle = 'Nothing is left behind'\nrun = \"cat '{left}'\"\n\
         [workspace.metadata.contract.service.environment]\nBOOKS_LEFT = '{left}'\n"
    );
    shop.write("Cargo.toml", tables + &rules);
    shop.write("left", "");
    shop.run(&["prove", "--write-proof"]).expect(0);
    let ended = shop.run(&["prove", "--mutants"]).expect(0);
    let said = "leave  invariant Nothing is left behind: the command must print nothing, and prints `left`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let ended = shop.run(&["prove"]).expect(1);
    let said = "error[broken-invariant]: Nothing is left behind: the command must print nothing, and prints `left`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 wrong beside the answers"), "{}", ended.stderr);
}

#[test]
fn every_report_tells_what_is_wrong_beside_the_answers() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let rules = "[[workspace.metadata.contract.prove.invariants]]\ntitle = 'Nothing is left'\nrun = 'echo a|b'\n";
    shop.write("Cargo.toml", tables + rules);
    let mut command = shop.command(&["prove", "--message-format", "json", "--junit", "junit.xml"]);
    let ended = command.env("GITHUB_STEP_SUMMARY", shop.path("summary.md")).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = "Nothing is left: the command must print nothing, and prints `a|b`";
    let printed = String::from_utf8(ended.stdout).unwrap();
    let objects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let total = objects.iter().find(|object| object["kind"] == "total").unwrap();
    assert_eq!((&total["failed"], &total["broken"]), (&json!(true), &json!([said])));
    let summary = shop.read("summary.md");
    for part in ["### prove: the contract is broken, ".to_owned(), said.replace('|', "\\|")] {
        assert!(summary.contains(&part), "{part}\n{summary}");
    }
    let report = quick_junit::Report::deserialize_from_str(&shop.read("junit.xml")).unwrap();
    assert_eq!((report.failures, report.errors), (1, 0));
}

#[test]
fn a_token_whose_variable_has_no_value_is_not_tried_and_that_is_told() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let more = "[workspace.metadata.contract.service.variables]\nexpired = 'echo old'\n\
                [workspace.metadata.contract.prove]\nrefused-tokens = ['expired']\n";
    shop.write("Cargo.toml", tables + more);
    let stall = Stall::open(strict);
    let standard = ["prove", "--base-url", &stall.url, "--message-format", "json"];
    let gap = |ended: &Ended| {
        let name = "addBook: with the token `expired`";
        objects(ended).find(|object| object["name"] == name).map(|object| object["kind"].clone())
    };
    assert_eq!(gap(&shop.run(&standard).expect(0)), Some(json!("gap")));
    let given = shop.run(&[&standard[..], &["--var", "expired=old"]].concat()).expect(0);
    assert_eq!(gap(&given), Some(json!("probe")));
}

#[test]
fn flags_of_the_faults_go_with_no_server_that_runs() {
    let stall = Stall::open(right);
    for flags in [&["--quick"][..], &["--fault", "x"], &["--schemathesis", "5"]] {
        let ended = prove(&stall, flags).expect(2);
        assert!(
            ended.stderr.contains(&format!("cannot be used with '{}", flags[0]))
                || ended.stderr.contains("cannot be used with '--base-url"),
            "{}",
            ended.stderr
        );
    }
    assert!(stall.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_service_and_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::io::{ErrorKind, Read};
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
        std::fs::create_dir(shop.path("tmp")).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = shop.command(&["prove"]);
        command.env("BOOKS_FAULT", "wait").env("BOOKS_CALL", listener.local_addr().unwrap().to_string());
        let mut proof = command.env("TMPDIR", shop.path("tmp")).spawn().unwrap();
        // The service says that it was asked, and waits for an answer.
        let mut service = listener.accept().unwrap().0;
        assert_eq!(std::fs::read_dir(shop.path("tmp")).unwrap().count(), 1);
        kill_process(Pid::from_child(&proof), signal).unwrap();
        assert_eq!(proof.wait().unwrap().code(), Some(code));
        assert_eq!(std::fs::read_dir(shop.path("tmp")).unwrap().count(), 0);
        let ended = service.read(&mut [0]).map_err(|error| error.kind());
        assert!(matches!(ended, Ok(0) | Err(ErrorKind::ConnectionReset)), "it still runs: {ended:?}");
    }
}

#[test]
fn a_table_that_nobody_reads_is_a_mistake() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    shop.write("Cargo.toml", tables + "[workspace.metadata.contract.boundarys]\n");
    let ended = shop.run(&["prove"]).expect(2);
    assert!(ended.stderr.contains("there is no [workspace.metadata.contract.boundarys]"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the tables are: clients, dev, mutants"), "{}", ended.stderr);
}

#[test]
fn a_service_that_cannot_start_is_not_a_failed_check() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml").replace("service --exact", "no-such-service --exact");
    shop.write("Cargo.toml", tables);
    let ended = shop.run(&["prove"]).expect(2);
    assert!(ended.stderr.contains("error[service-not-ready]: the service did not become ready"), "{}", ended.stderr);
}
