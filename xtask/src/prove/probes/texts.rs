//! Texts that break one constraint, and texts whose length is at a bound.

use openapi::{Contract, Kind, Schema, StringFormat};
use serde_json::{Value, json};

use super::lengths::{Texts, of_length};
use super::values::{Variant, unmatched};

/// A text that is longer than this makes no request that anyone would send.
const LONGEST: usize = 1_000_000;
const TOO_LONG: &str = "a text that long makes no request that anyone would send";
const NO_TEXT: &str = "no text of that length comes to mind that keeps its pattern and its format";

/// Every way in which one constraint of a text can be broken.
pub fn misspelt(contract: &Contract, schema: &Schema, valid: &str) -> Vec<Variant> {
    let Kind::String { format, min_length, max_length, pattern } = &schema.kind else { return Vec::new() };
    let texts = Texts::of(contract, schema, valid);
    // Where the pattern sets the same bound, a text beyond it breaks both.
    let beyond =
        |length| texts.of_length(length).or_else(|| (!texts.may_have(length)).then(|| of_length(valid, length)));
    let mut found = Vec::new();
    if let Some(format) = format.filter(|format| *format != StringFormat::Binary) {
        found.push(Variant::of(format!("is no {}", format.name()), json!("not one")));
        found.extend(near_misses(format, valid).map(|(what, text)| Variant::of(what, Value::from(text))));
    }
    if let Some(least) = min_length.filter(|least| *least > 0) {
        found.push(long("is shorter than its minimum", least - 1, beyond));
    }
    if let Some(most) = max_length {
        found.push(long("is longer than its maximum", most + 1, beyond));
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
pub fn lengths(contract: &Contract, schema: &Schema, valid: &str) -> Vec<Variant> {
    let Kind::String { min_length, max_length, .. } = &schema.kind else { return Vec::new() };
    let texts = Texts::of(contract, schema, valid);
    let at = |length| texts.of_length(length);
    let mut found = Vec::new();
    if let Some(least) = min_length {
        found.push(long("has its minimum length", *least, at));
    }
    if let Some(most) = max_length {
        found.push(long("has its maximum length", *most, at));
        // Lengths count characters: what counts bytes refuses this one.
        let beyond_ascii = long("has its maximum length beyond ASCII", *most, |length| texts.beyond_ascii(length));
        // They need not be allowed.
        found.extend(Some(beyond_ascii).filter(|variant| variant.value != Err(NO_TEXT)));
    }
    found
}

fn long(what: &str, length: usize, text: impl Fn(usize) -> Option<String>) -> Variant {
    let value = if length > LONGEST { Err(TOO_LONG) } else { text(length).map(Value::from).ok_or(NO_TEXT) };
    Variant { what: what.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_would_send_is_told_and_not_made() {
        let kind = Kind::String { format: None, min_length: None, max_length: Some(1_000_000_000), pattern: None };
        let contract = crate::prove::probes::example();
        let schema = Schema::new(kind, contract.operations[0].location);
        let made = [misspelt(&contract, &schema, "a"), lengths(&contract, &schema, "a")].concat();
        assert!(made.len() == 3 && made.iter().all(|variant| variant.value == Err(TOO_LONG)), "{made:?}");
    }
}
