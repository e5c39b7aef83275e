//! What `prove` says of servers that keep their contract, and of servers that break it in one thing.

mod books;
mod stall;
mod workshop;

use books::{right, strict};
use serde_json::{Value, json};
use stall::{Asked, Reply, Stall};
use workshop::{Ended, Workshop};
use xtask::prove::probes::{boundaries, of_operation};

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
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<_> = lines
        .flat_map(|step| step["findings"].as_array().unwrap().clone())
        .map(|finding| {
            assert_eq!(finding["file"], "contract/10-books.http");
            (finding["message"].as_str().unwrap().to_owned(), finding["line"].as_u64().unwrap())
        })
        .collect();
    let expected: Vec<_> = findings.iter().map(|(message, line)| ((*message).to_owned(), *line)).collect();
    assert_eq!(found, expected);
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
    let steps: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(steps.len(), 4);
    assert_eq!(steps[1]["testId"], "BK-ERR-001");
    assert_eq!(steps[1]["name"], "addEmptyBook");
    assert_eq!((&steps[1]["expected"], &steps[1]["status"]), (&json!(422), &json!(422)));
    assert_eq!(steps[2]["url"], format!("{}/books/7", stall.url));
    assert_eq!((&steps[2]["file"], &steps[2]["line"]), (&json!("contract/10-books.http"), &json!(56)));
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
}

#[test]
fn annotations_name_the_line_for_github() {
    let stall = shelf("GET", "/books/7", |reply| set_body(reply, json!({ "id": 7, "title": "Dune" })));
    let ended = prove(&stall, &["--message-format", "github"]).expect(1);
    let first = ended.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("::error file=contract/10-books.http,line=51,col="), "{first}");
    assert!(first.contains("title=unexpected-answer::BK-HP-002 getBook: $: `pages` is missing%0A"), "{first}");
    assert_eq!(ended.stdout.lines().count(), 1);
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
    let steps = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let failed = steps.filter(|step| step["kind"] == kind).flat_map(|step| {
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
        ended.stderr.contains("total: 4 passed, 0 failed; 22 of 22 probes refused as declared"),
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
    assert!(ended.stderr.contains("no boundaries of addBook, whose request is taken once"), "{}", ended.stderr);
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
fn written(folder: &str, made: fn(&openapi::Contract, &openapi::Sample) -> Vec<openapi::Sample>) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let loaded = xtask::generate::input::load(&folder, &folder).unwrap();
    let contract = openapi::compile(&loaded.sources, &openapi::Variables::new()).contract.unwrap();
    let probes = contract.samples.iter().flat_map(|sample| made(&contract, sample));
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
    probes.map(line).collect()
}

#[test]
fn probes_and_boundaries_follow_from_the_contract_alone() {
    let books = "tests/contracts/books";
    expect_test::expect_file!["contracts/books/probes.txt"].assert_eq(&written(books, of_operation));
    expect_test::expect_file!["contracts/books/boundaries.txt"].assert_eq(&written(books, boundaries));
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
        "other-title" => strict(asked).with("Dune", "Emma"),
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
fn a_service_that_cannot_start_is_not_a_failed_check() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml").replace("service --exact", "no-such-service --exact");
    shop.write("Cargo.toml", tables);
    let ended = shop.run(&["prove"]).expect(2);
    assert!(ended.stderr.contains("error[service-not-ready]: the service did not become ready"), "{}", ended.stderr);
}
