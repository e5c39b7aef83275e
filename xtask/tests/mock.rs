//! What `mock` answers, and that nothing that is sent to it keeps it from answering.

mod talk;
mod workshop;

use std::io::{Read, Write};
use std::path::Path;

use expect_test::expect_file;
use serde_json::Value;
use talk::{Mock, entries, raw, read_all};
use workshop::Workshop;

/// A workshop with the contract of this workspace.
fn uploads() -> Workshop {
    let workshop = Workshop::empty();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__");
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), workshop.path("contract").join(entry.file_name())).unwrap();
        }
    }
    workshop
}

/// A token that says that its bearer has no role.
const USER: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJyb2xlcyI6W119.";
/// A token that says that its bearer is an administrator.
const ADMIN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJyb2xlcyI6WyJhZG1pbiJdfQ.";

#[test]
fn a_contract_is_answered_from_its_examples_and_schemas() {
    let mock = Mock::start(&Workshop::with_pets(), &[]);
    expect_file!["mock/pets.expected"].assert_eq(&mock.transcript(include_str!("mock/pets.txt"), "any"));
}

/// The service answers the same requests in a test of its own, which reads the same two files.
#[test]
fn what_the_service_refuses_is_refused_in_the_same_words() {
    let mock = Mock::start(&uploads(), &[]);
    expect_file!["mock/refused.expected"].assert_eq(&mock.transcript(include_str!("mock/refused.txt"), USER));
}

/// The service answers these with the words of its library, which knows no contract; the statuses are the same.
#[test]
fn what_reaches_no_operation_is_refused_in_the_shape_of_the_contract() {
    let mock = Mock::start(&uploads(), &[]);
    expect_file!["mock/strays.expected"].assert_eq(&mock.transcript(include_str!("mock/strays.txt"), USER));
}

#[test]
fn every_status_of_every_operation_can_be_asked_for_and_is_what_is_declared() {
    let workshop = uploads();
    let mock = Mock::start(&workshop, &[]);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
    let mut transcript = String::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace("{partNumber}", "1").replace(['{', '}'], "");
        let path = ["sessionId", "fileId"]
            .iter()
            .fold(path, |path, name| path.replace(name, "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"));
        for (method, operation) in operations.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys().filter(|status| status.as_str() >= "400") {
                let request = format!("{} {path}\nPrefer: code={status}", method.to_uppercase());
                transcript
                    .push_str(&format!("### {} {status}\n{request}\n\n", operation["operationId"].as_str().unwrap()));
            }
        }
    }
    expect_file!["mock/statuses.expected"].assert_eq(&mock.transcript(&transcript, ""));
}

#[test]
fn tokens_that_carry_roles_are_asked_for_them_and_others_have_every_role() {
    let mock = Mock::start(&uploads(), &[]);
    let status = |token: &str| {
        let request = format!("GET /api/mocs/uploads/sessions/analytics\nAuthorization: Bearer {token}");
        mock.send(&raw(&request))[9..12].to_owned()
    };
    assert_eq!([status("anything"), status("a.b.c"), status(ADMIN), status(USER)], ["200", "200", "200", "403"]);
}

#[test]
fn the_same_question_gets_the_same_answer() {
    let mock = Mock::start(&uploads(), &[]);
    let request = raw(&format!("GET /api/mocs/uploads/sessions/analytics\nAuthorization: Bearer {ADMIN}"));
    assert_eq!(mock.send(&request), mock.send(&request));
}

#[test]
fn a_saved_contract_is_answered_from_and_one_with_a_mistake_is_not() {
    let workshop = Workshop::with_pets();
    let mut mock = Mock::start(&workshop, &["--watch"]);
    let ask = |mock: &Mock| mock.send(&raw("GET /pets/7"));
    assert!(ask(&mock).contains(r#""name":"Rex""#));

    let example = r#"# { "id": 7, "name": "Rex", "kind": "dog" }"#;
    workshop.edit("contract/10-pets.http", example, &example.replace("Rex", "Bella"));
    assert!(ask(&mock).contains(r#""name":"Bella""#));
    mock.log_until("the contract has changed: Pet Shop 2.1.0, 3 operations");

    workshop.edit("contract/10-pets.http", "# @operation getPet", "# @operation addPet");
    assert!(ask(&mock).contains(r#""name":"Bella""#));
    mock.log_until("error[");
    mock.log_until("the one before is still answered from");

    workshop.edit(
        "contract/10-pets.http",
        "# @operation addPet\n# @tag Pets\n# @security none",
        "# @operation getPet\n# @tag Pets\n# @security none",
    );
    workshop.edit("contract/10-pets.http", "Bella", "Charlie");
    assert!(ask(&mock).contains(r#""name":"Charlie""#));
}

#[test]
fn what_a_generated_server_cannot_express_is_told_with_its_line_and_not_answered() {
    let workshop = Workshop::with_pets();
    workshop.edit("contract/10-pets.http", "# @operation getPet", "# @operation authenticate");
    let ended = workshop.run(&["mock", "--contract", "contract", "--port", "0", "--message-format", "short"]).expect(1);
    assert!(
        ended.stderr.contains("contract/10-pets.http:51:1: error[unsupported-by-target]: mock"),
        "{}",
        ended.stderr
    );
}

#[test]
fn paths_are_found_below_that_of_a_server_as_well() {
    let workshop = Workshop::with_pets();
    workshop.edit(
        "contract/00-shop.http",
        "# @server http://127.0.0.1:8080 -",
        "# @server http://127.0.0.1:8080/shop/v2 -",
    );
    let mock = Mock::start(&workshop, &[]);
    for (path, status) in [("/pets/7", 200), ("/shop/v2/pets/7", 200), ("/shop/pets/7", 404), ("/shop/v2/dogs", 404)] {
        let answer = mock.send(&raw(&format!("GET {path}")));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
}

#[test]
fn without_watching_the_contract_stays_as_it_was() {
    let workshop = Workshop::with_pets();
    let mock = Mock::start(&workshop, &[]);
    std::fs::remove_dir_all(workshop.path("contract")).unwrap();
    assert!(mock.send(&raw("GET /pets/7")).starts_with("HTTP/1.1 200"));
}

#[test]
fn requests_are_logged_without_what_is_secret() {
    let mut mock = Mock::start(&Workshop::with_pets(), &[]);
    mock.send(&raw("POST /pets?token=secret\nAuthorization: Bearer secret\nContent-Type: application/json\n\n{}"));
    let line = mock.log_until("/pets");
    assert!(line.starts_with("POST /pets 422 addPet (3 values are not allowed)"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn requests_of_one_connection_are_answered_in_their_order() {
    let mock = Mock::start(&Workshop::with_pets(), &[]);
    let body = r#"{"name":"Wanda","kind":"fish"}"#;
    let post = format!(
        "POST /pets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = "POST /pets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let get = "GET /pets/7 HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "DELETE /pets/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let text = mock.send(format!("{get}{post}{chunked}{get}{last}").as_bytes());
    let statuses: Vec<_> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "201", "422", "200", "405"]);
}

#[test]
fn a_client_that_waits_is_told_to_go_on_only_when_its_body_is_wanted() {
    let mock = Mock::start(&Workshop::with_pets(), &[]);
    let head = "POST /pets HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 30\r\nExpect: 100-continue\r\nConnection: close\r\n";
    let refused = mock.send(format!("{head}\r\n").as_bytes());
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");

    let mut stream = mock.connect();
    stream.write_all(format!("{head}Authorization: Bearer a\r\n\r\n").as_bytes()).unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(br#"{"name":"Wanda","kind":"fish"}"#).unwrap();
    assert!(read_all(stream).starts_with("HTTP/1.1 201"));
}

#[test]
fn a_body_that_is_too_large_is_refused_and_nobody_waits_for_the_rest() {
    let mock = Mock::start(&Workshop::with_pets(), &[]);
    let head = "POST /pets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\n";
    let ten = 10 * 1024 * 1024;
    let sized = [format!("{head}Content-Length: {ten}\r\n\r\n").into_bytes(), vec![b' '; ten]].concat();
    let chunk = [b"100000\r\n".to_vec(), vec![b' '; 0x10_0000], b"\r\n".to_vec()].concat();
    let chunked = [format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes(), chunk.repeat(10)].concat();
    let announced = format!("{head}Content-Length: {}\r\n\r\n", u64::MAX).into_bytes();
    for request in [sized, chunked, announced] {
        let mut stream = mock.connect();
        stream.write_all(&request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = read_all(stream);
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
}

#[test]
fn clients_that_are_slow_keep_nobody_waiting() {
    let mock = Mock::start(&Workshop::with_pets(), &[]);
    let slow: Vec<_> = (0..100)
        .map(|number| {
            let mut stream = mock.connect();
            let beginning = "POST /pets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
            stream.write_all(&beginning.as_bytes()[..number % beginning.len() + 1]).unwrap();
            stream
        })
        .collect();
    assert!(mock.send(&raw("GET /pets/7")).starts_with("HTTP/1.1 200"));
    drop(slow);
}

#[test]
fn what_is_no_request_is_refused_and_the_next_one_answered() {
    let mut mock = Mock::start(&Workshop::with_pets(), &[]);
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET /pets HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(5000));
    let cases: [&[u8]; 14] = [
        b"\0\0\0\0\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /pets HTTP/3.0\r\n\r\n",
        b"GET /pets\0 HTTP/1.1\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nA\0: b\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /pets HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ];
    for case in cases {
        let answer = mock.send(case);
        assert!(
            answer.starts_with("HTTP/1.1 400"),
            "{:?}: {answer}",
            String::from_utf8_lossy(&case[..case.len().min(80)])
        );
    }
    assert!(mock.send(&raw("GET /pets/7")).starts_with("HTTP/1.1 200"));
    assert!(mock.is_alive());
}

#[test]
fn connections_that_break_off_are_forgotten() {
    let mut mock = Mock::start(&Workshop::with_pets(), &[]);
    let whole = raw(
        "POST /pets\nAuthorization: Bearer a\nContent-Type: application/json\n\n{\"name\":\"Wanda\",\"kind\":\"fish\"}",
    );
    for length in 0..whole.len() {
        let mut stream = mock.connect();
        stream.write_all(&whole[..length]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = read_all(stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{length}: {answer}");
    }
    assert!(mock.send(&whole).starts_with("HTTP/1.1 201"));
    assert!(mock.is_alive());
}

#[test]
fn a_body_in_chunks_that_breaks_off_is_no_body() {
    let mut mock = Mock::start(&Workshop::with_pets(), &[]);
    let head = "POST /pets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = r#"{"name":"Wanda","kind":"fish"}"#;
    let whole = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let without_end = &whole[..whole.len() - "0\r\n\r\n".len()];
    let endless = format!("{head}{}", "1".repeat(1_000_000));
    for broken in [without_end, &whole[..whole.len() - 10], &endless] {
        let mut stream = mock.connect();
        stream.write_all(broken.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = read_all(stream);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let last = whole.replace("Host: a", "Host: a\r\nConnection: close");
    assert!(mock.send(last.as_bytes()).starts_with("HTTP/1.1 201"));
    assert!(mock.is_alive());
}

#[test]
fn values_are_made_where_no_example_shows_one() {
    let workshop = Workshop::with_pets();
    workshop.write("contract/20-made.http", include_str!("mock/made.http"));
    let mock = Mock::start(&workshop, &[]);
    expect_file!["mock/made.expected"].assert_eq(&mock.transcript("### made\nGET /made\n", ""));
}

#[test]
fn a_contract_with_mistakes_is_not_answered_from() {
    let workshop = Workshop::with_pets();
    workshop.edit("contract/10-pets.http", "# @field kind: Kind\n# { \"id\": 7", "# @field kind: Sort\n# { \"id\": 7");
    let ended = workshop.run(&["mock", "--contract", "contract", "--port", "0"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("Sort"), "{}", ended.stderr);
}

#[test]
fn a_port_that_is_taken_is_said_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = Workshop::with_pets().run(&["mock", "--contract", "contract", "--port", &port]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("error[cannot-listen]") && ended.stderr.contains("--port"), "{}", ended.stderr);
}

#[test]
fn an_interrupt_ends_it_with_success() {
    let mut mock = Mock::start(&Workshop::with_pets(), &[]);
    let id = rustix::process::Pid::from_raw(mock.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert!(mock.wait().success());
}

#[test]
fn the_requests_of_the_tests_have_titles_of_their_own() {
    for text in [include_str!("mock/pets.txt"), include_str!("mock/refused.txt")] {
        let mut titles: Vec<_> = entries(text).into_iter().map(|(title, _)| title).collect();
        let count = titles.len();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), count);
    }
}
