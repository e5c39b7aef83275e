//! Writes a tree as text, in the one canonical form.
//!
//! Reading what was printed gives the same tree (but for places), so printing twice changes nothing. One blank line
//! stands between blocks and above a body; comments begin with `# `.

use std::iter::Peekable;
use std::slice::Iter;

use crate::syntax::{Block, Body, Comment, CommentPlace, File, Leading, NotPortable, Request, Separator};
use crate::text::is_blank;

/// The text of a tree.
#[must_use]
pub fn print(file: &File) -> String {
    let mut blocks = file.blocks.iter().map(block).filter(|text| !text.is_empty());
    let mut text = blocks.next().unwrap_or_default();
    for block in blocks {
        text.push('\n');
        text.push_str(&block);
    }
    text
}

fn block(block: &Block) -> String {
    let mut out = String::new();
    for Separator { test_id, title, .. } in &block.separators {
        let id = test_id.as_ref().map(|id| format!("{}:", id.value));
        let words = id.iter().map(String::as_str).chain([title.value.as_str()]).filter(|word| !word.is_empty());
        line(&mut out, &std::iter::once("###").chain(words).collect::<Vec<_>>().join(" "));
    }
    for item in &block.leading {
        leading(&mut out, item);
    }
    if let Some(request) = &block.request {
        self::request(&mut out, request);
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn leading(out: &mut String, item: &Leading) {
    match item {
        Leading::Blank(span) if span.start == span.end => line(out, ""),
        Leading::Blank(_) => line(out, "#"),
        Leading::Prose(text) => comment(out, &text.value),
        Leading::Annotation(annotation) => {
            let name = &annotation.name.value;
            let tag = if name == "Expected" { "Expected:".to_owned() } else { format!("@{name}") };
            let payload = &annotation.payload.value;
            comment(out, if payload.is_empty() { tag } else { format!("{tag} {payload}") }.as_str());
        }
        Leading::Json(json) => json.text.split('\n').for_each(|text| comment(out, text)),
        Leading::ExampleFile(path) => comment(out, &format!("< {}", path.value)),
        Leading::Variable(variable) => {
            line(out, format!("@{} = {}", variable.name.value, variable.value.value).trim_end_matches(is_blank));
        }
        Leading::NotPortable(NotPortable { text, .. }) => line(out, text),
    }
}

fn comment(out: &mut String, text: &str) {
    line(out, if text.is_empty() { "#".to_owned() } else { format!("# {text}") }.as_str());
}

fn request(out: &mut String, request: &Request) {
    out.push_str(&request.method.value);
    let version = request.version.as_ref().map(|version| version.value.as_str());
    for word in [Some(request.url.value.as_str()), version].into_iter().flatten().filter(|word| !word.is_empty()) {
        out.push(' ');
        out.push_str(word);
    }
    out.push('\n');
    let mut comments = request.comments.iter().peekable();
    for (index, header) in request.headers.iter().enumerate() {
        comments_above(out, &mut comments, CommentPlace::Header(index));
        line(out, format!("{}: {}", header.name.value, header.value.value).trim_end_matches(is_blank));
    }
    comments_above(out, &mut comments, CommentPlace::Header(request.headers.len()));
    body(out, request, comments);
}

type Comments<'t> = Peekable<Iter<'t, Comment>>;

/// The comments are in the order of their places, so each is looked at once.
fn comments_above(out: &mut String, comments: &mut Comments<'_>, place: CommentPlace) {
    while let Some(comment) = comments.next_if(|comment| comment.above == place) {
        line(out, &comment.text.value);
    }
}

fn body(out: &mut String, request: &Request, mut comments: Comments<'_>) {
    let lines: Vec<_> = request.body.iter().flat_map(Body::line_texts).collect();
    if !lines.is_empty() || comments.peek().is_some() {
        line(out, "");
    }
    let mut not_portable = request.not_portable.iter().peekable();
    for (index, text) in lines.iter().enumerate() {
        comments_above(out, &mut comments, CommentPlace::BodyLine(index));
        while let Some(item) = not_portable.next_if(|item| item.above == index) {
            line(out, &item.text);
        }
        line(out, text);
    }
    comments.for_each(|comment| line(out, &comment.text.value));
    for item in not_portable {
        line(out, "");
        line(out, &item.text);
    }
}
