//! What a caller learns when a call fails.

mod support;

use serde_json::json;
use support::{Reply, SESSION, Server, api_error, created, direct, json_reply, quick, session, with_headers};
use upload_sessions_sdk::errors::{CreateSessionError, GetSessionError};
use upload_sessions_sdk::{Error, types};

fn one_file() -> types::builder::CreateSessionRequest {
    let file = types::SessionFile::builder().key("castle.pdf").size(5_i64).build().unwrap();
    types::CreateSessionRequest::builder().files([file])
}

#[tokio::test]
async fn a_conflict_gives_its_duplicates_without_a_cast() {
    let body = json!({
        "code": "DUPLICATE_FILE", "message": "1 file was uploaded before", "requestId": "request-1",
        "duplicates": [{ "key": "castle.pdf", "existingUrl": "s3://bucket/castle.pdf" }]
    });
    let server = Server::start([json_reply(409, &body)]).await;

    let error = server.client().create_session().body(one_file()).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 409);
    assert_eq!(error.request_id(), Some("request-1"));
    assert_eq!(error.to_string(), "409 Conflict: 1 file was uploaded before (request request-1)");
    match error {
        Error::Api(CreateSessionError::Conflict(conflict)) => {
            assert_eq!(conflict.duplicates[0].existing_url, "s3://bucket/castle.pdf");
        }
        other => panic!("{other:?}"),
    }
}

/// Compiles only while the enum has exactly the declared statuses, each with its own body.
#[tokio::test]
async fn a_match_over_the_declared_statuses_is_exhaustive() {
    let body = json!({
        "code": "VALIDATION_ERROR", "message": "1 value is not allowed", "requestId": "request-1",
        "violations": [{ "path": "sessionId", "message": "must be a UUID" }]
    });
    let server = Server::start([json_reply(422, &body)]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    let Error::Api(error) = error else { panic!("{error:?}") };
    let told = match error {
        GetSessionError::BadRequest(answer)
        | GetSessionError::Unauthorized(answer)
        | GetSessionError::NotFound(answer)
        | GetSessionError::InternalServerError(answer) => answer.into_body().code,
        GetSessionError::UnprocessableContent(answer) => answer.into_body().violations.remove(0).path,
        GetSessionError::ServiceUnavailable(answer) => format!("{:?}", answer.headers().retry_after),
    };
    assert_eq!(told, "sessionId");
}

#[tokio::test]
async fn a_declared_header_of_an_error_is_typed() {
    let body = support::api_error_body("UNAVAILABLE");
    let reply = with_headers(503, &[("retry-after", "3600"), ("x-request-id", "from-header")], &body);
    let server = Server::start([reply]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.retry_after().unwrap().as_secs(), 3600);
    assert_eq!(error.request_id(), Some("from-header"));
    let Error::Api(GetSessionError::ServiceUnavailable(answer)) = error else { panic!("{error:?}") };
    assert_eq!(answer.headers().retry_after, Some(3600));
    assert_eq!(answer.code, "UNAVAILABLE");
}

#[tokio::test]
async fn the_declared_headers_of_a_success_are_typed() {
    let server = Server::start([created()]).await;

    let response = server.client().create_session().body(one_file()).send().await.unwrap();

    assert_eq!(response.status(), 201);
    assert_eq!(response.part_size_bytes, 5_242_880);
    assert_eq!(response.headers().upload_limit.as_deref(), Some("max-age=1800"));
    assert!(response.headers().location.as_deref().unwrap().ends_with(SESSION));
}

#[tokio::test]
async fn a_proxys_page_keeps_its_status_its_headers_and_its_body() {
    let page = || {
        let response =
            hyper::Response::builder().status(502).header("content-type", "text/html").header("via", "proxy");
        Reply::Answer(response.body("<h1>Bad gateway</h1>".into()).unwrap())
    };
    let server = Server::start([page()]).await;
    let client = server.builder().retry(upload_sessions_sdk::RetryPolicy::never()).build().unwrap();

    let error = client.get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 502);
    assert_eq!(error.header_map().unwrap()["via"], "proxy");
    let Error::Unexpected(answer) = error else { panic!("{error:?}") };
    assert_eq!(answer.body(), "<h1>Bad gateway</h1>");
    assert_eq!(answer.reason(), "the contract does not declare this status");
}

#[tokio::test]
async fn a_page_with_a_declared_status_keeps_that_status() {
    let page = hyper::Response::builder().status(404).body("<h1>Not found</h1>".into()).unwrap();
    let server = Server::start([Reply::Answer(page)]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 404);
    let Error::Unexpected(answer) = error else { panic!("{error:?}") };
    assert!(answer.reason().starts_with("its body is not what the contract declares"), "{}", answer.reason());
}

#[tokio::test]
async fn a_value_of_an_enum_that_the_client_does_not_know_is_unexpected() {
    let mut body = json!({
        "sessionId": SESSION, "status": "active", "partSizeBytes": 1, "createdAt": "2026-01-25T21:00:00Z",
        "expiresAt": "2026-01-25T21:30:00Z", "maxExpiresAt": "2026-01-26T21:00:00Z", "files": []
    });
    body["status"] = json!("paused");
    let server = Server::start([json_reply(200, &body)]).await;

    let error = server.client().get_session().session_id(SESSION).send().await.unwrap_err();

    assert_eq!(error.status().unwrap(), 200);
    assert!(matches!(error, Error::Unexpected(_)), "{error:?}");
}

#[tokio::test]
async fn every_value_that_is_not_allowed_is_named_and_nothing_is_sent() {
    let server = Server::start([]).await;
    let client = server.client();

    let call = client.upload_part().session_id("not-a-uuid").file_id("neither").part_number(1).body("hello");
    let error = call.send().await.unwrap_err();

    let Error::InvalidRequest(message) = &error else { panic!("{error:?}") };
    assert!(message.contains("session_id: ") && message.contains("file_id: "), "{message}");
    assert_eq!(error.status(), None);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_missing_value_is_named_and_nothing_is_sent() {
    let server = Server::start([]).await;
    let client = server.client();

    let unnamed = client.get_session().send().await.unwrap_err();
    let empty =
        client.upload_part().session_id(SESSION).file_id(support::FILE).part_number(1).send().await.unwrap_err();

    assert!(matches!(&unnamed, Error::InvalidRequest(message) if message.contains("session_id")), "{unnamed}");
    assert!(matches!(&empty, Error::InvalidRequest(message) if message.contains("body")), "{empty}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn no_server_at_all_is_a_transport_error_without_a_status() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = direct().base_url(format!("http://{gone}")).retry(quick()).build().unwrap();

    let error = client.get_session().session_id(SESSION).send().await.unwrap_err();

    assert!(matches!(&error, Error::Transport(error) if error.is_connect()), "{error:?}");
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn neither_a_client_nor_an_error_shows_the_token() {
    let server = Server::start([api_error(401, "UNAUTHORIZED"), session()]).await;
    let builder = server.builder().token("very-secret");
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let call = client.get_session().session_id(SESSION);
    let shown = format!("{shown} {client:?} {call:?}");

    let error = call.send().await.unwrap_err();

    let shown = format!("{shown} {error:?} {error}");
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer very-secret"));
    assert!(!shown.contains("very-secret"), "{shown}");
}
