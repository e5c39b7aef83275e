//! What an operation is sent.

use std::rc::Rc;

use httpfile::{Declaration, Diagnostic, Location, Spanned};

use super::{Assembler, Check, Checked, Keys, MediaKind, example_key};
use crate::codes;
use crate::group::Group;
use crate::infer::{Evidence, Fields, Place};
use crate::lower::{BodyLine, RequestLine};
use crate::model::{Content, Example, Kind, Media, Schema};
use crate::text::{Json, Text};

impl Assembler<'_> {
    pub(super) fn body(&mut self, group: &Group, name: &str) -> Option<Content> {
        let line = group.primary.body.as_ref();
        let senders: Vec<&RequestLine> = group.examples().filter(|r| r.request.body.is_some()).collect();
        if line.is_none() && senders.is_empty() {
            return None;
        }
        let location = match line {
            Some(line) => group.primary.file.at(line.span),
            None => body_location(senders[0]),
        };
        let method = group.primary.request.method.value.as_str();
        if matches!(method, "GET" | "HEAD") {
            let message = format!("a {method} request has no body");
            self.report(
                Diagnostic::error(codes::BODY_NOT_ALLOWED, location, message)
                    .help("send it with POST, PUT or PATCH, or as query parameters"),
            );
            return None;
        }
        self.always_sent(group);
        let media = self.body_media(group, line, &senders)?;
        let senders = self.of_media(senders, media);
        let description = line.and_then(|l| l.description).map(|d| d.value.clone());
        if media == MediaKind::Binary {
            if let Some(line) = line {
                self.only_bytes(group, line.name, &line.fields, None);
            }
            return Some(Content { description, media: Media::Binary, examples: Vec::new(), location });
        }
        let sent = senders.len();
        let documents: Vec<(&RequestLine, Json)> =
            senders.into_iter().filter_map(|r| Some((r, self.document(r)?))).collect();
        let unreadable = documents.len() < sent || line.is_some_and(|l| l.unreadable);
        let schema = self.body_schema(group, line, (name, unreadable), &documents, location);
        let (mut examples, mut keys) = (Vec::new(), Keys::default());
        for (request, json) in documents {
            examples.push(Example {
                key: keys.unique(example_key(group, request)),
                summary: request.summary.or(request.title).map(|t| t.value.clone()),
                value: json.value.clone(),
                location: body_location(request),
            });
            self.checks.push(Check { schema: schema.clone(), value: Checked::Document(Rc::new(json)) });
        }
        Some(Content { description, media: Media::Json(schema), examples, location })
    }

    fn body_schema(
        &mut self,
        group: &Group,
        line: Option<&BodyLine>,
        (name, unreadable): (&str, bool),
        documents: &[(&RequestLine, Json)],
        location: Location,
    ) -> Schema {
        let declarations = line.iter().flat_map(|l| l.fields.iter().copied());
        let fields = Fields::new(group.primary.file.id, declarations, &mut self.registry.diagnostics);
        let evidence = Evidence::new(documents.iter().map(|(_, json)| json));
        let mut place = Place::root(format!("{name}Request"), &fields, evidence, location);
        let given = line.and_then(|l| l.name);
        if unreadable {
            place.sampled = false;
            self.registry.broken(given.map_or(&place.name, |g| &g.value));
        }
        match given {
            Some(given) => self.registry.named(&given.value, group.primary.file.at(given.span), &place),
            None if documents.is_empty() && !fields.has_children() && unreadable => Schema::new(Kind::Any, location),
            None if documents.is_empty() && !fields.has_children() => {
                let message = "type unknown: nothing says what the body is";
                self.report(
                    Diagnostic::error(codes::TYPE_UNKNOWN, location, message)
                        .help("write the body below the request, name a schema, or add `@field` lines"),
                );
                Schema::new(Kind::Any, location)
            }
            None => self.registry.infer(&place),
        }
    }

    /// The media type that is declared, else that of the first request that says one.
    fn body_media(&mut self, group: &Group, line: Option<&BodyLine>, senders: &[&RequestLine]) -> Option<MediaKind> {
        if line.is_some_and(|l| l.binary) {
            return Some(MediaKind::Binary);
        }
        if let Some(media) = line.and_then(|l| l.media) {
            return self.media(&media.value, group.primary.file.at(media.span));
        }
        match senders.iter().find_map(|r| r.header("Content-Type")) {
            Some((text, location)) => self.media(&text, location),
            None => Some(MediaKind::Json),
        }
    }

    /// Those requests that send what the operation takes; the others are reported.
    fn of_media<'r, 'a>(&mut self, senders: Vec<&'r RequestLine<'a>>, media: MediaKind) -> Vec<&'r RequestLine<'a>> {
        let mut fitting = Vec::with_capacity(senders.len());
        for request in senders {
            let Some((text, location)) = request.header("Content-Type") else {
                if media == MediaKind::Binary || starts_as_json(request) {
                    fitting.push(request);
                    continue;
                }
                self.report(
                    Diagnostic::error(
                        codes::UNSUPPORTED_MEDIA_TYPE,
                        body_location(request),
                        "the body has no media type",
                    )
                    .help("add the header `Content-Type: application/json`"),
                );
                continue;
            };
            match self.media(&text, location) {
                Some(kind) if kind == media => fitting.push(request),
                Some(_) => self.report(
                    Diagnostic::error(
                        codes::UNSUPPORTED_MEDIA_TYPE,
                        location,
                        format!("the operation does not take `{text}`"),
                    )
                    .help("an operation takes one media type; a request that is refused says `@expect 415`"),
                ),
                None => {}
            }
        }
        fitting
    }

    fn document(&mut self, request: &RequestLine) -> Option<Json> {
        let body = request.request.body.as_ref()?;
        let out = &mut self.registry.diagnostics;
        if let Some(path) = &body.file {
            let location = request.file.at(path.span);
            return match self.files.relative(request.file.path, &request.file.scope.resolve(&path.value)) {
                Ok((id, source)) => Text::file(id, source.text()).json("the body", out),
                Err(path) => {
                    out.push(crate::lower::not_found(location, &path));
                    None
                }
            };
        }
        Text::new(request.file.id, &body.text, &body.lines, &request.file.scope, out).json("the body", out)
    }

    /// Reports what is said of a stream of bytes as if it were JSON.
    pub(super) fn only_bytes(
        &mut self,
        group: &Group,
        name: Option<&Spanned<String>>,
        fields: &[&Declaration],
        sample: Option<Location>,
    ) {
        let at = |span| group.primary.file.at(span);
        let found = [
            name.map(|name| (at(name.span), "a stream of bytes has no schema")),
            fields.first().map(|field| (at(field.path.span), "a stream of bytes has no fields")),
            sample.map(|location| (location, "a stream of bytes has no JSON")),
        ];
        for (location, message) in found.into_iter().flatten() {
            self.report(
                Diagnostic::error(codes::UNKNOWN_NAME, location, message).help("remove it, or use `application/json`"),
            );
        }
    }

    /// A request that succeeds without the body that the others send: a body is always required.
    fn always_sent(&mut self, group: &Group) {
        let succeeds = |r: &&RequestLine| r.expect.as_ref().is_none_or(|e| (200..300).contains(&e.status.value));
        let without = group.examples().filter(succeeds).filter(|r| r.request.body.is_none());
        for request in without.collect::<Vec<_>>() {
            if std::ptr::eq(request, group.primary) {
                continue;
            }
            let message = format!("`{}` takes a body, and this request sends none", group.id);
            self.report(
                Diagnostic::error(codes::UNSUPPORTED_FEATURE, request.location(), message)
                    .also(group.primary.location(), "the operation is declared here")
                    .help("send a body, if only `{}`: a body that may be left out is not supported"),
            );
        }
    }
}

fn body_location(request: &RequestLine) -> Location {
    request.file.at(request.request.body.as_ref().map_or(request.request.span, |b| b.span))
}

fn starts_as_json(request: &RequestLine) -> bool {
    let Some(body) = &request.request.body else { return false };
    match &body.file {
        Some(path) => path.value.ends_with(".json"),
        None => body.text.trim_start().starts_with(['{', '[']),
    }
}
