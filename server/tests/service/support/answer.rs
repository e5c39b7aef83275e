//! An answer, with the checks that hold for every one.

use reqwest::{Response, StatusCode};
use serde_json::Value;

/// An answer of the server, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body; null when it has none.
    pub body: Value,
}

impl Answer {
    /// Reads a response.
    pub async fn read(response: Response) -> Self {
        Self::try_read(response).await.expect("the whole answer arrives")
    }

    /// Reads a response, unless it breaks off.
    pub async fn try_read(response: Response) -> Option<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.ok()?;
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        assert!(status != StatusCode::NO_CONTENT || body.is_null());
        Some(Self { status: status.as_u16(), headers, body })
    }

    /// The same answer, which has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// The same answer, which is an error of this status and code, in the shape of all errors.
    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{:#}", self.body);
        self.assert_error_shape();
        self
    }

    /// The same answer, which lists a violation at this place.
    #[track_caller]
    pub fn expect_violation(self, path: &str) -> Self {
        let answer = self.expect_error(422, "VALIDATION_ERROR");
        let paths: Vec<_> = answer.body["violations"].as_array().unwrap().iter().map(|v| v["path"].as_str()).collect();
        assert!(paths.contains(&Some(path)), "no violation at {path}: {:#}", answer.body);
        answer
    }

    /// Checks that this is an error in the shape of all errors.
    #[track_caller]
    pub fn assert_error_shape(&self) {
        let text = |name: &str| self.body[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("code") && text("message") && text("requestId"), "{} {:#}", self.status, self.body);
        let request_id = self.headers.get("x-request-id").map(|value| value.to_str().unwrap());
        assert_eq!(self.body["requestId"].as_str(), request_id, "the header and the body name the same request");
        if self.status == 422 {
            assert!(self.body["violations"].as_array().is_some_and(|list| !list.is_empty()), "{:#}", self.body);
        }
        if self.status == 503 {
            assert!(self.headers.contains_key("retry-after"));
        }
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }

    /// A text of the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer}: {:#}", self.body)).to_owned()
    }
}
