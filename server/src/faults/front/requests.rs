//! Requests that are taken for others than they are: constraints that are off by one, or not held at all.

use http::header::CONTENT_TYPE;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::exchange::Asked;
use crate::faults::catalog::faults;

faults! {
    /// What can be wrong with how a request is read.
    RequestFault {
        LimitClamped "limit-clamped" "A `limit` above its maximum is taken for the maximum",
        LargestLimitRefused "largest-limit-refused" "`limit` may not be its maximum, 500",
        SmallestPartAccepted "part-zero-accepted" "Part 0 is taken for part 1",
        ThousandFilesRefused "thousand-files-refused" "A session may not have its maximum of 1,000 files",
        LargestSizeRefused "largest-size-refused" "A file may not have its maximum size, 5 TiB",
        ZeroSizeAccepted "zero-size-accepted" "A file of 0 bytes is taken for one of 1 byte",
        KeysInBytes "keys-in-bytes" "The length of `key` is counted in bytes instead of characters",
        HashCaseIgnored "hash-case-ignored" "SHA-256 in upper case is accepted",
        NumbersCoerced "numbers-coerced" "A `size` that is text is read as a number",
        MediaTypeIgnored "media-type-ignored" "JSON is read whatever `Content-Type` says",
        UnknownQueryIgnored "unknown-query-ignored" "Query parameters that are not declared are ignored",
        MissingBodyIsEmpty "missing-body-is-empty" "A missing body is taken for an empty object",
        LargestPartRefused "largest-part-refused" "Part 10,000 is refused",
        OffsetAssumed "offset-assumed" "A time without an offset is taken for one in UTC",
        HyphensOptional "hyphens-optional" "Identifiers are accepted without their hyphens",
        RefusedCreates "refused-creates" "A createSession that is refused for its values leaves a session behind",
    }
}

/// What the contract declares after the `?`.
const QUERY: [&str; 8] = ["reason", "from", "to", "eventType", "userId", "limit", "offset", "cursor"];
/// What a refused createSession asks for in truth.
const LEFT_BEHIND: &[u8] = br#"{ "files": [{ "key": "left-behind.txt", "size": 1 }] }"#;

impl RequestFault {
    /// Changes a request before the service sees it.
    pub fn change(self, asked: &mut Asked) {
        match self {
            Self::LimitClamped => change_limit(asked, |limit| limit.min(500)),
            Self::LargestLimitRefused => change_limit(asked, |limit| if limit == 500 { 501 } else { limit }),
            Self::SmallestPartAccepted => {
                if let Some(path) = asked.target.strip_suffix("/parts/0") {
                    asked.target = format!("{path}/parts/1");
                }
            }
            Self::MediaTypeIgnored if asked.operation() != Some("uploadPart") => {
                asked.headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            }
            Self::MediaTypeIgnored | Self::RefusedCreates => {}
            Self::UnknownQueryIgnored => {
                change_query(asked, |name, value| QUERY.contains(&name).then(|| value.to_owned()))
            }
            Self::MissingBodyIsEmpty if asked.body.is_empty() && asked.headers.contains_key(CONTENT_TYPE) => {
                asked.body = Bytes::from_static(b"{}");
            }
            Self::MissingBodyIsEmpty => {}
            Self::LargestPartRefused => {
                if let Some(path) = asked.target.strip_suffix("/parts/10000") {
                    asked.target = format!("{path}/parts/10001");
                }
            }
            Self::OffsetAssumed => change_query(asked, |name, value| {
                let is_local = ["from", "to"].contains(&name) && value.rsplit('T').next().is_some_and(is_clock);
                Some(if is_local { format!("{value}Z") } else { value.to_owned() })
            }),
            Self::HyphensOptional => {
                let segments: Vec<_> = asked.target.split('/').map(hyphenated).collect();
                asked.target = segments.join("/");
            }
            Self::ThousandFilesRefused => asked.change_json(|body| {
                let files = body.get_mut("files").and_then(Value::as_array_mut).filter(|files| files.len() == 1000);
                files.into_iter().for_each(|files| files.push(Value::Null));
            }),
            _ => asked.change_json(|body| each_file(body, |file| self.change_file(file))),
        }
    }

    /// What is asked after a request, though nobody asked for it.
    pub fn another(self, asked: &Asked, status: http::StatusCode) -> Option<Asked> {
        let refused = status == http::StatusCode::UNPROCESSABLE_ENTITY && asked.operation() == Some("createSession");
        (self == Self::RefusedCreates && refused).then(|| {
            let mut headers = asked.headers.clone();
            headers.remove("idempotency-key");
            let (method, target) = (asked.method.clone(), asked.target.clone());
            Asked { method, target, headers, body: Bytes::from_static(LEFT_BEHIND) }
        })
    }

    fn change_file(self, file: &mut Value) {
        let (size, key) = (file["size"].clone(), file["key"].as_str().unwrap_or_default());
        match self {
            Self::LargestSizeRefused if size.as_i64() == Some(5_497_558_138_880) => file["size"] = json!(0),
            Self::ZeroSizeAccepted if size.as_i64() == Some(0) => file["size"] = json!(1),
            Self::KeysInBytes if key.len() > 512 => file["key"] = json!(""),
            Self::HashCaseIgnored => {
                if let Some(hash) = file.get_mut("hash") {
                    *hash = hash.as_str().map_or_else(|| hash.clone(), |text| json!(text.to_lowercase()));
                }
            }
            Self::NumbersCoerced => {
                if let Some(Ok(number)) = size.as_str().map(str::parse::<i64>) {
                    file["size"] = json!(number);
                }
            }
            _ => {}
        }
    }
}

/// The files of a session to create, or the file to register.
fn each_file(body: &mut Value, change: impl Fn(&mut Value)) {
    if body.get("key").is_some() {
        change(body);
    }
    let files = body.get_mut("files").and_then(Value::as_array_mut).into_iter().flatten();
    files.filter(|file| file.is_object()).for_each(change);
}

/// Changes the query parameter `limit`, where it is a number.
fn change_limit(asked: &mut Asked, with: impl Fn(i64) -> i64) {
    change_query(asked, |name, value| match value.parse() {
        Ok(limit) if name == "limit" => Some(with(limit).to_string()),
        _ => Some(value.to_owned()),
    });
}

/// Changes the values of the query; those that become none go.
fn change_query(asked: &mut Asked, with: impl Fn(&str, &str) -> Option<String>) {
    let Some((path, query)) = asked.target.split_once('?') else { return };
    let changed = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        with(name, value).map(|value| format!("{name}={value}"))
    };
    let pairs: Vec<String> = query.split('&').filter_map(changed).collect();
    asked.target = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
}

/// `21:00:00`, as it stands in a URL.
fn is_clock(text: &str) -> bool {
    text.len() >= 8 && text.replace("%3A", ":").bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// An identifier of 32 digits as it is written.
fn hyphenated(segment: &str) -> String {
    match uuid::Uuid::try_parse(segment) {
        Ok(id) if segment.len() == 32 => id.to_string(),
        _ => segment.to_owned(),
    }
}
