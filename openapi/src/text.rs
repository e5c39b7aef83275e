//! JSON texts of a contract, and the way from a value back to its place in the file.

use std::cell::OnceCell;
use std::ops::Range;

use httpfile::{Diagnostic, FileId, Location, Span, Spanned};
use serde_json::Value;

use crate::codes;
use crate::locate::{self, Places, Step};
use crate::variables::{Scope, placeholders};

/// A JSON document as it is written in a file, variables replaced.
#[derive(Debug)]
pub(crate) struct Json {
    pub(crate) value: Value,
    text: Text,
    places: OnceCell<Places>,
}

/// A text with its variables replaced that still knows where each byte came from.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    file: FileId,
    content: String,
    /// For each replaced variable: its place in `content`, and its place in the text as written.
    replaced: Vec<(Range<usize>, Range<usize>)>,
    /// Whether every variable has a value.
    complete: bool,
    /// For each line of the text as written: where it begins, and where it stands in the file.
    lines: Vec<(usize, Span)>,
}

impl Text {
    /// Replaces the variables of a text, and reports those without a value.
    pub(crate) fn new(
        file: FileId,
        written: &str,
        lines: &[(usize, Span)],
        scope: &Scope,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut text = Self {
            file,
            content: String::with_capacity(written.len()),
            replaced: Vec::new(),
            complete: true,
            lines: lines.to_vec(),
        };
        let mut end = 0;
        for (range, name) in placeholders(written) {
            let Ok(value) = scope.get(name) else {
                out.extend(scope.unresolved(text.at_written(range), name));
                text.complete = false;
                continue;
            };
            text.content.push_str(&written[end..range.start]);
            let start = text.content.len();
            text.content.push_str(&value);
            text.replaced.push((start..text.content.len(), range.clone()));
            end = range.end;
        }
        text.content.push_str(&written[end..]);
        text
    }

    /// The whole of a file, in which nothing is replaced.
    pub(crate) fn file(file: FileId, content: &str) -> Self {
        let text = content.trim_start_matches('\u{feff}');
        let mark = content.len() - text.len();
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            lines.push((start, Span::new(mark + start, mark + start + line.len())));
            start += line.len();
        }
        Self { file, content: text.to_owned(), replaced: Vec::new(), complete: true, lines }
    }

    /// Reads the text as JSON; a mistake is reported at its exact place, unless it follows from one that was reported.
    pub(crate) fn json(self, what: &str, out: &mut Vec<Diagnostic>) -> Option<Json> {
        match serde_json::from_str(&self.content) {
            Ok(value) => Some(Json { value, text: self, places: OnceCell::new() }),
            Err(_) if !self.complete => None,
            Err(error) => {
                let at = offset(&self.content, error.line(), error.column());
                let message = error.to_string();
                let reason = message.split(" at line ").next().unwrap_or_default();
                out.push(
                    Diagnostic::error(
                        codes::BODY_NOT_JSON,
                        self.location(at..at + 1),
                        format!("{what} is not JSON: {reason}"),
                    )
                    .help("write it as JSON; a value that a variable holds needs its quotes as well"),
                );
                None
            }
        }
    }

    /// Where a range of the replaced text stands in the file, cut at the end of its line.
    fn location(&self, range: Range<usize>) -> Location {
        let start = self.written(range.start, false);
        let end = self.written(range.end.min(self.content.len()), true).max(start);
        self.at_written(start..end)
    }

    fn written(&self, at: usize, end: bool) -> usize {
        let before = self.replaced.partition_point(|(content, _)| content.start <= at);
        let Some((content, written)) = before.checked_sub(1).and_then(|last| self.replaced.get(last)) else {
            return at;
        };
        if at > content.end || (at == content.end && !content.is_empty() && !end) {
            return written.end + (at - content.end);
        }
        if end && at > content.start { written.end } else { written.start }
    }

    fn at_written(&self, range: Range<usize>) -> Location {
        let line = self.lines.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
        let Some((begin, span)) = self.lines.get(line) else {
            return Location { file: self.file, span: Span::default() };
        };
        let start = (span.start + (range.start - begin)).min(span.end);
        let end = (start + range.len()).min(span.end).max(start);
        Location { file: self.file, span: Span::new(start, end) }
    }
}

impl Json {
    /// Where the value of a path stands; the bracket alone for what has several lines.
    pub(crate) fn at(&self, path: &[Step]) -> Location {
        self.of(locate::value(&self.value, path))
    }

    /// Where a value that belongs to this document stands.
    pub(crate) fn of(&self, value: &Value) -> Location {
        let places = self.places.get_or_init(|| Places::new(&self.text.content, &self.value));
        self.text.location(places.of(value))
    }
}

/// The byte that a line and a column of serde_json's mean; both count from 1, the column in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The place of a range of a value, where the file holds the value as it is; else the place of all of it.
pub(crate) fn within(source: &str, whole: &Spanned<String>, range: Range<usize>) -> Span {
    let span = whole.span;
    match source.get(span.start..span.end).and_then(|s| s.find(whole.value.as_str())) {
        Some(at) => Span::new(span.start + at + range.start, span.start + at + range.end),
        None => span,
    }
}
