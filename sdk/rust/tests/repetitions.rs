//! What is sent again, and what is not.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::{FILE, Reply, SESSION, Server, api_error, created, part_stored, quick, session, with_headers};
use upload_sessions_sdk::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use upload_sessions_sdk::{Body, Client, Error, RetryPolicy, types};

fn one_file() -> types::builder::CreateSessionRequest {
    let file = types::SessionFile::builder().key("castle.pdf").size(5_i64).build().unwrap();
    types::CreateSessionRequest::builder().files([file])
}

fn unavailable(retry_after: &str) -> Reply {
    with_headers(503, &[("retry-after", retry_after)], &support::api_error_body("UNAVAILABLE"))
}

#[tokio::test]
async fn a_read_is_repeated_until_it_succeeds() {
    let server = Server::start([api_error(503, "UNAVAILABLE"), Reply::HangUp, unavailable("0"), session()]).await;

    let response = server.client().get_session().session_id(SESSION).send().await.unwrap();

    assert_eq!(response.status(), 200);
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn the_last_answer_is_returned_when_repetitions_run_out() {
    let server = Server::start((0..9).map(|_| api_error(503, "UNAVAILABLE"))).await;
    let client = server.builder().retry(RetryPolicy { max_retries: 2, ..quick() }).build().unwrap();

    let error = client.get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_more_patience_than_allowed_is_not_asked_again() {
    let server = Server::start([unavailable("61"), session()]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.retry_after().unwrap().as_secs(), 61);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn other_errors_are_not_repeated() {
    let server = Server::start([api_error(500, "INTERNAL"), session()]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 500);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_post_without_a_key_is_not_repeated() {
    for reply in [api_error(503, "UNAVAILABLE"), unavailable("0"), Reply::HangUp] {
        let server = Server::start([reply, created()]).await;

        server.client().create_session().body(one_file()).send().await.unwrap_err();

        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_post_with_a_key_is_repeated_with_the_same_key_and_body() {
    let server = Server::start([unavailable("0"), Reply::HangUp, created()]).await;

    let client = server.client();
    client.create_session().idempotency_key("key-1").body(one_file()).send().await.unwrap();

    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|asked| asked.header("idempotency-key") == Some("key-1")));
    assert!(asked.iter().all(|again| again.body == asked[0].body));
}

/// Counts how often a connection is tried; nothing listens where it points to.
struct Nowhere {
    tries: AtomicUsize,
    address: SocketAddr,
}

impl Resolve for Nowhere {
    fn resolve(&self, _: Name) -> Resolving {
        self.tries.fetch_add(1, Ordering::Relaxed);
        let addresses: Addrs = Box::new([self.address].into_iter());
        Box::pin(async move { Ok(addresses) })
    }
}

#[tokio::test]
async fn a_post_that_was_never_sent_is_repeated() {
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = Arc::new(Nowhere { tries: AtomicUsize::new(0), address });
    let resolver = nowhere.clone();
    let builder = Client::builder().base_url(format!("http://nowhere.test:{}", address.port())).retry(quick());
    let client = builder.http(move |http| http.no_proxy().dns_resolver(resolver.clone())).build().unwrap();

    let error = client.create_session().body(one_file()).send().await.unwrap_err();

    assert!(matches!(&error, Error::Transport(error) if error.is_connect()), "{error:?}");
    assert_eq!(nowhere.tries.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn bytes_from_memory_from_a_file_and_from_a_closure_are_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.txt");
    std::fs::write(&path, "hello").unwrap();
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let closure = Body::repeatable(move || {
        count.fetch_add(1, Ordering::Relaxed);
        futures::stream::iter(["hel", "lo"].map(Ok::<_, std::io::Error>))
    });
    for body in ["hello".into(), Body::file(&path).await.unwrap(), closure] {
        let server = Server::start([unavailable("0"), part_stored(5)]).await;

        let client = server.client();
        client.upload_part().session_id(SESSION).file_id(FILE).part_number(1).body(body).send().await.unwrap();

        let asked = server.asked();
        assert_eq!(asked.iter().map(|asked| asked.body.as_ref()).collect::<Vec<_>>(), [b"hello", b"hello"]);
    }
    assert_eq!(made.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_stream_that_cannot_be_made_again_is_sent_once() {
    let server = Server::start([unavailable("0"), part_stored(3)]).await;
    let client = server.client();
    let body = Body::stream(futures::stream::iter(["one"].map(Ok::<_, std::io::Error>)));

    let call = client.upload_part().session_id(SESSION).file_id(FILE).part_number(1).body(body);
    let error = call.send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(server.asked().len(), 1);
}
