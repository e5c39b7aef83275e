//! Bodies that cannot be read, failures, callers and foreign origins.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;
use server_api::ApiSettings;

use crate::stub::{Served, answer, serve, serve_with, small_limits, told};

const GOOD: &str = r#"{ "name": "ab", "nothing": null, "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f" }"#;

fn assert_failure(answer: &(u16, Value), status: u16, code: &str) {
    assert_eq!((answer.0, answer.1["code"].as_str()), (status, Some(code)), "{}", answer.1);
    assert!(answer.1["requestId"].as_str().is_some_and(|id| !id.is_empty()));
    assert!(answer.1["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[tokio::test]
async fn malformed_json_is_400_with_its_place() {
    let server = serve().await;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let bodies =
        ["", "{", "{\"name\":}", "nonsense", "{} {}", "{}x", "[1,]", "{\"name\": \"\u{1}\"}", "\u{feff}{}", &deep];
    for body in bodies {
        let answer = server.post("/everything", body).await;
        assert_failure(&answer, 400, "BAD_REQUEST");
        assert!(answer.1["message"].as_str().unwrap().contains("line 1 column"), "{}", answer.1);
    }
    let bytes = server.client.post(server.url("/everything")).header("content-type", "application/json");
    assert_failure(&answer(bytes.body(&b"{\"name\": \"\xff\"}"[..])).await, 400, "BAD_REQUEST");
}

#[tokio::test]
async fn trailing_data_after_a_good_body_is_400() {
    let server = serve().await;
    assert_eq!(server.post("/everything", &format!(" {GOOD}\n")).await.0, 200);
    for trail in ["x", "{}", ","] {
        assert_failure(&server.post("/everything", &format!("{GOOD}{trail}")).await, 400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn a_key_given_twice_is_400() {
    let server = serve().await;
    let twice = GOOD.replace("{ ", r#"{ "name": "cd", "#);
    let answer = server.post("/everything", &twice).await;
    assert_failure(&answer, 400, "BAD_REQUEST");
    assert!(answer.1["message"].as_str().unwrap().contains("the key `name` is given twice"));
    for part in [r#""scores": {"a": 1, "a": 2}"#, r#""free": {"a": 1, "a": 2}"#, r#""any": [{"a": 1, "a": 2}]"#] {
        let body = GOOD.replace("{ ", &format!("{{ {part}, "));
        assert_failure(&server.post("/everything", &body).await, 400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn another_type_or_an_encoding_is_415() {
    let server = serve().await;
    let post = || server.client.post(server.url("/everything")).body(GOOD);
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json; charset=latin1"]
    {
        assert_failure(&answer(post().header("content-type", kind)).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert_failure(&answer(post()).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    let packed = post().header("content-type", "application/json").header("content-encoding", "gzip");
    assert_failure(&answer(packed).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON;charset=\"UTF-8\""] {
        assert_eq!(answer(post().header("content-type", kind)).await.0, 200);
    }
    let put = || server.client.put(server.url("/bytes/a")).body("hello");
    assert_failure(&answer(put().header("content-type", "application/json")).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(answer(put()).await, (200, 5.into()));
    assert_eq!(answer(put().header("content-type", "application/octet-stream")).await, (200, 5.into()));
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_announced_or_not() {
    let server = serve_with(small_limits()).await;
    let padded = |size: usize| format!("{GOOD}{}", " ".repeat(size - GOOD.len()));
    assert_eq!(server.post("/everything", &padded(2000)).await.0, 200);
    assert_failure(&server.post("/everything", &padded(2001)).await, 413, "PAYLOAD_TOO_LARGE");
    let chunked = "7d1\r\n".to_owned() + &padded(2001) + "\r\n0\r\n\r\n";
    let head = "POST /everything HTTP/1.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n";
    assert!(raw(&server, &format!("{head}\r\n{chunked}")).await.contains("413 Payload Too Large"));
    let put = |size: usize| server.client.put(server.url("/bytes/a")).body("x".repeat(size));
    assert_eq!(answer(put(3000)).await, (200, 3000.into()));
    assert_failure(&answer(put(3001)).await, 413, "PAYLOAD_TOO_LARGE");
    let chunked = "bb9\r\n".to_owned() + &"x".repeat(3001) + "\r\n0\r\n\r\n";
    assert!(
        raw(&server, &format!("PUT /bytes/a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{chunked}"))
            .await
            .contains("413")
    );
}

#[tokio::test]
async fn a_body_that_stalls_is_408() {
    let server = serve_with(small_limits()).await;
    let head = "POST /everything HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{ \"name\"";
    let answer = raw(&server, head).await;
    assert!(answer.contains("408 Request Timeout") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
    let answer = raw(&server, "PUT /bytes/a HTTP/1.1\r\ncontent-length: 100\r\n\r\nhello").await;
    assert!(answer.contains("408 Request Timeout") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

/// Sends bytes as they are, and reads until the server has answered and closed.
async fn raw(server: &Served, text: &str) -> String {
    let text = text.replacen("\r\n", "\r\nhost: localhost\r\nconnection: close\r\n", 1);
    let address = server.server.local_addr();
    let talk = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The server may reset the connection once it has answered a body that it did not read.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending_and_the_connection_stays() {
    let server = serve().await;
    let address = server.server.local_addr();
    // More than the sockets in between can hold.
    let body = vec![b'x'; 16 << 20];
    let head = format!(
        "PUT /bytes/a HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let talk = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        for _ in 0..3 {
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
            let mut answer = String::new();
            while !answer.ends_with('}') {
                let mut chunk = [0; 1024];
                let size = stream.read(&mut chunk).unwrap();
                assert!(size > 0, "closed after {answer:?}");
                answer.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
            }
            assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
        }
    };
    tokio::task::spawn_blocking(talk).await.unwrap();
}

#[tokio::test]
async fn a_client_that_asks_first_is_refused_before_it_sends() {
    let server = serve().await;
    let head = "PUT /bytes/a HTTP/1.1\r\ncontent-type: text/plain\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    let answer = raw(&server, head).await;
    assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
}

#[tokio::test]
async fn failures_have_one_shape_and_keep_their_cause_to_themselves() {
    let server = serve().await;
    let internal = server.get("/failure/internal").await;
    assert_failure(&internal, 500, "INTERNAL_ERROR");
    assert!(!internal.1.to_string().contains("hunter2"));
    assert_failure(&server.get("/failure/panic").await, 500, "INTERNAL_ERROR");
    assert_failure(&server.get("/failure/missing").await, 404, "NO_THING");
    let response = server.client.get(server.url("/failure/unavailable")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["requestId"], id);
}

#[tokio::test]
async fn the_caller_is_asked_for_before_anything_is_read() {
    let server = serve().await;
    let get = |query: &str| server.client.get(server.url(&format!("/secret{query}")));
    let response = get("?number=x").send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_failure(&answer(get("?number=x")).await, 401, "UNAUTHORIZED");
    assert_failure(&answer(get("?number=x").bearer_auth("user")).await, 403, "FORBIDDEN");
    told(&answer(get("?number=x").bearer_auth("admin")).await);
    assert_eq!(answer(get("?number=1").bearer_auth("admin")).await, (200, "admin".into()));
}

#[tokio::test]
async fn a_binary_reply_is_sent_as_it_is() {
    let server = serve().await;
    let response = server.client.get(server.url("/bytes/abc")).send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.bytes().await.unwrap(), "abc");
}

async fn preflight(server: &Served, origin: &str) -> reqwest::Response {
    let request = server.client.request(reqwest::Method::OPTIONS, server.url("/parameters/x")).header("origin", origin);
    request.header("access-control-request-method", "GET").send().await.unwrap()
}

#[tokio::test]
async fn no_foreign_origin_is_allowed_by_default() {
    let server = serve().await;
    let response = preflight(&server, "https://app.example").await;
    assert_eq!((response.status().as_u16(), response.headers()["allow"].to_str().unwrap()), (204, "GET, OPTIONS"));
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    let response =
        server.client.get(server.url("/things")).header("origin", "https://app.example").send().await.unwrap();
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[tokio::test]
async fn configured_origins_are_allowed_and_others_are_not() {
    let origins = vec!["https://app.example".to_owned()];
    let server = serve_with(ApiSettings { cors_origins: origins, ..ApiSettings::default() }).await;
    let response = preflight(&server, "https://app.example").await;
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("access-control-allow-origin"), "https://app.example");
    assert_eq!(header("access-control-allow-methods"), "GET, OPTIONS");
    assert_eq!(header("access-control-allow-headers"), "Authorization, Content-Type, X-Depth, X-Trace");
    assert_eq!(header("vary"), "Origin");
    let foreign = preflight(&server, "https://other.example").await;
    assert!(!foreign.headers().contains_key("access-control-allow-origin"));
    for path in ["/things", "/failure/missing", "/secret"] {
        let request = server.client.get(server.url(path)).header("origin", "https://app.example");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example", "{path}");
        assert_eq!(response.headers()["vary"], "Origin");
    }
}
