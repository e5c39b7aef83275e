//! The rules of a request.

use super::Report;
use crate::payload::TAGS;
use crate::syntax::{CommentPlace, Request};
use crate::text::is_blank;
use crate::{Diagnostic, Span, Spanned, codes, scan};

impl Report<'_> {
    pub(super) fn method_case(&mut self, request: &Request) {
        let span = request.method.span;
        let written = &self.text[span.start..span.end];
        if written.is_empty() || written == request.method.value {
            return;
        }
        let message = format!("the method `{written}` is not written in upper case");
        let diagnostic = Diagnostic::warning(codes::METHOD_CASE, self.location(span), message)
            .help(format!("write `{}`; some tools read the line as a GET otherwise", request.method.value));
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn request(&mut self, request: &Request) {
        self.request_line(request);
        self.hash_in_headers(request);
        self.annotations_below(request);
        self.bad_header(request);
        for item in &request.not_portable {
            self.not_portable(item);
        }
        self.chaining(&request.url.value, |range| {
            let start = request.url.span.start;
            // The URL may go on over several lines; its span then holds more than its text.
            Span::new((start + range.start).min(request.url.span.end), (start + range.end).min(request.url.span.end))
        });
        for header in &request.headers {
            let start = header.value.span.start;
            self.chaining(&header.value.value, |range| Span::new(start + range.start, start + range.end));
        }
        if let Some(body) = &request.body {
            self.chaining(&body.text, |range| body.locate(range));
        }
    }

    fn request_line(&mut self, request: &Request) {
        let url = &request.url;
        let has_method = !request.method.span.is_empty();
        let is_missing = url.value.is_empty() || scan::is_version(&url.value);
        if is_missing || (!has_method && scan::is_method(&url.value)) {
            self.error(
                codes::MISSING_URL,
                Span::new(request.method.span.start, url.span.end),
                "this request line has no URL",
                "",
                "write the method and the URL on one line: `GET {{baseUrl}}/path`",
            );
        } else if !has_method && url.value.starts_with('@') {
            self.error(
                codes::BAD_VARIABLE,
                url.span,
                "this line begins with `@` and gives no variable a value",
                "some tools send this as a GET",
                "write `@name = value`, or `# @tag …` for an annotation",
            );
        }
    }

    fn hash_in_headers(&mut self, request: &Request) {
        for comment in &request.comments {
            let CommentPlace::Header(above) = comment.above else { continue };
            let is_bare = comment.text.value.strip_prefix('#').is_some_and(|rest| !rest.starts_with(is_blank));
            if is_bare && above < request.headers.len() {
                self.error(
                    codes::HASH_IN_HEADERS,
                    comment.text.span,
                    "this comment makes some tools lose the headers below it",
                    "no blank and text after the `#`",
                    "write `# text` with a blank after the `#`, or move it above the request line",
                );
            }
        }
    }

    /// Finds annotations that nothing reads.
    fn annotations_below(&mut self, request: &Request) {
        for Spanned { value: line, span } in request.comments.iter().map(|comment| &comment.text) {
            let Some(content) = scan::comment(line).and_then(|at| line[at..].trim_matches(is_blank).strip_prefix('@'))
            else {
                continue;
            };
            let word = content.find(|c: char| !c.is_ascii_alphanumeric()).map_or(content, |end| &content[..end]);
            if TAGS.iter().any(|(tag, _)| *tag == word) {
                let message = format!("this `@{word}` stands below the request line, where it says nothing");
                self.error(codes::MISPLACED_TAG, *span, message, "", "move it above the request line");
            }
        }
    }

    /// Finds a line that ended the headers without being blank.
    fn bad_header(&mut self, request: &Request) {
        let Some(body) = &request.body else { return };
        let Some((_, first)) = body.lines.first() else { return };
        let head_end = [&request.version, &Some(request.url.clone())]
            .into_iter()
            .flatten()
            .map(|part| part.span.end)
            .chain(request.headers.last().map(|header| header.value.span.end))
            .max();
        let Some(between) = head_end.and_then(|end| self.text.get(end..first.start)) else { return };
        // The first piece ends the line above, the last one begins the body's own line.
        let pieces = between.split('\n').count();
        let has_blank = between.split('\n').skip(1).take(pieces.saturating_sub(2)).any(scan::is_blank_line);
        if !has_blank && request.not_portable.iter().all(|item| item.span.start > first.start) {
            self.error(
                codes::BAD_HEADER,
                *first,
                "this line is not a header, and no blank line separates it as a body",
                "read as the first line of the body",
                "write `Name: value`, or put a blank line above the body",
            );
        }
    }
}
