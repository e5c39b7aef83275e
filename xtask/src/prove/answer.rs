//! What a server answered, and what an assertion or a capture can find in it.

use httpfile::{Selector, Subject};
use serde_json::Value;

/// One answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// In the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every header of that name, in any case.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }

    /// The body as JSON, if that is what it is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What `subject` names in this answer.
    #[must_use]
    pub fn find(&self, subject: &Subject) -> Option<Value> {
        match subject {
            Subject::Status => Some(Value::from(self.status)),
            Subject::Header(name) => self.header(name).map(Value::from),
            Subject::Body(path) => select(&self.json()?, path).cloned(),
        }
    }
}

fn select<'a>(value: &'a Value, path: &[Selector]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Selector::Key(name) => value.get(name),
        Selector::Index(index) => value.get(index),
    })
}

/// A found value as it stands in a URL or a header: text without quotes, everything else as JSON.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A subject as the contract writes it.
#[must_use]
pub fn written(subject: &Subject) -> String {
    match subject {
        Subject::Status => "status".to_owned(),
        Subject::Header(name) => format!("header {name}"),
        Subject::Body(path) => path.iter().fold("$".to_owned(), |text, step| match step {
            Selector::Key(name) => format!("{text}.{name}"),
            Selector::Index(index) => format!("{text}[{index}]"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_into_objects_and_arrays() {
        let answer = Answer { status: 200, headers: vec![], body: br#"{ "a": [{ "b": null }] }"#.to_vec() };
        let path = |steps: &[Selector]| Subject::Body(steps.to_vec());
        let a0 = [Selector::Key("a".into()), Selector::Index(0)];
        assert_eq!(answer.find(&path(&[&a0[..], &[Selector::Key("b".into())]].concat())), Some(Value::Null));
        assert_eq!(answer.find(&path(&[&a0[..], &[Selector::Key("c".into())]].concat())), None);
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let headers = vec![("Content-Type".to_owned(), "Application/JSON; charset=utf-8".to_owned())];
        let answer = Answer { status: 200, headers, body: vec![] };
        assert_eq!(answer.media_type().as_deref(), Some("application/json"));
        assert_eq!(answer.find(&Subject::Header("x-absent".into())), None);
    }
}
