//! A request and its answer as the front sees them.

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Map, Value};

/// Headers of one connection: each side has its own.
const OF_THE_CONNECTION: [http::HeaderName; 4] = [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING];

/// What a client asked.
pub struct Asked {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What the service answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    /// The headers that the service gets.
    pub fn passed_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        headers
    }

    /// The id of the operation, by method and path; none for what is not in the contract.
    pub fn operation(&self) -> Option<&'static str> {
        let path = self.target.split('?').next()?.strip_prefix("/api/mocs/uploads/sessions")?;
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (self.method.as_str(), segments.as_slice()) {
            ("POST", []) => Some("createSession"),
            ("GET", ["analytics"]) => Some("getAnalytics"),
            ("GET", [_]) => Some("getSession"),
            ("DELETE", [_]) => Some("abortSession"),
            ("POST", [_, "files"]) => Some("registerFile"),
            ("PUT", [_, "files", _, "parts", _]) => Some("uploadPart"),
            ("POST", [_, "files", _, "complete"]) => Some("completeFile"),
            ("POST", [_, "finalize"]) => Some("finalizeSession"),
            _ => None,
        }
    }

    /// Changes a body that is JSON; any other stays.
    pub fn change_json(&mut self, change: impl FnOnce(&mut Value)) {
        self.body = changed(&self.body, change);
    }
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Changes a body that is a JSON object; any other stays.
    pub fn change_object(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        self.body = changed(&self.body, |body| {
            if let Some(object) = body.as_object_mut() {
                change(object);
            }
        });
    }

    /// The answer as it is sent.
    pub fn into_response(self) -> http::Result<hyper::Response<Full<Bytes>>> {
        let mut response = hyper::Response::builder().status(self.status).body(Full::new(self.body))?;
        *response.headers_mut() = self.headers;
        OF_THE_CONNECTION.iter().for_each(|name| drop(response.headers_mut().remove(name)));
        Ok(response)
    }
}

fn changed(body: &Bytes, change: impl FnOnce(&mut Value)) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return body.clone() };
    change(&mut value);
    Bytes::from(value.to_string())
}
