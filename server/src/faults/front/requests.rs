//! Requests that are taken for others than they are: constraints that are off by one, or not held at all.

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
    }
}

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
            Self::MediaTypeIgnored => {}
            Self::ThousandFilesRefused => asked.change_json(|body| {
                let files = body.get_mut("files").and_then(Value::as_array_mut).filter(|files| files.len() == 1000);
                files.into_iter().for_each(|files| files.push(Value::Null));
            }),
            _ => asked.change_json(|body| each_file(body, |file| self.change_file(file))),
        }
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
    let Some((path, query)) = asked.target.split_once('?') else { return };
    let pair = |pair: &str| match pair.strip_prefix("limit=").map(str::parse) {
        Some(Ok(limit)) => format!("limit={}", with(limit)),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(pair).collect();
    asked.target = format!("{path}?{}", pairs.join("&"));
}
