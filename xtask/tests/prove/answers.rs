//! What is found in an answer, and what is no failed check.

use super::*;

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

/// An office that takes whatever has two identifiers, and knows where these are.
fn office(base: &'static str) -> Stall {
    let known = std::sync::Mutex::new(Vec::new());
    let refused = |status| Reply::json(status, json!({ "message": "no" }));
    Stall::open(move |asked| {
        let Some(path) = asked.path.strip_prefix(base) else { return refused(404) };
        let method = if path == "/parcels" { "POST" } else { "GET" };
        if asked.method != method {
            let Reply { status, mut headers, body } = refused(405);
            headers.push(("Allow", method.to_owned()));
            return Reply { status, headers, body };
        }
        if method == "GET" {
            let found = known.lock().unwrap().iter().any(|id| path == format!("/parcels/{id}"));
            return if found { Reply::json(200, json!({ "place": "Ghent" })) } else { refused(404) };
        }
        let Ok(body) = serde_json::from_str::<Value>(&asked.body) else { return refused(400) };
        let is_uuid = |name: &str| body[name].as_str().is_some_and(|id| id.len() == 36 && id.split('-').count() == 5);
        if !is_uuid("id") || !is_uuid("receipt") {
            return refused(422);
        }
        known.lock().unwrap().push(body["id"].as_str().unwrap().to_owned());
        Reply { status: 204, headers: Vec::new(), body: String::new() }
    })
}

#[test]
fn a_variable_that_holds_a_fresh_value_has_it_in_the_whole_run_and_its_probes_are_made_of_it() {
    let shop = Workshop::empty();
    shop.write("contract/10-parcels.http", include_str!("../contracts/parcels/10-parcels.http"));
    for base in ["", "/post/v1"] {
        let office = office(base);
        let ended =
            shop.run(&["prove", "--contract", "contract", "--base-url", &format!("{}{base}", office.url)]).expect(0);
        let expected = "total: 2 passed, 0 failed; 17 of 17 probes refused as declared";
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}
