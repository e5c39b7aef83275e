//! Replies with any declared status and headers.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use dropshot::Body;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::error::ApiFailure;

/// A reply on its way to the client. What cannot be written, such as a header value with a line break, is remembered
/// and becomes a 500 when the reply is sent.
#[derive(Debug)]
pub struct Reply {
    response: Response<Body>,
    fault: Option<String>,
}

impl Reply {
    /// A reply without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        Self { response, fault: None }
    }

    /// A reply with a JSON body.
    pub fn json<T: Serialize + ?Sized>(status: StatusCode, body: &T) -> Self {
        let mut reply = Self::empty(status);
        match serde_json::to_vec(body) {
            Ok(bytes) => {
                *reply.response.body_mut() = Body::from(bytes);
                reply.response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Err(error) => reply.fault = Some(format!("the body cannot be written as JSON: {error}")),
        }
        reply
    }

    /// A reply with bytes of no declared type.
    #[must_use]
    pub fn binary(status: StatusCode, body: Body) -> Self {
        let mut reply = Self::empty(status);
        *reply.response.body_mut() = body;
        reply.response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        reply
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn header<T: HeaderText>(mut self, name: &'static str, value: &T) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value.header_text())) {
            (Ok(name), Ok(value)) => {
                self.response.headers_mut().append(name, value);
            }
            _ => self.fault = Some(format!("the value of the header `{name}` cannot be sent")),
        }
        self
    }

    /// The same reply, with one more header when there is a value for it.
    #[must_use]
    pub fn optional_header<T: HeaderText>(self, name: &'static str, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// The reply for a failure, with the id of the request in its body.
    #[must_use]
    pub fn failure(failure: &ApiFailure, request_id: &str) -> Self {
        let mut reply = Self::json(failure.status(), &failure.body(request_id));
        if let Some(seconds) = failure.retry_after() {
            reply = reply.header("retry-after", &seconds);
        }
        if let Some(methods) = failure.allow() {
            reply = reply.header("allow", &methods.to_owned());
        }
        if failure.status() == StatusCode::UNAUTHORIZED {
            reply = reply.header("www-authenticate", &"Bearer".to_owned());
        }
        reply
    }

    /// The status that the client sees.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The same reply, if it can be sent.
    ///
    /// # Errors
    /// The body or a header cannot be written.
    pub fn checked(self) -> Result<Self, String> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self),
        }
    }

    /// The reply as it is sent, or why it cannot be.
    ///
    /// # Errors
    /// The body or a header cannot be written.
    pub fn into_response(self) -> Result<Response<Body>, String> {
        self.checked().map(|reply| reply.response)
    }
}

/// A value that a response header can carry.
pub trait HeaderText {
    /// The value as it stands in the header.
    fn header_text(&self) -> String;
}

macro_rules! header_text_by_display {
    ($($type:ty),*) => {
        $(impl HeaderText for $type {
            fn header_text(&self) -> String {
                self.to_string()
            }
        })*
    };
}

header_text_by_display!(String, bool, i32, i64, u32, f32, f64, Uuid, NaiveDate);

impl HeaderText for DateTime<Utc> {
    fn header_text(&self) -> String {
        self.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}
