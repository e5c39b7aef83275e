//! Answers that are wrong in one thing: a status, a header, a field.

use chrono::{DateTime, TimeDelta};
use http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::exchange::{Answer, Asked};
use crate::faults::catalog::faults;

const UPLOAD_LIMIT: HeaderName = HeaderName::from_static("upload-limit");

faults! {
    /// What can be wrong with an answer on its way out.
    AnswerFault {
        CreatedIsOk "created-is-ok" "createSession answers 200 instead of 201",
        AbortHasBody "abort-has-body" "abortSession answers 200 and an empty object instead of 204",
        NotFoundIsBadRequest "not-found-is-bad-request" "What is not there is answered with 400 instead of 404",
        UnauthorizedIsForbidden "unauthorized-is-forbidden" "A missing or bad token is answered with 403 instead of 401",
        ExpiresAtDropped "expires-at-dropped" "createSession does not say when the session expires",
        PartEtagDropped "part-etag-dropped" "getSession lists the stored parts without their etag",
        FileUrlRenamed "file-url-renamed" "completeFile calls `fileUrl` `url`",
        ErrorsInSnakeCase "errors-in-snake-case" "Errors call `requestId` `request_id`",
        SizeIsText "size-is-text" "uploadPart answers `sizeBytes` as text",
        ErrorCodeDropped "error-code-dropped" "Errors have no `code`",
        ErrorsAsText "errors-as-text" "Errors are plain text: the message and nothing else",
        ViolationsDropped "violations-dropped" "422 does not list the violations",
        ViolationsArePointers "violations-are-pointers" "Violations name values by JSON Pointer: `/files/0/size`",
        LocationDropped "location-dropped" "createSession answers without `Location`",
        LocationOfSession "location-of-session" "registerFile's `Location` is the session's instead of the file's",
        EtagUnquoted "etag-unquoted" "uploadPart's header `ETag` has no quotes",
        LimitInMilliseconds "limit-in-milliseconds" "`Upload-Limit` counts milliseconds",
        AbsentIsNull "absent-is-null" "registerFile answers null for what it should leave out",
        TimesWithoutZone "times-without-zone" "getSession's times have no time zone",
        OwnerShown "owner-shown" "getSession shows whose session it is, which is not declared",
        RateInPercent "rate-in-percent" "The analytics' success rate is in percent",
        RequestIdConstant "request-id-constant" "Every error has the same `requestId`",
        PhraseAsCode "phrase-as-code" "Conflicts have the code `CONFLICT` instead of their own",
        MethodIsNotFound "method-is-not-found" "A method that a path does not have is answered with 404 instead of 405",
        LongestLifeLonger "longest-life-longer" "getSession's `maxExpiresAt` is an hour later than the session can live",
        ContentTypeLost "content-type-lost" "getSession does not tell the media types of the files",
        ExpiredShownActive "expired-shown-active" "getSession says of an expired session that it is active",
        PartSizeNominal "part-size-nominal" "getSession says of every stored part that it has `partSizeBytes`",
    }
}

impl AnswerFault {
    /// Changes an answer before the client sees it.
    pub fn change(self, asked: &Asked, answer: &mut Answer) {
        let operation = asked.operation().filter(|operation| answer.status.is_success() && self.is_about(operation));
        match self {
            Self::NotFoundIsBadRequest => answer.replace_status(StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST),
            Self::MethodIsNotFound => answer.replace_status(StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_FOUND),
            Self::UnauthorizedIsForbidden => answer.replace_status(StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN),
            _ if answer.status.is_client_error() && asked.operation().is_some() => self.change_error(answer),
            _ if operation.is_some() => self.change_success(asked, answer),
            _ => {}
        }
    }

    /// Whether the successes of an operation are wrong.
    fn is_about(self, operation: &str) -> bool {
        match self {
            Self::CreatedIsOk | Self::ExpiresAtDropped | Self::LocationDropped => operation == "createSession",
            Self::AbortHasBody => operation == "abortSession",
            Self::PartEtagDropped
            | Self::TimesWithoutZone
            | Self::OwnerShown
            | Self::LongestLifeLonger
            | Self::ContentTypeLost
            | Self::ExpiredShownActive
            | Self::PartSizeNominal => operation == "getSession",
            Self::FileUrlRenamed => operation == "completeFile",
            Self::SizeIsText | Self::EtagUnquoted => operation == "uploadPart",
            Self::LocationOfSession | Self::AbsentIsNull => operation == "registerFile",
            Self::RateInPercent => operation == "getAnalytics",
            _ => true,
        }
    }

    fn change_success(self, asked: &Asked, answer: &mut Answer) {
        match self {
            Self::CreatedIsOk => answer.status = StatusCode::OK,
            Self::AbortHasBody => {
                answer.status = StatusCode::OK;
                answer.set_body("application/json", "{}".to_owned());
            }
            Self::LocationDropped => drop(answer.headers.remove(LOCATION)),
            Self::LocationOfSession => {
                let session = asked.target.trim_end_matches("/files").to_owned();
                set(&mut answer.headers, LOCATION, &session);
            }
            Self::EtagUnquoted => edit(&mut answer.headers, ETAG, |etag| etag.trim_matches('"').to_owned()),
            Self::LimitInMilliseconds => edit(&mut answer.headers, UPLOAD_LIMIT, |limit| format!("{limit}000")),
            _ => answer.change_object(|body| self.change_fields(body)),
        }
    }

    fn change_fields(self, body: &mut Map<String, Value>) {
        match self {
            Self::ExpiresAtDropped => drop(body.shift_remove("expiresAt")),
            Self::PartEtagDropped => parts(body).for_each(|part| drop(part.shift_remove("etag"))),
            Self::FileUrlRenamed => rename(body, "fileUrl", "url"),
            Self::SizeIsText => change(body, "sizeBytes", |size| Value::from(size.to_string())),
            Self::AbsentIsNull => {
                body.entry("sessionExtended").or_insert(Value::Null);
                body.entry("newExpiresAt").or_insert(Value::Null);
            }
            Self::TimesWithoutZone => ["createdAt", "expiresAt", "maxExpiresAt"].iter().for_each(|name| {
                change(body, name, |time| Value::from(time.as_str().unwrap_or_default().trim_end_matches('Z')));
            }),
            Self::LongestLifeLonger => change(body, "maxExpiresAt", |time| {
                let time = time.as_str().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
                time.map_or(Value::Null, |time| json!((time.to_utc() + TimeDelta::hours(1)).to_rfc3339()))
            }),
            Self::ContentTypeLost => files(body).for_each(|file| drop(file.shift_remove("contentType"))),
            Self::ExpiredShownActive if body.get("failureReason").is_some_and(|reason| reason == "expired") => {
                body.shift_remove("failureReason");
                body.insert("status".to_owned(), json!("active"));
            }
            Self::PartSizeNominal => {
                let size = body.get("partSizeBytes").cloned().unwrap_or_default();
                parts(body).for_each(|part| drop(part.insert("sizeBytes".to_owned(), size.clone())));
            }
            Self::OwnerShown => drop(body.insert("userId".to_owned(), json!("someone"))),
            Self::RateInPercent => {
                let metrics = body.get_mut("metrics").and_then(Value::as_object_mut);
                let percent = |rate: &Value| rate.as_f64().map_or(Value::Null, |rate| json!(rate * 100.0));
                metrics.into_iter().for_each(|metrics| change(metrics, "successRate", percent));
            }
            _ => {}
        }
    }

    fn change_error(self, answer: &mut Answer) {
        let conflict = answer.status == StatusCode::CONFLICT;
        match self {
            Self::ErrorsInSnakeCase => answer.change_object(|body| rename(body, "requestId", "request_id")),
            Self::RequestIdConstant => answer.change_object(|body| change(body, "requestId", |_| json!("0"))),
            Self::ErrorCodeDropped => answer.change_object(|body| drop(body.shift_remove("code"))),
            Self::ViolationsDropped => answer.change_object(|body| drop(body.shift_remove("violations"))),
            Self::ViolationsArePointers => answer.change_object(|body| {
                let violations = body.get_mut("violations").and_then(Value::as_array_mut).into_iter().flatten();
                violations.filter_map(Value::as_object_mut).for_each(|violation| change(violation, "path", pointer));
            }),
            Self::ErrorsAsText => {
                let message = answer.json().get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
                answer.set_body("text/plain; charset=utf-8", message);
            }
            Self::PhraseAsCode if conflict => answer.change_object(|body| change(body, "code", |_| json!("CONFLICT"))),
            _ => {}
        }
    }
}

/// `files[0].size` as `/files/0/size`.
fn pointer(path: &Value) -> Value {
    let path = path.as_str().unwrap_or_default();
    Value::from(format!("/{}", path.replace("].", "/").replace(['[', '.'], "/").replace(']', "")))
}

fn files(session: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let files = session.get_mut("files").and_then(Value::as_array_mut).into_iter().flatten();
    files.filter_map(Value::as_object_mut)
}

/// The stored parts of all files.
fn parts(session: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let parts = files(session).filter_map(|file| file.get_mut("parts").and_then(Value::as_array_mut)).flatten();
    parts.filter_map(Value::as_object_mut)
}

fn rename(body: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = body.shift_remove(from) {
        body.insert(to.to_owned(), value);
    }
}

fn change(body: &mut Map<String, Value>, name: &str, with: impl FnOnce(&Value) -> Value) {
    if let Some(value) = body.get_mut(name) {
        *value = with(value);
    }
}

fn edit(headers: &mut HeaderMap, name: HeaderName, with: impl FnOnce(&str) -> String) {
    if let Some(text) = headers.get(&name).and_then(|value| value.to_str().ok()).map(with) {
        set(headers, name, &text);
    }
}

/// A text that no header can carry leaves the header as it is.
fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}

impl Answer {
    fn replace_status(&mut self, from: StatusCode, to: StatusCode) {
        if self.status == from {
            self.status = to;
        }
    }

    fn set_body(&mut self, media_type: &'static str, body: String) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = body.into();
    }
}
