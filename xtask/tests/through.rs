//! What `prove --through` says of a client that does as its contract says, and of clients that make one mistake.

mod books;
mod stall;
mod talk;
mod workshop;

use std::path::Path;
use std::process::{Command, Stdio};

use books::strict;
use expect_test::expect_file;
use serde_json::Value;
use stall::Stall;
use talk::Mock;
use workshop::{Ended, Workshop};

/// A workspace with the client of `through/client.mjs`; none without Node.js.
fn workspace(mistake: &str) -> Option<Workshop> {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) {
        println!("skipped: install Node.js first");
        return None;
    }
    let shop = Workshop::empty();
    shop.write("contract/10-books.http", include_str!("contracts/books/10-books.http"));
    shop.write("xtask/Cargo.toml", "");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/through/client.mjs");
    let start = format!("node '{}' '{mistake}'", program.display());
    shop.write("Cargo.toml", format!("[workspace.metadata.contract.clients.shelf]\nstart = {start:?}\n"));
    Some(shop)
}

/// That client, sent to a shelf that keeps the contract.
fn prove(mistake: &str, more: &[&str]) -> Option<Ended> {
    let shop = workspace(mistake)?;
    let stall = Stall::open(strict);
    let standard = ["prove", "--contract", "contract", "--base-url", &stall.url, "--through", "shelf"];
    Some(shop.run(&[&standard[..], more].concat()))
}

/// What was printed, an object a line.
fn objects(ended: &Ended, kind: &str) -> Vec<Value> {
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|object| object["kind"] == kind).collect()
}

/// What was found, each with the name of its request.
fn findings(ended: &Ended) -> Vec<(String, String)> {
    let found = ["request", "probe", "boundary", "example"].iter().flat_map(|kind| objects(ended, kind));
    let messages = found.flat_map(|step| {
        let findings = step["findings"].as_array().unwrap().clone();
        findings.into_iter().map(move |f| (step["name"].as_str().unwrap().to_owned(), f["message"].to_string()))
    });
    messages.collect()
}

/// Fails unless the mistake is found by a request that is called `name`, in these words.
#[track_caller]
fn expect_found(mistake: &str, name: &str, words: &str) {
    let Some(ended) = prove(mistake, &["--message-format", "json"]) else { return };
    let messages = findings(&ended.expect(1));
    assert!(messages.iter().any(|(by, message)| by == name && message.contains(words)), "{messages:#?}");
}

#[test]
fn a_client_that_makes_no_mistake_passes_and_comes_to_every_status() {
    let Some(ended) = prove("none", &["--message-format", "json"]) else { return };
    let ended = ended.expect(0);
    let rows: Vec<_> = objects(&ended, "status").iter().map(|row| format!("{row:#}\n")).collect();
    expect_file!["through/statuses.expected"].assert_eq(&rows.concat());
}

#[test]
fn what_the_types_of_a_client_do_not_allow_is_not_sent_and_named_with_its_reason() {
    let Some(ended) = prove("none", &["--message-format", "json"]) else { return };
    let steps = ["request", "probe", "boundary"].iter().flat_map(|kind| objects(&ended, kind));
    let refused: Vec<_> = steps
        .filter(|step| !step["inexpressible"].is_null())
        .map(|step| format!("{}: {}\n", step["name"].as_str().unwrap(), step["inexpressible"].as_str().unwrap()))
        .collect();
    expect_file!["through/refused.expected"].assert_eq(&refused.concat());
}

#[test]
fn people_read_which_status_was_reached_how() {
    let Some(ended) = prove("none", &[]) else { return };
    for line in [
        "shelf  addBook  201 server   401 server   422 server",
        "shelf  getBook  200 server   404 server   422 server",
        "shelf: 6 of 6 declared statuses reached, 6 of them by the server, 0 by the contract's examples alone",
    ] {
        assert!(ended.stderr.contains(line), "{line}\n{}", ended.stderr);
    }
}

#[test]
fn a_client_that_refuses_what_the_contract_allows_is_found() {
    expect_found("refuse what is allowed", "addBook", "the client cannot express what the contract allows: no book");
}

#[test]
fn a_request_that_arrives_otherwise_is_found() {
    expect_found("ask for another book", "BK-HP-002 answered 200", "the path is /books/8 instead of");
    expect_found("drop a field of the request", "BK-HP-001 answered 201", "the body differs at $.pages");
    expect_found("add a field to the request", "BK-HP-001 answered 201", "the body has more: $.shelf");
    expect_found("send another media type", "BK-HP-001 answered 201", "the content type is text/plain instead of");
    expect_found("forget the token", "BK-HP-001 answered 201", "the token did not arrive as it was given");
    expect_found("send everything twice", "BK-HP-002 answered 200", "2 requests arrived instead of one");
}

#[test]
fn an_answer_that_a_client_takes_for_another_is_found() {
    expect_found("lose a field of the answer", "getBook", "$: `pages` is missing");
    expect_found("change a value of the answer", "BK-HP-002 answered 200", "differs from the answer at $.title");
    expect_found("lose a header", "addBook", "the header Location is missing");
    expect_found("not know 404", "getNoBook", "the client does not take the answer for a declared one: 404?");
    expect_found("take errors for successes", "getNoBook", "the client gives the status 404 as a success");
    let words = "the client gives its variant NotFound, which is 404, for the status 422";
    expect_found("mistake 422 for 404", "addEmptyBook", words);
}

#[test]
fn a_status_that_a_client_never_comes_to_is_found() {
    let Some(ended) = prove("not know 404", &[]) else { return };
    let ended = ended.expect(1);
    assert!(ended.stderr.contains("the client shelf never came to: getBook 404"), "{}", ended.stderr);
}

#[test]
fn a_program_that_is_no_client_is_named_as_the_reason() {
    for (mistake, words) in [
        ("print what is no outcome", "the client's program printed `oops`"),
        ("stop at once", "the client's program has ended"),
    ] {
        let Some(ended) = prove(mistake, &[]) else { return };
        let ended = ended.expect(2);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

#[test]
fn a_client_that_the_workspace_does_not_have_cannot_be_chosen() {
    let shop = Workshop::empty();
    shop.write("contract/10-books.http", include_str!("contracts/books/10-books.http"));
    shop.write("xtask/Cargo.toml", "");
    shop.write("Cargo.toml", "[workspace.metadata.contract.clients.shelf]\nstart = \"true\"\n");
    let ended = shop.run(&["prove", "--contract", "contract", "--through", "cupboard"]).expect(2);
    let message = "the workspace has no client `cupboard`";
    assert!(ended.stderr.contains(message) && ended.stderr.contains("has: shelf"), "{}", ended.stderr);
}

/// The client of `through/client.mjs`, sent to `cargo xtask mock` as a program of its own; none without Node.js.
fn prove_with_mock(mistake: &str, contract: &str) -> Option<Ended> {
    let shop = workspace(mistake)?;
    let mocked = Workshop::empty();
    mocked.write("contract/10-books.http", contract);
    let mock = Mock::start(&mocked, &[]);
    let url = format!("http://{}", mock.address);
    let standard =
        ["prove", "--contract", "contract", "--through", "shelf", "--message-format", "json", "--mock", &url];
    Some(shop.run(&standard))
}

#[test]
fn a_mock_that_runs_by_itself_brings_a_client_to_every_status() {
    let Some(ended) = prove_with_mock("none", include_str!("contracts/books/10-books.http")) else { return };
    let ended = ended.expect(0);
    for status in objects(&ended, "status") {
        assert!(!status["examples"].as_array().unwrap().is_empty(), "{status}");
    }
    assert!(objects(&ended, "request").is_empty(), "nothing but the examples is sent");
}

#[test]
fn what_a_client_loses_of_the_answer_of_a_mock_is_found() {
    let Some(ended) = prove_with_mock("change a value of the answer", include_str!("contracts/books/10-books.http"))
    else {
        return;
    };
    let messages = findings(&ended.expect(1));
    assert!(
        messages.iter().any(|(_, message)| message.contains("differs from the answer at $.title")),
        "{messages:#?}"
    );
}

/// The mock reads every request that is to succeed, so it finds what a client leaves out.
#[test]
fn a_request_that_a_mock_refuses_is_found() {
    let Some(ended) = prove_with_mock("drop a field of the request", include_str!("contracts/books/10-books.http"))
    else {
        return;
    };
    let messages = findings(&ended.expect(1));
    let refused = ("BK-HP-001 answered 201", "expected status 201, got 422");
    assert!(messages.iter().any(|(name, message)| name == refused.0 && message.contains(refused.1)), "{messages:#?}");
}

#[test]
fn a_server_that_is_no_mock_is_found() {
    let Some(shop) = workspace("none") else { return };
    let stall = Stall::open(strict);
    let standard = ["prove", "--contract", "contract", "--through", "shelf", "--message-format", "json", "--mock"];
    let messages = findings(&shop.run(&[&standard[..], &[&stall.url]].concat()).expect(1));
    assert!(
        messages.iter().any(|(_, message)| message.contains("does not say that `Prefer` was applied")),
        "{messages:#?}"
    );
}

#[test]
fn a_mock_that_does_not_run_is_no_verdict() {
    let Some(shop) = workspace("none") else { return };
    // The port is free: it was bound a moment ago, and nobody listens on it any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let ended = shop.run(&["prove", "--contract", "contract", "--through", "shelf", "--mock", &url]).expect(2);
    assert!(ended.stderr.contains("start `cargo xtask mock`, and give its address with --mock"), "{}", ended.stderr);
}
