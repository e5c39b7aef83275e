//! What arrives at the server.

mod support;

use support::{FILE, SESSION, Server, created, direct, no_content, part_stored, quick, session};
use upload_sessions_sdk::{Body, BuildError, Client, types};

#[tokio::test]
async fn parameters_and_body_arrive_as_the_contract_says() {
    let server = Server::start([created(), no_content()]).await;
    let client = server.client();
    let file = types::SessionFile::builder().key("castle.pdf").size(5_i64).build().unwrap();

    let body = types::CreateSessionRequest::builder().files([file]);
    client.create_session().idempotency_key("key-1").body(body).send().await.unwrap();
    client.abort_session().session_id(SESSION).reason("a b&c").send().await.unwrap();

    let [create, abort] = &server.asked()[..] else { panic!("two requests") };
    assert_eq!((create.method.as_str(), create.path.as_str()), ("POST", "/api/mocs/uploads/sessions"));
    assert_eq!(create.header("idempotency-key"), Some("key-1"));
    assert_eq!(create.header("authorization"), Some("Bearer a-token"));
    assert_eq!(create.header("accept"), Some("application/json, */*;q=0.5"));
    assert!(create.header("user-agent").unwrap().starts_with("upload-sessions-sdk/"));
    let sent: serde_json::Value = serde_json::from_slice(&create.body).unwrap();
    assert_eq!(sent["files"], serde_json::json!([{ "key": "castle.pdf", "size": 5 }]));
    assert_eq!(abort.path, format!("/api/mocs/uploads/sessions/{SESSION}"));
    assert_eq!(abort.query.as_deref(), Some("reason=a+b%26c"));
}

#[tokio::test]
async fn a_trailing_slash_and_a_path_of_the_base_url_are_kept_apart_from_the_contracts_path() {
    for (suffix, path) in [
        ("", "/api/mocs/uploads/sessions"),
        ("/", "/api/mocs/uploads/sessions"),
        ("/behind/proxy", "/behind/proxy/api/mocs/uploads/sessions"),
        ("/behind/proxy/", "/behind/proxy/api/mocs/uploads/sessions"),
    ] {
        let server = Server::start([session()]).await;
        let client = direct().base_url(format!("{}{suffix}", server.url)).build().unwrap();

        client.get_session().session_id(SESSION).send().await.unwrap();

        assert_eq!(server.asked()[0].path, format!("{path}/{SESSION}"), "base URL ending in `{suffix}`");
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_authorization() {
    let server = Server::start([session()]).await;
    let client = direct().base_url(&server.url).build().unwrap();

    client.get_session().session_id(SESSION).send().await.unwrap();

    assert_eq!(server.asked()[0].header("authorization"), None);
}

#[test]
fn a_base_url_that_cannot_be_one_is_refused_with_the_reason() {
    for (url, reason) in [
        ("", "is not a URL"),
        ("localhost:3000", "is neither http:// nor https://"),
        ("ftp://host", "is neither http:// nor https://"),
        ("http://host/?a=b", "has a query or a fragment"),
    ] {
        let error = Client::builder().base_url(url).build().unwrap_err();
        assert!(matches!(&error, BuildError::BaseUrl(_)) && error.to_string().contains(reason), "{url}: {error}");
    }
}

#[test]
fn a_token_that_cannot_stand_in_a_header_is_refused_without_showing_it() {
    let error = Client::builder().base_url("http://127.0.0.1:1").token("sec\nret").build().unwrap_err();
    assert!(matches!(error, BuildError::Token(_)));
    assert!(!format!("{error} {error:?}").contains("ret\""), "{error:?}");
}

async fn send_part(client: &Client, body: Body) {
    client.upload_part().session_id(SESSION).file_id(FILE).part_number(1).body(body).send().await.unwrap();
}

#[tokio::test]
async fn bytes_arrive_with_their_length_and_their_media_type() {
    let server = Server::start([part_stored(5)]).await;

    send_part(&server.client(), "hello".into()).await;

    let asked = &server.asked()[0];
    assert_eq!(asked.body, "hello");
    assert_eq!(asked.header("content-length"), Some("5"));
    assert_eq!(asked.header("content-type"), Some("application/octet-stream"));
    assert_eq!(asked.path, format!("/api/mocs/uploads/sessions/{SESSION}/files/{FILE}/parts/1"));
}

#[tokio::test]
async fn a_stream_arrives_whole_in_chunks() {
    let server = Server::start([part_stored(9)]).await;
    let pieces = ["one", "two", "six"].map(Ok::<_, std::io::Error>);

    send_part(&server.client(), Body::stream(futures::stream::iter(pieces))).await;

    let asked = &server.asked()[0];
    assert_eq!(asked.body, "onetwosix");
    assert_eq!(asked.header("transfer-encoding"), Some("chunked"));
}

#[tokio::test]
async fn a_stream_of_known_length_says_it() {
    let server = Server::start([part_stored(6)]).await;
    let pieces = ["one", "two"].map(Ok::<_, std::io::Error>);

    send_part(&server.client(), Body::stream(futures::stream::iter(pieces)).with_length(6)).await;

    let asked = &server.asked()[0];
    assert_eq!(asked.body, "onetwo");
    assert_eq!(asked.header("content-length"), Some("6"));
}

#[tokio::test]
async fn a_file_and_a_range_of_it_arrive_with_their_lengths() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("greeting.txt");
    std::fs::write(&path, "hello, world").unwrap();
    let server = Server::start([part_stored(12), part_stored(5)]).await;
    let client = server.client();

    send_part(&client, Body::file(&path).await.unwrap()).await;
    send_part(&client, Body::file_range(&path, 7..12).await.unwrap()).await;

    let [whole, range] = &server.asked()[..] else { panic!("two requests") };
    assert_eq!((whole.body.as_ref(), whole.header("content-length")), (&b"hello, world"[..], Some("12")));
    assert_eq!((range.body.as_ref(), range.header("content-length")), (&b"world"[..], Some("5")));
    assert!(Body::file_range(&path, 7..13).await.unwrap_err().to_string().contains("12 bytes"));
}

#[tokio::test]
async fn a_stream_that_was_sent_is_not_sent_again_by_a_second_call() {
    let server = Server::start([part_stored(3)]).await;
    let client = server.builder().retry(quick()).build().unwrap();
    let body = Body::stream(futures::stream::iter(["one"].map(Ok::<_, std::io::Error>)));

    send_part(&client, body.clone()).await;
    let call = client.upload_part().session_id(SESSION).file_id(FILE).part_number(1).body(body);
    let error = call.send().await.unwrap_err();

    assert!(error.to_string().contains("its stream was sent before"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

/// A caller may make calls from tasks of any runtime with several threads.
#[test]
fn a_call_can_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let client = is_send(Client::builder().base_url("http://127.0.0.1:1").build().unwrap());
    drop(is_send(client.get_session().session_id(SESSION).send()));
    drop(is_send(client.upload_part().body("hello").send()));
}
