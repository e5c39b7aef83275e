//! Tokens that a provider gives.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use support::{SESSION, Server, api_error, created, quick, session};
use upload_sessions_sdk::{Client, Error, types};

/// A client whose provider gives `token-1`, `token-2`, … and the number of tokens it gave.
fn counting(server: &Server) -> (Client, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let counter = given.clone();
    let provider = move || {
        let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
        async move { Ok::<_, std::io::Error>(format!("token-{number}")) }
    };
    (server.builder().token_provider(provider).build().unwrap(), given)
}

fn tokens(server: &Server) -> Vec<String> {
    server.asked().iter().map(|asked| asked.header("authorization").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_provider_is_asked_once_for_many_calls() {
    let server = Server::start((0..3).map(|_| session())).await;
    let (client, given) = counting(&server);

    for _ in 0..3 {
        client.get_session().session_id(SESSION).send().await.unwrap();
    }

    assert_eq!(given.load(Ordering::Relaxed), 1);
    assert_eq!(tokens(&server), ["Bearer token-1"; 3]);
}

#[tokio::test]
async fn a_refused_call_is_sent_again_with_a_new_token() {
    let server = Server::start([api_error(401, "UNAUTHORIZED"), session(), session()]).await;
    let (client, _) = counting(&server);

    client.get_session().session_id(SESSION).send().await.unwrap();
    client.get_session().session_id(SESSION).send().await.unwrap();

    assert_eq!(tokens(&server), ["Bearer token-1", "Bearer token-2", "Bearer token-2"]);
}

#[tokio::test]
async fn a_refused_post_without_a_key_is_sent_again_too() {
    let server = Server::start([api_error(401, "UNAUTHORIZED"), created()]).await;
    let (client, _) = counting(&server);
    let file = types::SessionFile::builder().key("castle.pdf").size(5_i64).build().unwrap();

    client.create_session().body(types::CreateSessionRequest::builder().files([file])).send().await.unwrap();

    assert_eq!(server.asked()[0].body, server.asked()[1].body);
}

#[tokio::test]
async fn a_call_that_is_refused_again_fails() {
    let server = Server::start((0..3).map(|_| api_error(401, "UNAUTHORIZED"))).await;
    let (client, given) = counting(&server);

    let error = client.get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(given.load(Ordering::Relaxed), 2);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_fixed_token_that_is_refused_is_not_tried_again() {
    let server = Server::start([api_error(401, "UNAUTHORIZED"), session()]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn calls_that_are_refused_together_ask_the_provider_once() {
    let server = Server::answering(|asked| match asked.header("authorization") {
        Some("Bearer token-1") => api_error(401, "UNAUTHORIZED"),
        _ => session(),
    })
    .await;
    let (client, given) = counting(&server);

    let calls = join_all((0..8).map(|_| client.get_session().session_id(SESSION).send())).await;

    assert!(calls.iter().all(Result::is_ok), "{calls:?}");
    assert_eq!(given.load(Ordering::Relaxed), 2, "one token at first, one for all that were refused");
}

#[tokio::test]
async fn a_provider_that_fails_is_named_and_nothing_is_sent() {
    let server = Server::start([]).await;
    let provider = || async { Err::<String, _>("the identity service is down") };
    let client = server.builder().token_provider(provider).retry(quick()).build().unwrap();

    let error = client.get_session().session_id(SESSION).send().await.unwrap_err();

    assert!(matches!(&error, Error::Token(_)), "{error:?}");
    assert!(error.to_string().contains("the identity service is down"), "{error}");
    assert!(server.asked().is_empty());
}
