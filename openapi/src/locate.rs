//! Finds the place of a value in a JSON text.
//!
//! serde_json keeps no places. They are needed for mistakes only, so the text, which is known to be JSON, is walked
//! again when there is one.

use std::fmt::Write;
use std::ops::Range;

use serde_json::Value;

/// One step into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// `$.files[0].key`
pub(crate) fn display(path: &[Step]) -> String {
    let mut out = String::from("$");
    for step in path {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Key(key) if key.chars().all(|c| c.is_alphanumeric() || c == '_') => write!(out, ".{key}"),
            Step::Key(key) => write!(out, "[{key:?}]"),
            Step::Index(index) => write!(out, "[{index}]"),
        };
    }
    out
}

/// The path from a document to one of its own values, found by identity.
pub(crate) fn path_of(root: &Value, wanted: &Value, path: &mut Vec<Step>) -> bool {
    if std::ptr::eq(root, wanted) {
        return true;
    }
    match root {
        Value::Array(items) => items.iter().enumerate().any(|(i, item)| {
            path.push(Step::Index(i));
            path_of(item, wanted, path) || path.pop().is_none()
        }),
        Value::Object(entries) => entries.iter().any(|(key, value)| {
            path.push(Step::Key(key.clone()));
            path_of(value, wanted, path) || path.pop().is_none()
        }),
        _ => false,
    }
}

/// Where the value of a path stands in a JSON text; only the opening bracket of an object or array.
pub(crate) fn value(text: &str, path: &[Step]) -> Range<usize> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
    for step in path {
        scanner.blanks();
        let found = match step {
            Step::Key(key) => scanner.enter_key(key),
            Step::Index(index) => scanner.enter_index(*index),
        };
        if !found {
            break;
        }
    }
    scanner.blanks();
    let start = scanner.at;
    if !matches!(scanner.peek(), Some(b'{' | b'[')) {
        scanner.skip();
        return start..scanner.at;
    }
    start..start + 1
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace() || b == b',' || b == b':') {
            self.at += 1;
        }
    }

    /// Past one value of any kind; the text is known to be JSON, so brackets outside of strings balance.
    fn skip(&mut self) {
        let mut depth = 0usize;
        loop {
            self.blanks();
            match self.peek() {
                None => return,
                Some(b'"') => self.string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(_) => {
                    while self.peek().is_some_and(|b| !b.is_ascii_whitespace() && !b",:]}".contains(&b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
    }

    fn enter_key(&mut self, wanted: &str) -> bool {
        let start = self.at;
        self.at += 1;
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                self.at = start;
                return false;
            }
            let key = self.at;
            self.string();
            let found = serde_json::from_slice::<String>(&self.text[key..self.at]).is_ok_and(|key| key == wanted);
            self.blanks();
            if found {
                return true;
            }
            self.skip();
        }
    }

    fn enter_index(&mut self, wanted: usize) -> bool {
        let start = self.at;
        self.at += 1;
        for _ in 0..wanted {
            self.blanks();
            if matches!(self.peek(), None | Some(b']')) {
                self.at = start;
                return false;
            }
            self.skip();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_where_it_stands() {
        let text = r#"{ "a": [1, { "b\"}": "x,]" }, [] ], "c": {"d": -1.5e3 } }"#;
        let at = |path: &[Step]| &text[value(text, path)];
        let key = |k: &str| Step::Key(k.to_owned());
        assert_eq!(at(&[]), "{");
        assert_eq!(at(&[key("a"), Step::Index(0)]), "1");
        assert_eq!(at(&[key("a"), Step::Index(1), key("b\"}")]), "\"x,]\"");
        assert_eq!(at(&[key("a"), Step::Index(2)]), "[");
        assert_eq!(at(&[key("c"), key("d")]), "-1.5e3");
        assert_eq!(at(&[key("c"), key("missing")]), "{");
    }

    #[test]
    fn a_path_is_found_by_identity() {
        let root: Value = serde_json::json!({ "a": [1, { "b c": 2 }] });
        let mut path = Vec::new();
        assert!(path_of(&root, &root["a"][1]["b c"], &mut path));
        assert_eq!(display(&path), "$.a[1][\"b c\"]");
    }
}
