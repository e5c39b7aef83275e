//! Texts without what differs from run to run.

use regex::{Captures, Regex};

/// Replaces identifiers and times that the contract does not name.
pub struct Normal {
    known: String,
    replaced: Vec<(String, String)>,
    changing: Regex,
    seen: Vec<String>,
}

impl Normal {
    /// `known` is every text whose values stay as they are; `replaced` are texts with what stands for them.
    pub fn new(known: String, replaced: Vec<(String, String)>) -> Self {
        let changing = concat!(
            "(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
            r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| UTC|[+-]\d\d:\d\d)",
        );
        // The pattern is fixed, and tests use it.
        let changing = Regex::new(changing).expect("a valid pattern");
        Self { known, replaced, changing, seen: Vec::new() }
    }

    /// The text with `<id 1>` for the first new identifier, `<id 2>` for the next, and `<time>` for every new time.
    pub fn text(&mut self, text: &str) -> String {
        let text = self.replaced.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let Self { known, changing, seen, .. } = self;
        let stand_in = |found: &Captures| {
            if known.contains(&found[0]) {
                return found[0].to_owned();
            }
            if found.name("id").is_none() {
                return "<time>".to_owned();
            }
            let at = seen.iter().position(|id| *id == found[0]).unwrap_or_else(|| {
                seen.push(found[0].to_owned());
                seen.len() - 1
            });
            format!("<id {}>", at + 1)
        };
        replace_all(changing, &text, stand_in)
    }
}

/// [`Regex::replace_all`] takes a closure that it may keep; this one borrows.
fn replace_all(regex: &Regex, text: &str, mut with: impl FnMut(&Captures) -> String) -> String {
    regex.replace_all(text, |found: &Captures| with(found)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_identifiers_are_numbered_and_new_times_are_times() {
        let known = "id aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa at 2026-01-01T00:00:00Z";
        let mut normal = Normal::new(known.to_owned(), vec![("/tmp/x".to_owned(), "{data}".to_owned())]);
        let (one, two) = ("0198f1c2-7d1e-7b7c-9a51-0a4e5a3f7c11", "0198f1c2-7d1e-7b7c-9a51-0a4e5a3f7c12");
        assert_eq!(normal.text(&format!("{one} {two} {one}")), "<id 1> <id 2> <id 1>");
        assert_eq!(normal.text(&format!("{two} {known}")), format!("<id 2> {known}"));
        assert_eq!(normal.text("2026-02-03T04:05:06.7Z, 2026-02-03 04:05:06.7 UTC"), "<time>, <time>");
        assert_eq!(normal.text("file:///tmp/x/y"), "file://{data}/y");
    }
}
