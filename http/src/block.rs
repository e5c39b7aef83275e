//! Cuts a text into blocks: at every `###`, and where a separator was forgotten.

use crate::grammar::{Shape, read};
use crate::syntax::{Block, Separator};
use crate::text::{lines, trim};
use crate::{Span, Spanned, leading, request, scan};

/// A part of a text that holds whole lines.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'t> {
    pub text: &'t str,
    pub spans: &'t [Span],
    /// One past the last line that can close a script.
    pub scripts_end: usize,
}

impl<'t> Lines<'t> {
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn line(&self, index: usize) -> &'t str {
        let span = self.spans[index];
        &self.text[span.start..span.end]
    }

    pub fn not_portable(&self, at: usize) -> Option<(crate::syntax::NotPortableKind, usize)> {
        scan::not_portable(self.text, self.spans, at, self.scripts_end)
    }
}

/// The blocks of a text; together they cover it, so there is always one.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let spans = lines(text);
    let mut blocks = Vec::new();
    let mut start = 0;
    for region in regions(text, &spans) {
        let end = spans.get(region.end).map_or(text.len(), |next| next.start);
        let lines = &spans[region.start..region.end];
        region_blocks(text, lines, Span::new(start, end), &mut blocks);
        start = end;
    }
    blocks
}

/// Ranges of lines that separators open. Separators with nothing but blank lines between them open one region.
fn regions(text: &str, lines: &[Span]) -> Vec<std::ops::Range<usize>> {
    let mut regions = Vec::new();
    let mut start = 0;
    let mut has_content = false;
    for (index, span) in lines.iter().enumerate() {
        let line = &text[span.start..span.end];
        if scan::is_separator(line) {
            if has_content {
                regions.push(start..index);
                start = index;
                has_content = false;
            }
        } else {
            has_content = has_content || !scan::is_blank_line(line);
        }
    }
    regions.push(start..lines.len());
    regions
}

/// The blocks of one region: one, and one more for every request line that stands in a body.
fn region_blocks(text: &str, lines: &[Span], span: Span, blocks: &mut Vec<Block>) {
    let (mut separators, mut first) = separators(text, lines);
    let scripts_end = lines.iter().rposition(|s| scan::closes_script(&text[s.start..s.end])).map_or(0, |last| last + 1);
    let mut start = span.start;
    loop {
        let region = Lines { text, spans: &lines[first..], scripts_end: scripts_end.saturating_sub(first) };
        let (mut leading, request_line) = leading::leading(&region);
        let (request, stop) = match request_line {
            Some(line) => {
                let (request, stop) = request::request(&region, line);
                (Some(request), stop)
            }
            None => {
                leading::drop_last_blanks(&mut leading);
                (None, region.len())
            }
        };
        first += stop;
        let end = lines.get(first).map_or(span.end, |next| next.start);
        let separators = std::mem::take(&mut separators);
        blocks.push(Block { span: Span::new(start, end), separators, leading, request });
        if first >= lines.len() {
            return;
        }
        start = end;
    }
}

/// The separators that open a region, and the index of the line below them.
fn separators(text: &str, lines: &[Span]) -> (Vec<Separator>, usize) {
    let mut separators = Vec::new();
    let mut first = 0;
    for (index, span) in lines.iter().enumerate() {
        let line = &text[span.start..span.end];
        if scan::is_separator(line) {
            separators.push(separator(text, *span));
            first = index + 1;
        } else if !scan::is_blank_line(line) {
            break;
        }
    }
    (separators, first)
}

fn separator(text: &str, span: Span) -> Separator {
    let (line, span) = trim(text, span);
    let marks = line.len() - line.trim_start_matches('#').len();
    let (_, content) = trim(text, Span::new(span.start + marks, span.end));
    let parts = read(Shape::separator, text, content).ok();
    let part = |shape| parts.as_ref().and_then(|parts| parts.child(shape)).map(|node| node.span);
    let spanned = |span| {
        let (value, span) = trim(text, span);
        Spanned::new(value.to_owned(), span)
    };
    Separator {
        span,
        test_id: part(Shape::test_id).map(spanned),
        title: spanned(part(Shape::title).unwrap_or(content)),
    }
}
