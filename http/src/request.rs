//! Reads one request: its head by the grammar, its body line by line.

use crate::block::Lines;
use crate::grammar::{Node, Shape, read};
use crate::syntax::{Body, Comment, CommentPlace, Header, NotPortable, Request, included_file};
use crate::text::{is_blank, trim};
use crate::{Span, Spanned, leading, scan};

/// The request whose first line is `at`, and the index of the line at which the next block begins.
pub(crate) fn request(lines: &Lines<'_>, at: usize) -> (Request, usize) {
    let (mut request, body_start) = head(lines, at);
    let media = request.header("content-type").map_or(String::new(), |value| value.value.to_ascii_lowercase());
    let mut body = BodyReader::new(lines, Media::of(&media));
    let stop = body.read(body_start);
    body.finish(&mut request);
    (request, stop)
}

/// Request line and headers, and the index of the line below them.
fn head(lines: &Lines<'_>, at: usize) -> (Request, usize) {
    // A request line without a separator ends the head as well, so that no line is read again for the next block.
    let ends = |index: &usize| {
        let line = lines.line(*index);
        scan::is_blank_line(line) || scan::is_request_line(line) || lines.not_portable(*index).is_some()
    };
    let end = (at + 1..lines.len()).find(ends).unwrap_or(lines.len());
    let span = Span::new(lines.spans[at].start, lines.spans[end - 1].end);
    let nodes = read(Shape::head, lines.text, span).map(|head| head.children).unwrap_or_default();
    let mut nodes = nodes.into_iter().peekable();
    let first = nodes.next().map_or(lines.spans[at], |node| node.span);
    let mut request = request_line(lines.text, first);
    let mut next = at + 1;
    while let Some(node) = nodes.next_if(|node| node.shape != Shape::other) {
        match node.shape {
            Shape::comment => request.comments.push(comment(lines.text, node.span, &request)),
            Shape::continuation if request.headers.is_empty() => continue_url(lines.text, node.span, &mut request),
            Shape::header => request.headers.push(header(lines.text, &node)),
            _ => break,
        }
        next += 1;
    }
    request.span.end = request.headers.last().map_or(request.span.end, |last| last.value.span.end);
    (request, next)
}

fn comment(text: &str, span: Span, request: &Request) -> Comment {
    let (value, span) = trim(text, span);
    Comment { text: Spanned::new(value.to_owned(), span), above: CommentPlace::Header(request.headers.len()) }
}

fn header(text: &str, node: &Node) -> Header {
    let part = |shape| {
        let (value, span) = trim(text, node.child(shape).map_or(node.span, |node| node.span));
        Spanned::new(value.to_owned(), span)
    };
    Header { name: part(Shape::header_name), value: part(Shape::header_value) }
}

/// `[method] url [version]`
fn request_line(text: &str, line: Span) -> Request {
    let (content, span) = trim(text, line);
    let word = content.find(is_blank).map_or("", |end| &content[..end]);
    let (method, target) = if scan::is_method(word) {
        let (_, target) = trim(text, Span::new(span.start + word.len(), span.end));
        (Spanned::new(word.to_ascii_uppercase(), Span::new(span.start, span.start + word.len())), target)
    } else {
        (Spanned::new("GET".to_owned(), Span::new(span.start, span.start)), span)
    };
    let (url, version) = target_and_version(text, target);
    Request {
        span,
        method,
        url,
        version,
        headers: Vec::new(),
        body: None,
        not_portable: Vec::new(),
        comments: Vec::new(),
    }
}

fn target_and_version(text: &str, target: Span) -> (Spanned<String>, Option<Spanned<String>>) {
    let (url, version) = scan::split_version(&text[target.start..target.end]);
    let version =
        version.map(|version| Spanned::new(version.to_owned(), Span::new(target.end - version.len(), target.end)));
    (Spanned::new(url.to_owned(), Span::new(target.start, target.start + url.len())), version)
}

/// A line that begins with `?` or `&` below a request line goes on with its URL.
fn continue_url(text: &str, line: Span, request: &mut Request) {
    let (_, line) = trim(text, line);
    let (url, version) = target_and_version(text, line);
    request.url.value.push_str(&url.value);
    request.url.span.end = url.span.end;
    request.version = version.or(request.version.take());
    request.span.end = line.end;
}

/// The media types whose bodies are joined from lines in a way of their own.
#[derive(Clone, Copy, PartialEq)]
enum Media {
    Form,
    MultipartForm,
    /// Its parts may hold whole requests.
    Multipart,
    Other,
}

impl Media {
    fn of(content_type: &str) -> Self {
        let is = |media: &str| content_type.starts_with(media);
        match () {
            () if is("application/x-www-form-urlencoded") => Self::Form,
            () if is("multipart/form-data") => Self::MultipartForm,
            () if is("multipart/") => Self::Multipart,
            () => Self::Other,
        }
    }
}

struct BodyReader<'t> {
    lines: Lines<'t>,
    media: Media,
    /// Body lines with the blank ones around the body.
    kept: Vec<Span>,
    /// Comments with the number of kept lines above them.
    comments: Vec<(Spanned<String>, usize)>,
    not_portable: Vec<NotPortable>,
}

impl<'t> BodyReader<'t> {
    fn new(lines: &Lines<'t>, media: Media) -> Self {
        Self { lines: *lines, media, kept: Vec::new(), comments: Vec::new(), not_portable: Vec::new() }
    }

    /// Reads lines up to the end of the region or to a request line without a separator.
    fn read(&mut self, start: usize) -> usize {
        let may_split = !matches!(self.media, Media::MultipartForm | Media::Multipart);
        let mut after_blank = true;
        let mut at = start;
        while at < self.lines.len() {
            let line = self.lines.line(at);
            if scan::comment(line).is_some() {
                let (text, span) = trim(self.lines.text, self.lines.spans[at]);
                self.comments.push((Spanned::new(text.to_owned(), span), self.kept.len()));
            } else if let Some((kind, end)) = self.lines.not_portable(at) {
                let found = leading::not_portable(&self.lines, kind, at, end);
                self.not_portable.push(NotPortable { above: self.kept.len(), ..found });
                at = end;
                continue;
            } else if may_split && after_blank && scan::is_request_line(line) {
                return self.give_back_comments(at, start);
            } else {
                self.kept.push(self.lines.spans[at]);
                after_blank = scan::is_blank_line(line);
            }
            at += 1;
        }
        at
    }

    /// Comments directly above a request line belong to that request.
    fn give_back_comments(&mut self, mut at: usize, start: usize) -> usize {
        while at > start && scan::comment(self.lines.line(at - 1)).is_some() {
            at -= 1;
            self.comments.pop();
        }
        at
    }

    fn finish(self, request: &mut Request) {
        let text = self.lines.text;
        let is_content = |span: &Span| !scan::is_blank_line(&text[span.start..span.end]);
        let first = self.kept.iter().position(is_content).unwrap_or(self.kept.len());
        let last = self.kept.iter().rposition(is_content).map_or(first, |last| last + 1);
        let lines = &self.kept[first..last];
        let line = |above: usize| above.clamp(first, last) - first;
        for (text, above) in self.comments {
            request.comments.push(Comment { text, above: CommentPlace::BodyLine(line(above)) });
        }
        let place = |item: NotPortable| NotPortable { above: line(item.above), ..item };
        request.not_portable = self.not_portable.into_iter().map(place).collect();
        request.body = body(text, lines, self.media);
        request.span.end = request.body.as_ref().map_or(request.span.end, |body| body.span.end);
    }
}

fn body(text: &str, lines: &[Span], media: Media) -> Option<Body> {
    let (first, last) = (lines.first()?, lines.last()?);
    let mut joined = String::with_capacity(last.end - first.start);
    let mut places = Vec::with_capacity(lines.len());
    for span in lines {
        let line = &text[span.start..span.end];
        joined.push_str(match media {
            _ if places.is_empty() => "",
            Media::Form if line.starts_with('&') => "",
            Media::MultipartForm => "\r\n",
            _ => "\n",
        });
        places.push((joined.len(), *span));
        joined.push_str(line);
    }
    let file = if lines.len() == 1 { body_file(text, *first) } else { None };
    Some(Body { span: Span::new(first.start, last.end), text: joined, lines: places, file })
}

fn body_file(text: &str, line: Span) -> Option<Spanned<String>> {
    let rest = included_file(&text[line.start..line.end])?;
    let (path, span) = trim(text, Span::new(line.end - rest.len(), line.end));
    Some(Spanned::new(path.to_owned(), span))
}
