//! How long a call may take.

mod support;

use std::time::Duration;

use futures::StreamExt;
use futures::channel::oneshot;
use support::{FILE, Reply, SESSION, Server, part_stored};
use upload_sessions_sdk::{Body, ClientBuilder, RetryPolicy};

const SHORT: Duration = Duration::from_millis(20);

/// A call that times out on a server that is silent, while one that sends bytes through the same client is under way.
async fn only_the_call_without_bytes_times_out(limited: impl Fn(ClientBuilder) -> ClientBuilder) {
    let server = Server::answering(|asked| match asked.method.as_str() {
        "PUT" => part_stored(6),
        _ => Reply::Silence,
    })
    .await;
    let client = limited(server.builder().retry(RetryPolicy::never())).build().unwrap();
    let (release, released) = oneshot::channel::<&str>();
    let pieces = futures::stream::iter([Ok("one")]).chain(futures::stream::once(released));
    let body = Body::stream(pieces);
    let sender = client.clone();
    let sending = tokio::spawn(async move {
        sender.upload_part().session_id(SESSION).file_id(FILE).part_number(1).body(body).send().await
    });

    let silent = client.get_session().session_id(SESSION).send().await.unwrap_err();
    release.send("two").unwrap();

    assert!(silent.is_timeout(), "{silent:?}");
    assert_eq!(sending.await.unwrap().unwrap().size_bytes, 6);
    assert!(server.asked().iter().any(|asked| asked.body == "onetwo"));
}

#[tokio::test]
async fn a_silent_server_ends_a_call_but_not_one_that_sends_bytes() {
    only_the_call_without_bytes_times_out(|builder| builder.read_timeout(SHORT)).await;
}

#[tokio::test]
async fn a_limit_in_total_ends_a_call_but_not_one_that_sends_bytes() {
    only_the_call_without_bytes_times_out(|builder| builder.timeout(SHORT)).await;
}
