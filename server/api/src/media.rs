//! What the headers of a request say of its body: its type, its encoding, its size.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};

use super::error::ApiFailure;

/// Takes a JSON body of at most `limit` bytes; gives its size, where that is announced.
///
/// # Errors
/// 415 for another type or an encoding, 413 for too many bytes.
pub fn expect_json(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, ApiFailure> {
    expect_json_type(headers)?;
    expect_plain(headers)?;
    expect_size(headers, limit)
}

/// Takes a body of at most `limit` bytes of any content; gives its size, where that is announced.
///
/// # Errors
/// 415 for another type or an encoding, 413 for too many bytes.
pub fn expect_bytes(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, ApiFailure> {
    // RFC 9110 lets a recipient take content without a type for application/octet-stream.
    if headers.contains_key(CONTENT_TYPE) && media_type(headers)? != "application/octet-stream" {
        return Err(ApiFailure::unsupported_media_type("the body must be `application/octet-stream`"));
    }
    expect_plain(headers)?;
    expect_size(headers, limit)
}

/// 413: there are more bytes than are taken.
#[must_use]
pub fn over(limit: u64) -> ApiFailure {
    ApiFailure::too_large(format!("the body is larger than {limit} bytes"))
}

/// 400: there are fewer bytes than were announced.
#[must_use]
pub fn broken_off() -> ApiFailure {
    ApiFailure::bad_request("the body ended before it was complete")
}

/// A body without a type is refused as well: a form on a foreign page can send one without asking.
fn expect_json_type(headers: &HeaderMap) -> Result<(), ApiFailure> {
    let refused = || ApiFailure::unsupported_media_type("the body must be `application/json`");
    if !headers.contains_key(CONTENT_TYPE) || media_type(headers)? != "application/json" {
        return Err(refused());
    }
    let charset = header_text(headers, CONTENT_TYPE).to_ascii_lowercase();
    match charset
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim() == "charset")
    {
        Some((_, charset)) if charset.trim().trim_matches('"') != "utf-8" => {
            Err(ApiFailure::unsupported_media_type("the body must be in UTF-8"))
        }
        _ => Ok(()),
    }
}

fn media_type(headers: &HeaderMap) -> Result<String, ApiFailure> {
    if headers.get_all(CONTENT_TYPE).iter().count() > 1 {
        return Err(ApiFailure::bad_request("the header `Content-Type` is given more than once"));
    }
    let text = header_text(headers, CONTENT_TYPE);
    Ok(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn expect_plain(headers: &HeaderMap) -> Result<(), ApiFailure> {
    let plain =
        headers.get_all(CONTENT_ENCODING).iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if plain { Ok(()) } else { Err(ApiFailure::unsupported_media_type("the body must not be encoded")) }
}

fn expect_size(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, ApiFailure> {
    let declared = header_text(headers, CONTENT_LENGTH).parse().ok();
    match declared {
        Some(declared) if declared > limit => Err(over(limit)),
        _ => Ok(declared),
    }
}

fn header_text(headers: &HeaderMap, name: http::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
