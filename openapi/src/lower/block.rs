//! One block: its annotations from top to bottom, each handed to what it is about.

use std::rc::Rc;

use httpfile::syntax::Leading;
use httpfile::{Annotation, Declaration, Diagnostic, Location, Predicate, Spanned, Tag, syntax};

use super::request::{BodyLine, Expectation, RequestLine, ResponseLine};
use super::{ApiLine, Declarations, Files, RequestFile, SchemaLine};
use crate::codes;
use crate::model::{self, Assertion, Capture, ParameterPlace, Security};
use crate::pattern;
use crate::text::{Json, Text};

/// What an `@field`, or a JSON document, belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Nothing,
    /// A line that has been reported, together with what is below it.
    Reported,
    Schema(usize),
    Body,
    Response(usize),
    Expect,
}

struct Reader<'a, 'o> {
    file: &'a RequestFile<'a>,
    files: &'o Files<'o>,
    all: &'o mut Declarations<'a>,
    out: &'o mut Vec<Diagnostic>,
    request: Option<RequestLine<'a>>,
    fields_of: Target,
    json_of: Target,
}

pub(crate) fn read<'a>(
    file: &'a RequestFile<'a>,
    block: &'a syntax::Block,
    files: &Files<'_>,
    all: &mut Declarations<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let request = block.request.as_ref().map(|request| RequestLine::new(file, block, request, out));
    let mut reader = Reader { file, files, all, out, request, fields_of: Target::Nothing, json_of: Target::Nothing };
    for (at, leading) in block.leading.iter().enumerate() {
        reader.leading(leading, &block.leading[at + 1..]);
    }
    if let Some(mut request) = reader.request {
        request.prose = prose(&block.leading);
        if let Some(cookie) = request.request.header("cookie") {
            reader.out.push(
                Diagnostic::error(codes::UNSUPPORTED_FEATURE, file.at(cookie.span), "cookies are not supported")
                    .help("send a bearer token with `@security`, or a header of another name"),
            );
        }
        all.requests.push(request);
    }
}

/// All prose, with a blank line between paragraphs.
fn prose(leading: &[Leading]) -> Option<String> {
    let text = |l: &Leading| if let Leading::Prose(text) = l { Some(text.value.trim().to_owned()) } else { None };
    let paragraphs = leading.chunk_by(|a, b| text(a).is_some() && text(b).is_some());
    let paragraphs: Vec<String> = paragraphs
        .map(|lines| lines.iter().filter_map(text).collect::<Vec<_>>().join("\n"))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

impl<'a> Reader<'a, '_> {
    fn leading(&mut self, leading: &'a Leading, rest: &'a [Leading]) {
        match leading {
            Leading::Annotation(annotation) => self.annotation(annotation, rest),
            Leading::Json(json) => {
                let sample = self.comment(json);
                self.sample(sample, self.file.at(json.span));
            }
            Leading::ExampleFile(path) => {
                let sample = self.example_file(path);
                self.sample(sample, self.file.at(path.span));
            }
            Leading::Blank(_) | Leading::Prose(_) | Leading::Variable(_) | Leading::NotPortable(_) => {}
        }
    }

    /// Brackets that do not balance have been reported by the rules of single files.
    fn comment(&mut self, json: &syntax::CommentJson) -> Option<Json> {
        if self.file.unbalanced.contains(&json.span.start) {
            return None;
        }
        let text = Text::new(self.file.id, &json.text, &json.lines, &self.file.scope, self.out);
        text.json("the example", self.out)
    }

    fn example_file(&mut self, path: &Spanned<String>) -> Option<Json> {
        let location = self.file.at(path.span);
        match self.files.relative(self.file.path, &self.file.scope.resolve(&path.value)) {
            Ok((id, source)) => Text::file(id, source.text()).json("the example", self.out),
            Err(path) => {
                self.out.push(not_found(location, &path));
                None
            }
        }
    }

    /// Hands a document to what it is an example of; one that could not be read leaves a mark there.
    fn sample(&mut self, sample: Option<Json>, location: Location) {
        let (samples, unreadable) = match (self.json_of, &mut self.request) {
            (Target::Schema(at), _) => {
                let schema = &mut self.all.schemas[at];
                (&mut schema.samples, &mut schema.unreadable)
            }
            (Target::Response(at), Some(request)) => {
                let response = &mut request.responses[at];
                (&mut response.samples, &mut response.unreadable)
            }
            (Target::Expect, Some(RequestLine { expect: Some(expect), .. })) => {
                (&mut expect.samples, &mut expect.unreadable)
            }
            (Target::Reported, _) => return,
            _ => {
                self.out.push(
                    Diagnostic::error(codes::MISPLACED_TAG, location, "this example belongs to nothing")
                        .help("write it below an `@response`, an `@expect` or a `@schema`; the example of a `@body` is what the request sends"),
                );
                return;
            }
        };
        *unreadable |= sample.is_none();
        samples.extend(sample.map(Rc::new));
    }

    fn annotation(&mut self, annotation: &'a Annotation, rest: &'a [Leading]) {
        let location = self.file.at(annotation.span);
        match &annotation.tag {
            Tag::Api { title, version } => self.all.apis.push(ApiLine {
                title: &title.value,
                version: &version.value,
                description: prose(rest),
                location,
            }),
            Tag::Server { url, description } => {
                self.file.scope.check(self.file.id, url, self.file.source, self.out);
                self.all.servers.push(model::Server {
                    url: self.file.scope.resolve(&url.value),
                    description: text(description),
                    location,
                });
            }
            Tag::Auth { name, scheme, bearer_format, description } => {
                if scheme.value != "bearer" {
                    self.out.push(
                        Diagnostic::error(
                            codes::UNSUPPORTED_FEATURE,
                            self.file.at(scheme.span),
                            "only bearer tokens are supported",
                        )
                        .help(format!("write `@auth {} http bearer`", name.value)),
                    );
                }
                self.all.security_schemes.push(model::SecurityScheme {
                    name: name.value.clone(),
                    scheme: scheme.value.to_ascii_lowercase(),
                    bearer_format: text(bearer_format),
                    description: text(description),
                    location,
                });
            }
            Tag::Schema { name, ty, description } => self.schema(name, ty.as_ref(), description.as_ref()),
            Tag::Tag { names, description } if self.request.is_none() => {
                self.all.tags.extend(names.iter().map(|name| model::Tag {
                    name: name.value.clone(),
                    description: text(description),
                    location: self.file.at(name.span),
                }));
            }
            Tag::Field(declaration) => self.field(declaration),
            Tag::Invalid => self.unreadable(annotation),
            Tag::Foreign | Tag::Unknown => {}
            tag => match &mut self.request {
                Some(request) => {
                    if let Some((fields_of, json_of)) = on_request(request, annotation, tag, self.out) {
                        (self.fields_of, self.json_of) = (fields_of.unwrap_or(self.fields_of), json_of);
                    }
                }
                None => self.without_request(annotation, tag, location),
            },
        }
    }

    /// An annotation that could not be read, which has been reported: what it leaves open is no mistake of its own.
    fn unreadable(&mut self, annotation: &'a Annotation) {
        match annotation.name.value.as_str() {
            "api" => self.all.unreadable.api = true,
            "auth" => self.all.unreadable.auth = true,
            "schema" => {
                let name = annotation.payload.value.split(|c: char| !c.is_alphanumeric()).next();
                self.all.unreadable.schemas.extend(name);
                (self.fields_of, self.json_of) = (Target::Reported, Target::Reported);
            }
            "response" | "expect" | "body" => {
                self.request.iter_mut().for_each(|request| request.unreadable = true);
                (self.fields_of, self.json_of) = (Target::Reported, Target::Reported);
            }
            "operation" => self.request.iter_mut().for_each(|request| request.unreadable = true),
            "field" => match (self.fields_of, &mut self.request) {
                (Target::Schema(at), _) => self.all.schemas[at].unreadable = true,
                (Target::Response(at), Some(request)) => request.responses[at].unreadable = true,
                (Target::Body, Some(RequestLine { body: Some(body), .. })) => body.unreadable = true,
                _ => {}
            },
            _ => {}
        }
    }

    /// The rules of single files report every other tag that needs a request.
    fn without_request(&mut self, annotation: &Annotation, tag: &Tag, location: Location) {
        if matches!(tag, Tag::Summary(_) | Tag::Description(_)) {
            let message = format!("`@{}` stands above no request", annotation.name.value);
            self.out.push(
                Diagnostic::error(codes::MISPLACED_TAG, location, message)
                    .help("move it above the request that it describes"),
            );
        }
    }

    fn schema(
        &mut self,
        name: &'a Spanned<String>,
        ty: Option<&'a Spanned<httpfile::Type>>,
        description: Option<&'a Spanned<String>>,
    ) {
        let line = SchemaLine {
            file: self.file.id,
            name,
            ty,
            description,
            fields: Vec::new(),
            samples: Vec::new(),
            unreadable: false,
        };
        let added = self.all.add_schema(line, self.out);
        self.fields_of = if added { Target::Schema(self.all.schemas.len() - 1) } else { Target::Reported };
        self.json_of = self.fields_of;
    }

    fn field(&mut self, declaration: &'a Declaration) {
        match (self.fields_of, &mut self.request) {
            (Target::Schema(at), _) => self.all.schemas[at].fields.push(declaration),
            (Target::Response(at), Some(request)) => request.responses[at].fields.push(declaration),
            (Target::Body, Some(RequestLine { body: Some(body), .. })) => body.fields.push(declaration),
            // Without anything above it, it is reported by the rules of single files.
            _ => {}
        }
    }
}

/// Where the `@field` lines below a tag belong, if it changes that, and where its JSON does.
type Targets = Option<(Option<Target>, Target)>;

fn on_request<'a>(
    request: &mut RequestLine<'a>,
    annotation: &'a Annotation,
    tag: &'a Tag,
    out: &mut Vec<Diagnostic>,
) -> Targets {
    let location = request.file.at(annotation.span);
    let mut once = Once { annotation, location, out };
    match tag {
        Tag::Operation(id) => once.set(&mut request.operation, id),
        Tag::Name(name) => once.set(&mut request.name, name),
        Tag::Summary(text) => once.set(&mut request.summary, text),
        Tag::Description(text) => once.set(&mut request.description, text),
        Tag::Tag { names, .. } => once.set(&mut request.tags, (names.as_slice(), location)),
        Tag::Security { scheme, roles } => {
            let roles = roles.iter().map(|r| r.value.clone()).collect();
            once.set(&mut request.security, Security { scheme: text(scheme), roles, location });
        }
        Tag::Deprecated(reason) => once.set(&mut request.deprecated, (reason.as_ref(), location)),
        Tag::Path(declaration) => request.parameters.push((ParameterPlace::Path, declaration)),
        Tag::Query(declaration) => request.parameters.push((ParameterPlace::Query, declaration)),
        Tag::Header(declaration) => match request.responses.last_mut() {
            Some(response) => response.headers.push(declaration),
            None => request.parameters.push((ParameterPlace::Header, declaration)),
        },
        Tag::Assert(assertion) => {
            let (subject, predicate) = (assertion.subject.value.clone(), assertion.predicate.value.clone());
            if let Predicate::Matches(regex) = &predicate
                && let Err(reason) = pattern::translate(regex)
            {
                let message = format!("the pattern cannot be used: {reason}");
                let place = request.file.at(assertion.predicate.span);
                once.out.push(Diagnostic::error(codes::INVALID_CONSTRAINT, place, message).help(pattern::HELP));
            }
            request.assertions.push(Assertion { subject, predicate, location });
        }
        Tag::Within(seconds) => once.set(&mut request.within, seconds.value),
        Tag::Capture { variable, from } => {
            request.captures.push(Capture { variable: variable.clone(), from: from.value.clone(), location });
        }
        Tag::Expect(status) => {
            let expect = Expectation { status: status.clone(), samples: Vec::new(), unreadable: false };
            once.set(&mut request.expect, expect);
            return Some((None, Target::Expect));
        }
        Tag::Body { schema, binary, media, description } => {
            let (name, media, description) = (schema.as_ref(), media.as_ref(), description.as_ref());
            let (fields, unreadable, span) = (Vec::new(), false, annotation.span);
            let body = BodyLine { name, binary: *binary, media, description, fields, unreadable, span };
            once.set(&mut request.body, body);
            return Some((Some(Target::Body), Target::Nothing));
        }
        Tag::Response { status, schema, media, description } => {
            let (name, media, description) = (schema.as_ref(), media.as_ref(), description.as_ref());
            request.responses.push(ResponseLine::new(status.clone(), name, media, description, annotation.span));
            let target = Target::Response(request.responses.len() - 1);
            return Some((Some(target), target));
        }
        // Every other tag was handled before.
        _ => {}
    }
    None
}

/// Sets what a request can say once.
struct Once<'o> {
    annotation: &'o Annotation,
    location: Location,
    out: &'o mut Vec<Diagnostic>,
}

impl Once<'_> {
    fn set<T>(&mut self, slot: &mut Option<T>, value: T) {
        if slot.is_none() {
            *slot = Some(value);
            return;
        }
        let message = format!("this request has an `@{}` already", self.annotation.name.value);
        self.out.push(Diagnostic::error(codes::DUPLICATE_NAME, self.location, message).help("remove one of them"));
    }
}

/// The diagnostic for a file that an example refers to.
pub(crate) fn not_found(location: Location, path: &str) -> Diagnostic {
    Diagnostic::error(codes::FILE_NOT_FOUND, location, format!("there is no file `{path}`"))
        .help("the path is relative to the request file")
}

fn text(text: &Option<Spanned<String>>) -> Option<String> {
    text.as_ref().map(|t| t.value.clone())
}
