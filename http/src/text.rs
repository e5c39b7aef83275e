//! Lines of a text, and the line and column of a byte.

use crate::Span;

/// The blanks of the language. Other white space of Unicode is content.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

/// `text[span]` without the blanks around it, and where that stands.
pub(crate) fn trim(text: &str, span: Span) -> (&str, Span) {
    let slice = &text[span.start..span.end];
    let from_start = slice.trim_start_matches(is_blank);
    let start = span.end - from_start.len();
    let trimmed = from_start.trim_end_matches(is_blank);
    (trimmed, Span::new(start, start + trimmed.len()))
}

/// A text of a file as a message quotes it: not longer than a message should be.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The lines of a text without their ends; a byte-order mark belongs to none.
pub(crate) fn lines(text: &str) -> Vec<Span> {
    let mut lines = Vec::with_capacity(text.len() / 32 + 1);
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for line in text[start..].split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        lines.push(Span::new(start, start + content.len()));
        start += line.len();
    }
    lines
}

/// Finds line and column of a byte. Building it reads the text once; a look-up is a binary search.
#[derive(Clone, Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl<'t> LineIndex<'t> {
    /// Reads where the lines of a text begin.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The place of a byte; a byte past the end or inside a character counts as the nearest one before it.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line - 1];
        let before = self.text[start..byte].trim_start_matches('\u{feff}');
        Position { line, column: before.chars().count() + 1 }
    }

    /// The whole lines that hold the bytes from `first` to `last`, without a byte-order mark.
    pub(crate) fn window(&self, first: usize, last: usize) -> Span {
        let bound = |byte: usize| self.text.floor_char_boundary(byte);
        let start = self.text[..bound(first)].rfind('\n').map_or(0, |at| at + 1);
        let last = bound(last).max(start);
        let end = self.text[last..].find('\n').map_or(self.text.len(), |at| last + at);
        let mark = if self.text[start..].starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Span::new((start + mark).min(end), end)
    }

    /// The text of a line (from 1) without its end; empty for a line that is not there.
    #[must_use]
    pub fn line(&self, line: usize) -> &'t str {
        let Some(start) = line.checked_sub(1).and_then(|index| self.starts.get(index)) else { return "" };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}')
    }
}
