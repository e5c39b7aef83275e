//! One request with what is said above it.

use std::rc::Rc;

use httpfile::{Declaration, Diagnostic, Location, Span, Spanned, syntax};

use super::RequestFile;
use super::url::Url;
use crate::codes;
use crate::model::{Assertion, Capture, ParameterPlace, Security};
use crate::text::Json;

/// A request and its annotations.
#[derive(Debug)]
pub(crate) struct RequestLine<'a> {
    pub(crate) file: &'a RequestFile<'a>,
    pub(crate) request: &'a syntax::Request,
    pub(crate) url: Option<Url>,
    pub(crate) test_id: Option<&'a Spanned<String>>,
    pub(crate) title: Option<&'a Spanned<String>>,
    pub(crate) name: Option<&'a Spanned<String>>,
    pub(crate) operation: Option<&'a Spanned<String>>,
    pub(crate) summary: Option<&'a Spanned<String>>,
    pub(crate) description: Option<&'a Spanned<String>>,
    pub(crate) prose: Option<String>,
    pub(crate) tags: Option<(&'a [Spanned<String>], Location)>,
    pub(crate) security: Option<Security>,
    /// With the reason that is given.
    pub(crate) deprecated: Option<(Option<&'a Spanned<String>>, Location)>,
    pub(crate) parameters: Vec<(ParameterPlace, &'a Declaration)>,
    pub(crate) body: Option<BodyLine<'a>>,
    pub(crate) responses: Vec<ResponseLine<'a>>,
    pub(crate) expect: Option<Expectation>,
    pub(crate) within: Option<u64>,
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) captures: Vec<Capture>,
    /// Whether a line that says something of the operation could not be read, which has been reported.
    pub(crate) unreadable: bool,
}

/// `@body` with its fields.
#[derive(Debug)]
pub(crate) struct BodyLine<'a> {
    pub(crate) name: Option<&'a Spanned<String>>,
    pub(crate) binary: bool,
    pub(crate) media: Option<&'a Spanned<String>>,
    pub(crate) description: Option<&'a Spanned<String>>,
    pub(crate) fields: Vec<&'a Declaration>,
    /// Whether a field could not be read, which has been reported.
    pub(crate) unreadable: bool,
    pub(crate) span: Span,
}

/// `@response` with its headers, fields and examples.
#[derive(Debug)]
pub(crate) struct ResponseLine<'a> {
    pub(crate) status: Spanned<u16>,
    pub(crate) name: Option<&'a Spanned<String>>,
    pub(crate) media: Option<&'a Spanned<String>>,
    pub(crate) description: Option<&'a Spanned<String>>,
    pub(crate) headers: Vec<&'a Declaration>,
    pub(crate) fields: Vec<&'a Declaration>,
    pub(crate) samples: Vec<Rc<Json>>,
    /// Whether a sample could not be read, which has been reported.
    pub(crate) unreadable: bool,
    pub(crate) span: Span,
}

/// `@expect` with its examples.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) status: Spanned<u16>,
    pub(crate) samples: Vec<Rc<Json>>,
    /// Whether a sample could not be read, which has been reported.
    pub(crate) unreadable: bool,
}

impl<'a> ResponseLine<'a> {
    pub(crate) fn new(
        status: Spanned<u16>,
        name: Option<&'a Spanned<String>>,
        media: Option<&'a Spanned<String>>,
        description: Option<&'a Spanned<String>>,
        span: Span,
    ) -> Self {
        let (headers, fields, samples) = (Vec::new(), Vec::new(), Vec::new());
        Self { status, name, media, description, headers, fields, samples, unreadable: false, span }
    }
}

impl<'a> RequestLine<'a> {
    pub(crate) fn new(
        file: &'a RequestFile<'a>,
        block: &'a syntax::Block,
        request: &'a syntax::Request,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let separator = |test: fn(&&syntax::Separator) -> bool| block.separators.iter().rev().find(test);
        let line = Self {
            file,
            request,
            url: None,
            test_id: separator(|s| s.test_id.is_some()).and_then(|s| s.test_id.as_ref()),
            title: separator(|s| !s.title.value.is_empty()).map(|s| &s.title),
            name: None,
            operation: None,
            summary: None,
            description: None,
            prose: None,
            tags: None,
            security: None,
            deprecated: None,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            expect: None,
            within: None,
            assertions: Vec::new(),
            captures: Vec::new(),
            unreadable: false,
        };
        Self { url: line.read_url(out), ..line }
    }

    fn read_url(&self, out: &mut Vec<Diagnostic>) -> Option<Url> {
        let (file, url) = (self.file, &self.request.url);
        file.scope.check(file.id, url, file.source, out);
        for header in &self.request.headers {
            file.scope.check(file.id, &header.value, file.source, out);
        }
        Url::parse(&url.value)
            .map_err(|reason| {
                out.push(
                    Diagnostic::error(codes::UNSUPPORTED_URL, file.at(url.span), reason)
                        .help("write `{{baseUrl}}/path/{{parameter}}`"),
                );
            })
            .ok()
    }

    /// Where the request line stands.
    pub(crate) fn location(&self) -> Location {
        let start = self.request.method.span.start.min(self.request.url.span.start);
        self.file.at(Span::new(start, self.request.url.span.end))
    }

    /// The test id, else the name.
    pub(crate) fn key(&self) -> Option<&'a str> {
        self.test_id.or(self.name).map(|key| key.value.as_str())
    }

    /// Whether its body takes part in inference and is an example: not when it is wrong on purpose.
    pub(crate) fn is_example(&self) -> bool {
        !self.expect.as_ref().is_some_and(|e| matches!(e.status.value, 400 | 413 | 415 | 422))
    }

    /// The value of a header of the request, variables replaced.
    pub(crate) fn header(&self, name: &str) -> Option<(String, Location)> {
        let header = self.request.headers.iter().find(|h| h.name.value.eq_ignore_ascii_case(name))?;
        Some((self.file.scope.resolve(&header.value.value), self.file.at(header.value.span)))
    }

    /// The first line that declares something of an operation.
    pub(crate) fn first_declaration(&self) -> Option<(&'static str, Location)> {
        let at = |span| self.file.at(span);
        let place = |p: &(ParameterPlace, &Declaration)| {
            let tag = match p.0 {
                ParameterPlace::Path => "@path",
                ParameterPlace::Query => "@query",
                ParameterPlace::Header => "@header",
            };
            (tag, at(p.1.path.span))
        };
        let found = [
            self.responses.first().map(|r| ("@response", at(r.span))),
            self.body.as_ref().map(|b| ("@body", at(b.span))),
            self.parameters.first().map(place),
            self.tags.map(|(_, location)| ("@tag", location)),
            self.deprecated.map(|(_, location)| ("@deprecated", location)),
        ];
        found.into_iter().flatten().next()
    }
}
