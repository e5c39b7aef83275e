//! The rules of single values: what a text of a format looks like.

use chrono::{DateTime, NaiveDate};
use url::Url;

use crate::model::StringFormat;

/// The greatest whole number that a JavaScript number holds exactly.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// A SHA-256 in hexadecimal digits.
pub(crate) const SHA256: &str = "^[0-9a-f]{64}$";

/// Whether a text is certain enough to be of a format that the format is inferred from it.
pub(crate) fn looks_like(format: StringFormat, text: &str) -> bool {
    match format {
        StringFormat::Uri => text.contains("://") && is(format, text),
        _ => is(format, text),
    }
}

/// Whether a text is of a format.
pub(crate) fn is(format: StringFormat, text: &str) -> bool {
    match format {
        StringFormat::Uuid => is_uuid(text),
        StringFormat::Date => is_date(text),
        StringFormat::DateTime => {
            text.as_bytes().get(10).is_some_and(|b| b.eq_ignore_ascii_case(&b'T'))
                && DateTime::parse_from_rfc3339(text).is_ok()
        }
        StringFormat::Uri => !text.contains(char::is_whitespace) && Url::parse(text).is_ok(),
        StringFormat::UriReference => !text.contains(char::is_whitespace) && is_reference(text),
        StringFormat::Email => is_email(text),
        StringFormat::Byte => is_base64(text),
        StringFormat::Binary => true,
    }
}

pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_reference(text: &str) -> bool {
    Url::options().base_url(Url::parse("http://host/").ok().as_ref()).parse(text).is_ok()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        let word = |s: &str| !s.is_empty() && !s.contains(|c: char| c.is_whitespace() || c == '@');
        word(user) && word(host) && !host.starts_with('.') && !host.ends_with('.')
    })
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_take_what_they_name_and_nothing_else() {
        use StringFormat::{Byte, Date, DateTime, Email, Uri, UriReference, Uuid};
        let cases = [
            (Uuid, "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f", "5b0c2f5e3f0e4d2c9a570b6c7c1d2e3f"),
            (Date, "2026-02-28", "2026-02-30"),
            (DateTime, "2026-01-25T21:30:00.5+01:00", "2026-01-25T21:30:00"),
            (Uri, "s3://bucket/key", "bucket/key"),
            (UriReference, "/sessions/1?x=2", "a b"),
            (Email, "ada@example.com", "ada@"),
            (Byte, "aGVsbG8=", "aGVsbG8"),
        ];
        for (format, good, bad) in cases {
            assert!(is(format, good), "{good} is {}", format.name());
            assert!(!is(format, bad), "{bad} is no {}", format.name());
        }
    }
}
