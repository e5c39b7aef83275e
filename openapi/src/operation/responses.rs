//! What an operation answers.

use std::rc::Rc;

use httpfile::{Diagnostic, Location};

use super::{Assembler, Check, Checked, Keys, MediaKind, example_key};
use crate::codes;
use crate::group::Group;
use crate::infer::{Evidence, Fields, Place, path_text};
use crate::lower::{Expectation, RequestLine, ResponseLine};
use crate::model::{Content, Example, Media, Response, ResponseHeader, Schema};
use crate::text::Json;

/// Headers that a server sends by itself. One that is declared would be sent twice.
const OF_EVERY_ANSWER: [&str; 5] = ["connection", "content-length", "content-type", "date", "transfer-encoding"];

/// One JSON answer, with the request that it answers.
struct Answer<'r, 'a> {
    request: &'r RequestLine<'a>,
    json: &'r Rc<Json>,
}

impl Assembler<'_> {
    pub(super) fn responses(&mut self, group: &Group, name: &str) -> Vec<Response> {
        let mut responses: Vec<Response> = Vec::new();
        for line in &group.primary.responses {
            let location = group.primary.file.at(line.status.span);
            if let Some(first) = responses.iter().find(|r| r.status == line.status.value) {
                let message = format!("`{}` answers {} twice", group.id, line.status.value);
                let first = first.location;
                self.report(
                    Diagnostic::error(codes::DUPLICATE_NAME, location, message)
                        .also(first, "declared here first")
                        .help("an operation has one response of each status"),
                );
                continue;
            }
            responses.push(self.response(group, line, name, location));
        }
        self.check_expectations(group, &responses);
        responses.sort_by_key(|r| r.status);
        responses
    }

    fn response(&mut self, group: &Group, line: &ResponseLine, name: &str, location: Location) -> Response {
        let status = line.status.value;
        let description = match line.description {
            Some(text) => text.value.clone(),
            None => http::StatusCode::from_u16(status)
                .ok()
                .and_then(|s| s.canonical_reason())
                .map_or_else(|| format!("Status {status}"), str::to_owned),
        };
        let headers = self.response_headers(group, line);
        let content = self.response_content(group, line, name, location);
        if content.is_some() && (status < 200 || matches!(status, 204 | 205 | 304)) {
            let message = format!("an answer with status {status} has no body");
            self.report(
                Diagnostic::error(codes::BODY_NOT_ALLOWED, location, message)
                    .help("remove its schema and its example, or use another status"),
            );
        }
        Response { status, description, headers, content, location }
    }

    fn response_headers(&mut self, group: &Group, line: &ResponseLine) -> Vec<ResponseHeader> {
        let mut headers: Vec<ResponseHeader> = Vec::new();
        for declaration in &line.headers {
            let name = path_text(&declaration.path.value);
            let location = group.primary.file.at(declaration.path.span);
            if OF_EVERY_ANSWER.contains(&name.to_ascii_lowercase().as_str()) {
                let message = format!("the header `{name}` follows from the body");
                self.report(Diagnostic::error(codes::MISPLACED_TAG, location, message).help("remove the line"));
                continue;
            }
            if headers.iter().any(|h| h.name.eq_ignore_ascii_case(&name)) {
                let message = format!("the header `{name}` is declared twice");
                self.report(
                    Diagnostic::error(codes::DUPLICATE_NAME, location, message).help("remove one of the two lines"),
                );
                continue;
            }
            let place = Place::bare(&name, location);
            let mut schema = self.registry.declared_schema(group.primary.file.id, declaration, &place);
            let description = schema.description.take();
            headers.push(ResponseHeader { name, required: !declaration.optional, description, schema, location });
        }
        headers
    }

    fn response_content(
        &mut self,
        group: &Group,
        line: &ResponseLine,
        name: &str,
        location: Location,
    ) -> Option<Content> {
        let status = line.status.value;
        let answers = answers(group, line);
        let media = match line.media {
            Some(media) => self.media(&media.value, group.primary.file.at(media.span))?,
            None => MediaKind::Json,
        };
        if media == MediaKind::Binary {
            self.only_bytes(group, line.name, &line.fields, answers.first().map(|answer| answer.json.at(&[])));
            return Some(Content { description: None, media: Media::Binary, examples: Vec::new(), location });
        }
        let unreadable = line.unreadable || expectations(group, line).any(|(_, e)| e.unreadable);
        if line.name.is_none() && line.fields.is_empty() && answers.is_empty() && (line.media.is_none() || unreadable) {
            return None;
        }
        let infix = if (200..300).contains(&status) { String::new() } else { status.to_string() };
        let name = format!("{name}{infix}Response");
        if unreadable {
            self.registry.broken(line.name.map_or(&name, |given| &given.value));
        }
        let schema = self.response_schema(group, line, (name, unreadable), &answers, location);
        let (mut examples, mut keys) = (Vec::new(), Keys::default());
        for Answer { request, json } in answers {
            examples.push(Example {
                key: keys.unique(example_key(group, request)),
                summary: self.answer_summary(group, line, request),
                value: json.value.clone(),
                location: json.at(&[]),
            });
            self.check_document(&schema, json);
        }
        Some(Content { description: None, media: Media::Json(schema), examples, location })
    }

    /// An answer of the primary request that it does not get itself is described by its response.
    fn answer_summary(&self, group: &Group, line: &ResponseLine, request: &RequestLine) -> Option<String> {
        let own = !std::ptr::eq(request, group.primary) || (200..300).contains(&line.status.value);
        let title = request.summary.or(request.title);
        let text = if own { title.or(line.description) } else { line.description.or(title) };
        text.map(|t| t.value.clone())
    }

    fn response_schema(
        &mut self,
        group: &Group,
        line: &ResponseLine,
        (name, unreadable): (String, bool),
        answers: &[Answer],
        location: Location,
    ) -> Schema {
        let file = group.primary.file;
        let fields = Fields::new(file.id, line.fields.iter().copied(), &mut self.registry.diagnostics);
        let mut place = Place::root(name, &fields, Evidence::new(answers.iter().map(|a| &**a.json)), location);
        place.sampled &= !unreadable;
        match line.name {
            Some(given) => self.registry.named(&given.value, file.at(given.span), &place),
            None => self.registry.infer(&place),
        }
    }

    /// Every request that expects a status must find it declared.
    fn check_expectations(&mut self, group: &Group, responses: &[Response]) {
        for request in &group.requests {
            let Some(expect) = &request.expect else { continue };
            let status = expect.status.value;
            if responses.iter().any(|r| r.status == status) || group.primary.unreadable {
                continue;
            }
            let known: Vec<String> = responses.iter().map(|r| r.status.to_string()).collect();
            let message = format!("`{}` does not declare the status {status}", group.id);
            let help = format!(
                "add `# @response {status} Name - text` to its primary request; it declares {}",
                or_none(&known)
            );
            self.report(
                Diagnostic::error(codes::EXPECT_WITHOUT_RESPONSE, request.file.at(expect.status.span), message)
                    .also(group.primary.location(), "the operation is declared here")
                    .help(help),
            );
        }
    }

    fn check_document(&mut self, schema: &Schema, json: &Rc<Json>) {
        self.checks.push(Check { schema: schema.clone(), value: Checked::Document(Rc::clone(json)) });
    }
}

/// The JSON below the response, then the answers that requests expect with its status.
fn answers<'r, 'a>(group: &Group<'r, 'a>, line: &'r ResponseLine<'a>) -> Vec<Answer<'r, 'a>> {
    let declared = line.samples.iter().map(|json| Answer { request: group.primary, json });
    let expected = expectations(group, line)
        .flat_map(|(request, expect)| expect.samples.iter().map(move |json| Answer { request, json }));
    declared.chain(expected).collect()
}

/// The requests that expect the status of a response.
fn expectations<'r, 'a>(
    group: &Group<'r, 'a>,
    line: &'r ResponseLine<'a>,
) -> impl Iterator<Item = (&'r RequestLine<'a>, &'r Expectation)> {
    let expect = |request: &'r RequestLine<'a>| Some((request, request.expect.as_ref()?));
    group.requests.iter().filter_map(move |r| expect(r)).filter(|(_, e)| e.status.value == line.status.value)
}

fn or_none(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}
