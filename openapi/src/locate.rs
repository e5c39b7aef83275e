//! Finds the places of values in a JSON text.
//!
//! serde_json keeps no places. They are needed for mistakes only, so the text, which is known to be JSON, is walked
//! again at the first one.

use std::collections::HashMap;
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

/// Where each value of a document stands in its text.
#[derive(Debug)]
pub(crate) struct Places {
    root: Range<usize>,
    /// By the address of the value: a document that is kept as it is read does not move its values.
    below: HashMap<*const Value, Range<usize>>,
}

impl Places {
    /// Walks a text, which is known to be JSON, and the value that it was read as.
    pub(crate) fn new(text: &str, root: &Value) -> Self {
        let mut places = Self { root: 0..0, below: HashMap::new() };
        let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
        places.root = scanner.value(root, &mut places.below);
        places
    }

    /// Where a value of the document stands; only the opening bracket of an object or array.
    pub(crate) fn of(&self, value: &Value) -> Range<usize> {
        self.below.get(&std::ptr::from_ref(value)).unwrap_or(&self.root).clone()
    }
}

/// The value of a path, or the last one on the way that is there.
pub(crate) fn value<'v>(root: &'v Value, path: &[Step]) -> &'v Value {
    let mut value = root;
    for step in path {
        let next = match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        };
        let Some(next) = next else { break };
        value = next;
    }
    value
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

    /// Past one value, of which every place is noted. A key that is given twice has a text that is no part of the value.
    fn value(&mut self, value: &Value, places: &mut HashMap<*const Value, Range<usize>>) -> Range<usize> {
        self.blanks();
        let start = self.at;
        match (value, self.peek()) {
            (Value::Array(items), Some(b'[')) => {
                self.at += 1;
                let mut items = items.iter();
                while self.has_more(b']') {
                    self.inside(items.next(), places);
                }
                start..start + 1
            }
            (Value::Object(entries), Some(b'{')) => {
                self.at += 1;
                while self.has_more(b'}') {
                    let key = self.at;
                    self.string();
                    let key = serde_json::from_slice::<String>(&self.text[key..self.at]).unwrap_or_default();
                    self.inside(entries.get(&key), places);
                }
                start..start + 1
            }
            _ => {
                self.skip();
                start..self.at
            }
        }
    }

    fn inside(&mut self, value: Option<&Value>, places: &mut HashMap<*const Value, Range<usize>>) {
        match value {
            Some(value) => {
                let place = self.value(value, places);
                places.insert(std::ptr::from_ref(value), place);
            }
            None => self.skip(),
        }
    }

    /// Whether a bracket does not close yet; goes past it when it does.
    fn has_more(&mut self, closing: u8) -> bool {
        self.blanks();
        let more = self.peek().is_some_and(|byte| byte != closing);
        self.at += usize::from(!more);
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_where_it_stands() {
        let text = r#" { "a": [1, { "b\"}": "x,]" }, [] ], "c": {"d": -1.5e3 }, "e": [0], "e": "last" } "#;
        let root: Value = serde_json::from_str(text).unwrap();
        let places = Places::new(text, &root);
        let at = |path: &[Step]| &text[places.of(value(&root, path))];
        let key = |k: &str| Step::Key(k.to_owned());
        assert_eq!(at(&[]), "{");
        assert_eq!(at(&[key("a"), Step::Index(0)]), "1");
        assert_eq!(at(&[key("a"), Step::Index(1), key("b\"}")]), "\"x,]\"");
        assert_eq!(at(&[key("a"), Step::Index(2)]), "[");
        assert_eq!(at(&[key("c"), key("d")]), "-1.5e3");
        assert_eq!(places.of(value(&root, &[key("c"), key("missing")])), places.of(&root["c"]));
        assert_eq!(at(&[key("e")]), "\"last\"");
    }

    #[test]
    fn a_path_is_shown_as_people_write_it() {
        assert_eq!(
            display(&[Step::Key("a".to_owned()), Step::Index(1), Step::Key("b c".to_owned())]),
            "$.a[1][\"b c\"]"
        );
    }
}
