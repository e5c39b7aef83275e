//! The tree of one request file. Every node carries its place; no node borrows the text.

use std::collections::HashSet;
use std::ops::Range;

use crate::{Annotation, Span, Spanned};

/// One request file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The blocks between separators, in order; together they cover the file.
    pub blocks: Vec<Block>,
}

/// What stands between two `###` separators.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// From its separator to the next one.
    pub span: Span,
    /// The `### title` lines that open it; none before the first separator.
    pub separators: Vec<Separator>,
    /// Everything above the request line, or the whole block when it holds no request.
    pub leading: Vec<Leading>,
    /// The request, if there is one.
    pub request: Option<Request>,
}

/// A line of three or more `#`.
#[derive(Clone, Debug, PartialEq)]
pub struct Separator {
    /// The whole line without its end.
    pub span: Span,
    /// `DD-ERR-001` in `### DD-ERR-001: title`.
    pub test_id: Option<Spanned<String>>,
    /// The title without the test id; it may be empty.
    pub title: Spanned<String>,
}

/// One thing above a request line.
#[derive(Clone, Debug, PartialEq)]
pub enum Leading {
    /// A blank line (an empty span), or a comment with nothing in it: ends a paragraph of prose.
    Blank(Span),
    /// A comment line without its marker.
    Prose(Spanned<String>),
    /// `# @tag payload`
    Annotation(Box<Annotation>),
    /// A JSON document in comment lines after an `@response`, `@expect` or `@schema`.
    Json(CommentJson),
    /// `# < ./file.json` after an `@response` or `@expect`.
    ExampleFile(Spanned<String>),
    /// `@name = value`
    Variable(Variable),
    /// What only some tools understand: scripts, handlers, guards.
    NotPortable(NotPortable),
}

/// A JSON text that stands in comment lines.
#[derive(Clone, Debug, PartialEq)]
pub struct CommentJson {
    /// From the first bracket to the last; to the end of the comment where the brackets do not balance.
    pub span: Span,
    /// The text without comment markers, lines joined by `\n`. Not checked to be JSON.
    pub text: String,
    /// For each line of `text`: where it begins in `text`, and where it stands in the file.
    pub lines: Vec<(usize, Span)>,
}

/// `@name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name without its `@`.
    pub name: Spanned<String>,
    /// The value as written; it may hold `{{other}}` variables.
    pub value: Spanned<String>,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// From the method to the end of the body.
    pub span: Span,
    /// In upper case; `GET` where none is written.
    pub method: Spanned<String>,
    /// As written, continuation lines joined, without ` HTTP/x`.
    pub url: Spanned<String>,
    /// `HTTP/1.1`
    pub version: Option<Spanned<String>>,
    /// In the order written.
    pub headers: Vec<Header>,
    /// The body without the blank lines around it.
    pub body: Option<Body>,
    /// What only some tools understand, in or after the request.
    pub not_portable: Vec<NotPortable>,
    /// The comment lines below the request line; no annotation has a meaning there.
    pub comments: Vec<Comment>,
}

/// A comment line below a request line.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// The line with its marker, without the blanks around it.
    pub text: Spanned<String>,
    /// What it stands above.
    pub above: CommentPlace,
}

/// Where a comment stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentPlace {
    /// Above the header of that index, or below all of them.
    Header(usize),
    /// Above the body line of that index, or below all of them.
    BodyLine(usize),
}

/// `Name: value`
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// As written.
    pub name: Spanned<String>,
    /// Trimmed.
    pub value: Spanned<String>,
}

/// What a request sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// From its first to its last line.
    pub span: Span,
    /// The text with comment lines and what is not portable left out, lines joined by `\n`: as it is sent, but for
    /// variables. In `multipart/form-data` lines are joined by `\r\n`; in `application/x-www-form-urlencoded` a line
    /// that begins with `&` goes on with the line above it.
    pub text: String,
    /// For each line of `text`: where it begins in `text`, and where it stands in the file.
    pub lines: Vec<(usize, Span)>,
    /// The path of `< ./file`, when the whole body is a file.
    pub file: Option<Spanned<String>>,
}

/// A construct that not every tool reads alike.
#[derive(Clone, Debug, PartialEq)]
pub struct NotPortable {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: NotPortableKind,
    /// As written, lines joined by `\n`.
    pub text: String,
    /// The index of the body line it stands above, or one past the last; 0 above a request line.
    pub above: usize,
}

/// The constructs that not every tool reads alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPortableKind {
    /// `> {% … %}` or `< {% … %}`
    Handler,
    /// `> ./script.js`
    HandlerFile,
    /// `>> file` or `>>! file`
    Redirect,
    /// `<> file`
    ResponseFile,
    /// `?? …`
    Assertion,
    /// `HTTP/1.1 200 …` in a request's body
    InlineResponse,
    /// `{{ … }}` on lines of its own: a script
    Script,
    /// `import file.http`, `run #name`
    Import,
}

impl Request {
    /// The value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Spanned<String>> {
        self.headers.iter().find(|header| header.name.value.eq_ignore_ascii_case(name)).map(|header| &header.value)
    }

    /// The names of the headers in the order written; a header that is written twice is one header.
    #[must_use]
    pub fn header_names(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let names = self.headers.iter().map(|header| header.name.value.as_str());
        names.filter(|name| seen.insert(name.to_ascii_lowercase())).collect()
    }
}

impl CommentJson {
    /// Where a byte range of [`CommentJson::text`] stands in the file.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        locate(&self.lines, range)
    }
}

impl Body {
    /// The bytes of the body that stand in the request file: none where a line takes them from another file.
    #[must_use]
    pub fn inline_len(&self) -> usize {
        if self.line_texts().any(|line| included_file(line).is_some()) { 0 } else { self.text.len() }
    }

    /// The lines as they stand in the file.
    pub fn line_texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(begin, span)| &self.text[*begin..begin + (span.end - span.start)])
    }

    /// Where a byte range of [`Body::text`] stands in the file.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        locate(&self.lines, range)
    }
}

fn locate(lines: &[(usize, Span)], range: Range<usize>) -> Span {
    let start = locate_byte(lines, range.start);
    Span::new(start, locate_byte(lines, range.end).max(start))
}

/// A byte of a line break belongs to the end of its line.
fn locate_byte(lines: &[(usize, Span)], byte: usize) -> usize {
    let after = lines.partition_point(|(begin, _)| *begin <= byte);
    let Some((begin, span)) = after.checked_sub(1).and_then(|line| lines.get(line)) else { return 0 };
    (span.start + (byte - begin)).min(span.end)
}

/// The part of `< ./file`, `<@ ./file` or `<@latin1 ./file` after the marker.
pub(crate) fn included_file(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('<')?;
    let rest = rest.strip_prefix('@').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()));
    let path = rest.trim_start_matches([' ', '\t']);
    (path.len() < rest.len() && !path.trim_end().is_empty()).then_some(rest)
}
