//! `{{variable}}` references in a text.

use crate::Span;

/// One `{{name}}` in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// What stands between the braces, without the blanks around it: `token`, `$uuid`, `login.response.body.$.id`.
    pub name: &'t str,
    /// From the first brace to the last, in the text that was searched.
    pub span: Span,
}

impl Reference<'_> {
    /// Whether it takes its value from another request: `login.response.…`, `login.request.…`.
    #[must_use]
    pub fn is_chained(&self) -> bool {
        self.name.split_once('.').is_some_and(|(_, rest)| rest.starts_with("response.") || rest.starts_with("request."))
    }

    /// Whether the tool makes up its value: `$uuid`, `$timestamp`.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.name.starts_with('$')
    }
}

/// Every `{{name}}` of a text, from left to right. One reference stays within a line and holds no braces.
pub fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let open = rest + text[rest..].find("{{")?;
            let inner = open + 2;
            let length = text[inner..].find(['{', '}', '\n']).unwrap_or(text.len() - inner);
            let close = inner + length;
            // `{{{a}}` refers to `a`: the search goes on at the brace that ended this attempt.
            rest = if text[close..].starts_with('{') { open + 1 } else { close };
            let name = text[inner..close].trim();
            if text[close..].starts_with("}}") && !name.is_empty() {
                rest = close + 2;
                return Some(Reference { name, span: Span::new(open, rest) });
            }
        }
    })
}
