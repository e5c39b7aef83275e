//! Texts that break one constraint, and texts whose length is at a bound.

use openapi::{Kind, StringFormat};
use serde_json::{Value, json};

use super::values::{Variant, unmatched};

/// A text that is longer than this makes no request that anyone would send.
const LONGEST: usize = 1_000_000;
const TOO_LONG: &str = "a text that long makes no request that anyone would send";

/// Every way in which one constraint of a text can be broken.
pub fn misspelt(kind: &Kind, valid: &str) -> Vec<Variant> {
    let Kind::String { format, min_length, max_length, pattern } = kind else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(format) = format.filter(|format| *format != StringFormat::Binary) {
        found.push(Variant::of(format!("is no {}", format.name()), json!("not one")));
        found.extend(near_misses(format, valid).map(|(what, text)| Variant::of(what, Value::from(text))));
    }
    if let Some(least) = min_length.filter(|least| *least > 0) {
        found.push(long("is shorter than its minimum", least - 1, |length| of_length(valid, length)));
    }
    if let Some(most) = max_length {
        found.push(long("is longer than its maximum", most + 1, |length| of_length(valid, length)));
    }
    if let Some(pattern) = pattern {
        let other = unmatched(pattern, valid).map(Value::from);
        let value = other.ok_or("no text that is against the pattern comes to mind");
        found.push(Variant { what: "is against its pattern".to_owned(), value });
        found.push(Variant::of("is in upper case", Value::from(valid.to_uppercase())));
    }
    found
}

/// What is nearly of a format, and what lenient readers take for it.
fn near_misses(format: StringFormat, valid: &str) -> impl Iterator<Item = (&'static str, String)> {
    let texts: Vec<(&str, String)> = match format {
        StringFormat::Uuid => vec![("is a UUID without hyphens", valid.replace('-', ""))],
        StringFormat::Date => vec![("is a day that no month has", "2026-02-30".to_owned())],
        StringFormat::DateTime => vec![
            ("is a time without an offset", "2026-01-25T21:00:00".to_owned()),
            ("is a time of a day that no month has", "2026-02-30T21:00:00Z".to_owned()),
        ],
        StringFormat::Uri => vec![("is a URI without a scheme", "host/path".to_owned())],
        StringFormat::Email => vec![("is an address without a host", "someone@".to_owned())],
        StringFormat::Byte => vec![("is Base64 without its padding", "aGVsbG8".to_owned())],
        StringFormat::UriReference | StringFormat::Binary => Vec::new(),
    };
    texts.into_iter()
}

/// Texts of the least and of the greatest length.
pub fn lengths(kind: &Kind, valid: &str) -> Vec<Variant> {
    let Kind::String { min_length, max_length, .. } = kind else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(least) = min_length {
        found.push(long("has its minimum length", *least, |length| of_length(valid, length)));
    }
    if let Some(most) = max_length {
        found.push(long("has its maximum length", *most, |length| of_length(valid, length)));
        // Lengths count characters: what counts bytes refuses this one.
        found.push(long("has its maximum length beyond ASCII", *most, |length| "é".repeat(length)));
    }
    found
}

fn long(what: &str, length: usize, text: impl Fn(usize) -> String) -> Variant {
    let value = if length > LONGEST { Err(TOO_LONG) } else { Ok(Value::from(text(length))) };
    Variant { what: what.to_owned(), value }
}

/// The text cut, or continued with its last character.
pub fn of_length(text: &str, length: usize) -> String {
    let filler = text.chars().last().unwrap_or('x');
    text.chars().chain(std::iter::repeat(filler)).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_would_send_is_told_and_not_made() {
        let kind = Kind::String { format: None, min_length: None, max_length: Some(1_000_000_000), pattern: None };
        let made = [misspelt(&kind, "a"), lengths(&kind, "a")].concat();
        assert!(made.len() == 3 && made.iter().all(|variant| variant.value == Err(TOO_LONG)), "{made:?}");
    }
}
