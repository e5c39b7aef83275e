//! A server on loopback that answers what a test tells it to, in order, and remembers what it was asked.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use upload_sessions_sdk::{Client, ClientBuilder, RetryPolicy, reqwest};

pub const SESSION: &str = "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";
pub const FILE: &str = "7d3a1f1e-6c5b-4a39-8e0d-2f1b0c9d8e7f";

/// One answer of the server.
pub enum Reply {
    Answer(Response<Full<Bytes>>),
    /// The connection closes without an answer.
    HangUp,
    /// The connection stays open without an answer.
    Silence,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

type Rule = dyn FnMut(&Asked) -> Reply + Send;

#[derive(Clone)]
pub struct Server {
    pub url: String,
    rule: Arc<Mutex<Rule>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers with `replies`, one for each request; a request too many gets 599.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::answering(move |_| replies.pop_front().unwrap_or_else(|| api_error(599, "ONE_TOO_MANY"))).await
    }

    /// Answers each request by a rule.
    pub async fn answering(rule: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            rule: Arc::new(Mutex::new(rule)),
            asked: Arc::default(),
        };
        tokio::spawn(server.clone().serve(listener));
        server
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A client of this server that repeats without a noticeable pause.
    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub fn builder(&self) -> ClientBuilder {
        direct().base_url(&self.url).token("a-token").retry(quick())
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let server = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| server.answer(request));
                // A connection that fails is one that a test wanted to fail.
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HungUp> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
        let asked = Asked {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
        };
        self.asked.lock().unwrap().push(asked.clone());
        let reply = (self.rule.lock().unwrap())(&asked);
        match reply {
            Reply::Answer(response) => Ok(response),
            Reply::HangUp => Err(HungUp),
            Reply::Silence => std::future::pending().await,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the test hangs up")]
struct HungUp;

/// A client that asks no proxy, whatever the environment names.
pub fn direct() -> ClientBuilder {
    Client::builder().http(reqwest::ClientBuilder::no_proxy)
}

/// Repetitions without a noticeable pause.
pub fn quick() -> RetryPolicy {
    RetryPolicy { initial_backoff: std::time::Duration::from_millis(1), ..RetryPolicy::default() }
}

pub fn json_reply(status: u16, body: &Value) -> Reply {
    with_headers(status, &[], body)
}

pub fn with_headers(status: u16, headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Reply::Answer(response.body(Full::from(body.to_string())).unwrap())
}

pub fn no_content() -> Reply {
    Reply::Answer(Response::builder().status(StatusCode::NO_CONTENT).body(Full::default()).unwrap())
}

pub fn api_error(status: u16, code: &str) -> Reply {
    json_reply(status, &api_error_body(code))
}

pub fn api_error_body(code: &str) -> Value {
    json!({ "code": code, "message": "no luck", "requestId": "request-1" })
}

pub fn session() -> Reply {
    json_reply(
        200,
        &json!({
            "sessionId": SESSION, "status": "active", "partSizeBytes": 5_242_880, "createdAt": "2026-01-25T21:00:00Z",
            "expiresAt": "2026-01-25T21:30:00Z", "maxExpiresAt": "2026-01-26T21:00:00Z", "files": []
        }),
    )
}

pub fn created() -> Reply {
    with_headers(
        201,
        &[
            ("location", "/api/mocs/uploads/sessions/5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"),
            ("upload-limit", "max-age=1800"),
        ],
        &json!({ "sessionId": SESSION, "partSizeBytes": 5_242_880, "expiresAt": "2026-01-25T21:30:00Z" }),
    )
}

pub fn part_stored(size: u64) -> Reply {
    with_headers(200, &[("etag", "\"abc\"")], &json!({ "partNumber": 1, "etag": "abc", "sizeBytes": size }))
}
