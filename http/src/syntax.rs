//! The tree of one request file. Every node carries its place; no node borrows the text.

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
    /// A blank line, or a comment with nothing in it: ends a paragraph of prose.
    Blank(Span),
    /// A comment line without its marker.
    Prose(Spanned<String>),
    /// `# @tag payload`
    Annotation(Annotation),
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
    /// From the first bracket to the last.
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
    /// The text with comment lines left out, lines joined by `\n`.
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
}
