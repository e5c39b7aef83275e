//! Reads what stands above a request line.

use crate::block::Lines;
use crate::grammar::{Shape, read};
use crate::syntax::{CommentJson, Leading, NotPortable, NotPortableKind, Variable};
use crate::text::{is_blank, trim};
use crate::{Annotation, Span, Spanned, Tag, payload, scan};

/// Everything above the request line, and the index of that line if there is one.
pub(crate) fn leading(lines: &Lines<'_>) -> (Vec<Leading>, Option<usize>) {
    let mut reader = Reader { lines: *lines, leading: Vec::new(), takes_example: false };
    let mut at = 0;
    while at < lines.len() {
        let Some(next) = reader.line(at) else { return (reader.leading, Some(at)) };
        at = next;
    }
    (reader.leading, None)
}

/// `@name = value`
fn variable(text: &str, line: Span) -> Option<Variable> {
    let node = read(Shape::variable, text, line).ok()?;
    let part = |shape| {
        let (value, span) = trim(text, node.child(shape).map_or(line, |node| node.span));
        Spanned::new(value.to_owned(), span)
    };
    Some(Variable { name: part(Shape::variable_name), value: part(Shape::variable_value) })
}

/// Blank lines at the end of a block belong to no node.
pub(crate) fn drop_last_blanks(leading: &mut Vec<Leading>) {
    let kept = leading
        .iter()
        .rposition(|item| !matches!(item, Leading::Blank(span) if span.is_empty()))
        .map_or(0, |last| last + 1);
    leading.truncate(kept);
}

struct Reader<'t> {
    lines: Lines<'t>,
    leading: Vec<Leading>,
    /// Whether a JSON document or a file in a comment is an example of what the last annotations described.
    takes_example: bool,
}

impl Reader<'_> {
    /// Reads what begins at a line; the index of the line below it, or `None` at a request line.
    fn line(&mut self, at: usize) -> Option<usize> {
        let span = self.lines.spans[at];
        let line = self.lines.line(at);
        if scan::is_blank_line(line) {
            self.leading.push(Leading::Blank(Span::new(span.start, span.start)));
            return Some(at + 1);
        }
        if let Some(content) = scan::comment(line) {
            return Some(self.comment(at, Span::new(span.start + content, span.end)));
        }
        let (trimmed, place) = trim(self.lines.text, span);
        if trimmed.starts_with('@')
            && let Some(variable) = variable(self.lines.text, place)
        {
            self.leading.push(Leading::Variable(variable));
            return Some(at + 1);
        }
        if scan::is_import(line) {
            self.not_portable(NotPortableKind::Import, at, at + 1);
            return Some(at + 1);
        }
        let (kind, end) = self.lines.not_portable(at)?;
        self.not_portable(kind, at, end);
        Some(end)
    }

    fn not_portable(&mut self, kind: NotPortableKind, from: usize, to: usize) {
        self.leading.push(Leading::NotPortable(not_portable(&self.lines, kind, from, to)));
    }

    /// Reads the content of a comment; JSON goes on in the comments below it, and text may follow it on its last line.
    fn comment(&mut self, mut at: usize, mut content: Span) -> usize {
        loop {
            let (trimmed, place) = trim(self.lines.text, content);
            if !self.takes_example || !opens_json(trimmed) {
                self.comment_text(at, trimmed, place);
                return at + 1;
            }
            let (last, rest) = self.json(at, place.start);
            let Some(rest) = rest else { return last };
            (at, content) = (last, rest);
        }
    }

    fn comment_text(&mut self, at: usize, trimmed: &str, place: Span) {
        let text = self.lines.text;
        let item = if trimmed.is_empty() {
            Leading::Blank(trim(text, self.lines.spans[at]).1)
        } else if let Some(annotation) = annotation(text, place) {
            self.takes_example = takes_example(&annotation.tag, self.takes_example);
            Leading::Annotation(Box::new(annotation))
        } else if self.takes_example && trimmed.starts_with("< ") {
            let (path, span) = trim(text, Span::new(place.start + 1, place.end));
            Leading::ExampleFile(Spanned::new(path.to_owned(), span))
        } else {
            Leading::Prose(Spanned::new(trimmed.to_owned(), place))
        };
        self.leading.push(item);
    }

    /// Reads JSON up to where its brackets balance, or to the end of the comments. The line that follows, or the line
    /// on which it ends and what else that line holds.
    fn json(&mut self, at: usize, start: usize) -> (usize, Option<Span>) {
        let text = self.lines.text;
        let mut json = CommentJson { span: Span::new(start, start), text: String::new(), lines: Vec::new() };
        let mut depth = 0usize;
        let mut end = (self.lines.len(), None);
        for index in at..self.lines.len() {
            let span = self.lines.spans[index];
            let Some(content) = json_line(text, self.lines.line(index), span, (index == at).then_some(start)) else {
                end = (index, None);
                break;
            };
            let closed = balance(&text[content.start..content.end], &mut depth);
            let taken = Span::new(content.start, closed.map_or(content.end, |length| content.start + length));
            if !json.lines.is_empty() {
                json.text.push('\n');
            }
            json.lines.push((json.text.len(), taken));
            json.text.push_str(&text[taken.start..taken.end]);
            json.span.end = taken.end;
            if closed.is_some() {
                let rest = Span::new(taken.end, content.end);
                end = if trim(text, rest).0.is_empty() { (index + 1, None) } else { (index, Some(rest)) };
                break;
            }
        }
        self.leading.push(Leading::Json(json));
        end
    }
}

/// The content of a comment line inside JSON: indentation is kept, but for the blank after the marker.
fn json_line(text: &str, line: &str, span: Span, start: Option<usize>) -> Option<Span> {
    let end = span.start + line.trim_end_matches(is_blank).len();
    if let Some(start) = start {
        return Some(Span::new(start, end));
    }
    let content = (span.start + scan::comment(line)?).min(end);
    let rest = &text[content..end];
    if rest.trim_start_matches(is_blank).starts_with('@') {
        return None;
    }
    Some(Span::new(content + usize::from(rest.starts_with(is_blank)), end))
}

/// Whether the brackets of a document close; it was read up to where they do.
pub(crate) fn is_balanced(json: &CommentJson) -> bool {
    let mut depth = 0;
    json.text.split('\n').any(|line| balance(line, &mut depth).is_some())
}

/// Follows the brackets of one line; where the outermost one closes. A string ends with its line, as in JSON.
fn balance(line: &str, depth: &mut usize) -> Option<usize> {
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => *depth += 1,
            b'}' | b']' => {
                *depth = depth.saturating_sub(1);
                if *depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Prose never begins with a bracket that JSON could begin with; `{{name}}` is a variable.
fn opens_json(content: &str) -> bool {
    content.starts_with('[') || (content.starts_with('{') && !content.starts_with("{{"))
}

/// `@tag payload`, or `Expected: 409 …`
fn annotation(text: &str, span: Span) -> Option<Annotation> {
    let content = &text[span.start..span.end];
    let (name_start, name_end) = match content.strip_prefix('@') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (1, 1 + rest.find(is_blank).unwrap_or(rest.len()))
        }
        Some(_) => return None,
        None => (0, content.starts_with("Expected:").then_some("Expected".len())?),
    };
    let name = Spanned::new(
        content[name_start..name_end].to_owned(),
        Span::new(span.start + name_start, span.start + name_end),
    );
    let after = span.start + name_end + usize::from(name_start == 0);
    let (payload, place) = trim(text, Span::new(after, span.end));
    let tag = payload::tag(text, &name.value, place);
    // `Expected:` is also a word of prose; only with a status it says something.
    if name_start == 0 && !matches!(tag, Tag::Expect(_)) {
        return None;
    }
    Some(Annotation { span, name, payload: Spanned::new(payload.to_owned(), place), tag })
}

/// Whether JSON below this annotation is an example: fields and headers refine what stands above them.
fn takes_example(tag: &Tag, before: bool) -> bool {
    match tag {
        // JSON below a `@body` belongs to nothing; as prose it would go unnoticed.
        Tag::Response { .. } | Tag::Expect(_) | Tag::Schema { .. } | Tag::Body { .. } => true,
        Tag::Operation(_) | Tag::Api { .. } => false,
        _ => before,
    }
}

/// A construct of some tool with its text.
pub(crate) fn not_portable(lines: &Lines<'_>, kind: NotPortableKind, from: usize, to: usize) -> NotPortable {
    let mut text = String::new();
    for index in from..to {
        if index > from {
            text.push('\n');
        }
        text.push_str(lines.line(index));
    }
    text.truncate(text.trim_end_matches(|c| is_blank(c) || c == '\n').len());
    let whole = Span::new(lines.spans[from].start, lines.spans[to - 1].end);
    let written = lines.text[whole.start..whole.end].trim_end_matches(|c| is_blank(c) || c == '\n');
    NotPortable { span: Span::new(whole.start, whole.start + written.len()), kind, text, above: 0 }
}
