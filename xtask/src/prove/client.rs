//! Sends one request of the contract as a client would.

use std::io::Read;
use std::time::Duration;

use super::answer::Answer;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer that is larger than this is not read to its end.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A client that takes every status as an answer and follows no redirection: the contract judges both.
pub struct Client {
    agent: ureq::Agent,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// In upper case.
    pub method: String,
    /// With scheme and authority.
    pub url: String,
    /// In the order sent.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

impl Outgoing {
    /// A request that could not be made, as it is written.
    #[must_use]
    pub fn unsent(request: &openapi::Request) -> Self {
        Self { method: request.method.clone(), url: request.url.clone(), headers: Vec::new(), body: None }
    }
}

impl Client {
    /// A client of one server, with connections of its own. What listens on this machine is asked without a proxy.
    #[must_use]
    pub fn of(base_url: &str) -> Self {
        let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|url| base_url.starts_with(url));
        let proxy = if here { None } else { ureq::Proxy::try_from_env() };
        let config = ureq::Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent("cargo-xtask-prove")
            .build();
        Self { agent: config.into() }
    }

    /// Whether anybody answers at a URL, be it with what is no answer.
    pub fn reaches(&self, url: &str) -> bool {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
        match self.agent.head(url).call() {
            Ok(_) | Err(ureq::Error::Protocol(_)) => true,
            Err(ureq::Error::Io(error)) => [ConnectionAborted, ConnectionReset, UnexpectedEof].contains(&error.kind()),
            Err(_) => false,
        }
    }

    /// Sends a request and reads the whole answer. The error is in words, with the URL.
    pub fn send(&self, outgoing: &Outgoing) -> Result<Answer, String> {
        let fail = |error: &dyn std::fmt::Display| format!("{} {}: {error}", outgoing.method, outgoing.url);
        let mut request = ureq::http::Request::builder().method(outgoing.method.as_str()).uri(&outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let sent = match &outgoing.body {
            Some(body) => self.agent.run(request.body(body.as_slice()).map_err(|e| fail(&e))?),
            None => self.agent.run(request.body(()).map_err(|e| fail(&e))?),
        };
        let (head, body) = sent.map_err(|e| fail(&e))?.into_parts();
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut bytes = Vec::new();
        body.into_reader().take(MAX_ANSWER_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| fail(&e))?;
        if bytes.len() > MAX_ANSWER_BYTES {
            return Err(fail(&"the answer has more than 16 MiB, which are read at most"));
        }
        Ok(Answer { status: head.status.as_u16(), headers, body: bytes })
    }
}
