//! The string formats of the contract.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use regex::Regex;
use uuid::Uuid;

use super::contract::pattern;

/// Whether a text has a format of the contract; a format that is not known here restricts nothing.
#[must_use]
pub fn holds(format: &str, text: &str) -> bool {
    match format {
        "uuid" => uuid(text).is_some(),
        "date" => date(text).is_some(),
        "date-time" => date_time(text).is_some(),
        "uri" => uri(text),
        "uri-reference" => uri_reference(text),
        "email" => email(text),
        "byte" => byte(text),
        _ => true,
    }
}

/// What a value of this format must be, for messages.
#[must_use]
pub fn describe(format: &str) -> String {
    match format {
        "uuid" => "a UUID such as 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f".to_owned(),
        "date" => "a date such as 2026-01-25".to_owned(),
        "date-time" => "a date and time with an offset such as 2026-01-25T21:30:00Z".to_owned(),
        "uri" => "an absolute URI".to_owned(),
        "uri-reference" => "a URI or a relative reference".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "byte" => "Base64 with padding".to_owned(),
        other => other.to_owned(),
    }
}

const YEARS: RangeInclusive<i32> = 1..=9999;

/// A UUID in its usual form, 8-4-4-4-12 hexadecimal digits.
#[must_use]
pub fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// A date `YYYY-MM-DD` of the years 1 to 9999: databases and clients do not agree on others.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10 && text.is_ascii();
    let date = shape.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())??;
    YEARS.contains(&date.year()).then_some(date)
}

/// A date and time of RFC 3339 of the years 1 to 9999, in UTC.
#[must_use]
pub fn date_time(text: &str) -> Option<DateTime<Utc>> {
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    YEARS.contains(&time.year()).then_some(time)
}

/// A URI of RFC 3986 with its scheme.
#[must_use]
pub fn uri(text: &str) -> bool {
    static SCHEME: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Za-z][A-Za-z0-9+.-]*:[^:]"));
    SCHEME.is_match(text) && uri_reference(text)
}

/// A URI of RFC 3986, or a reference relative to one.
#[must_use]
pub fn uri_reference(text: &str) -> bool {
    static CHARACTERS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:[A-Za-z0-9._~:/?@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})*(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$",
        )
    });
    CHARACTERS.is_match(text)
}

/// An e-mail address as HTML forms take it.
#[must_use]
pub fn email(text: &str) -> bool {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
        pattern(&format!(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{label}(?:\.{label})*$"))
    });
    ADDRESS.is_match(text)
}

/// Bytes as Base64 with padding.
#[must_use]
pub fn byte(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
}
