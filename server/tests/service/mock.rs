//! What the service refuses, the mock of its contract refuses in the same words: both answer the requests of one file, and
//! both answers are held against another.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::raw::Raw;
use crate::support::world::World;

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/tests/mock");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The bytes of a request as the file has it.
fn bytes(request: &str) -> Vec<u8> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let (first, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{first} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n{body}").into_bytes()
}

/// The status and the body of an answer, without the id of the request.
fn shown(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    let mut body: Value = serde_json::from_str(body).unwrap_or_default();
    body.get_mut("requestId").into_iter().for_each(|id| *id = "<id>".into());
    format!("{status}\n{body:#}\n")
}

/// The same of what is written down of the mock, which also has headers.
fn without_headers(answer: &str) -> String {
    let (status, rest) = answer.trim().split_once('\n').unwrap();
    let lines: Vec<_> = rest.lines().skip_while(|line| !line.starts_with('{')).collect();
    format!("{status}\n{}\n", lines.join("\n"))
}

fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("### ").skip(1).filter_map(|part| part.split_once('\n'))
}

/// Sends the requests of one file, and gives what comes back beside what the other file has of the mock.
async fn compared(world: &World, requests: &str, expected: &str, show: fn(&str) -> String) -> (String, String) {
    let token = world.user("ada").token().to_owned();
    let (requests, expected) = (read(requests), read(expected));
    let (mut here, mut there) = (String::new(), String::new());
    for ((title, request), (_, answer)) in entries(&requests).zip(entries(&expected)) {
        let mut raw = Raw::connect(&world.base).await;
        raw.send(bytes(request.trim().replace("{{token}}", &token).as_str())).await;
        let _ = writeln!(here, "### {title}\n{}", show(&shown(&raw.answer().await.1)));
        let _ = writeln!(there, "### {title}\n{}", show(&without_headers(answer)));
    }
    (here, there)
}

#[tokio::test]
async fn the_mock_refuses_what_the_service_refuses_in_the_same_words() {
    let world = World::new().await;
    let (here, there) = compared(&world, "refused.txt", "refused.expected", str::to_owned).await;
    assert_eq!(here, there);
    // The library answers what reaches no operation, in words of its own.
    let status = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
    let (here, there) = compared(&world, "strays.txt", "strays.expected", status).await;
    assert_eq!(here, there);
    world.close().await;
}
