//! What follows the tag of an annotation.

use crate::grammar::{Node, Shape, read};
use crate::problem::{Problem, mismatch};
use crate::text::{quoted, trim};
use crate::{Declaration, Span, Spanned, Tag, codes, subject, types};

/// The tags of the contract language with the form of their payload.
pub(crate) const TAGS: [(&str, &str); 22] = [
    ("api", "@api Title 1.0.0"),
    ("server", "@server url - text"),
    ("auth", "@auth name http bearer [JWT] - text"),
    ("tag", "@tag Name - text, or @tag A, B on a request"),
    ("schema", "@schema Name: type - text, or @schema Name - text"),
    ("operation", "@operation operationId"),
    ("summary", "@summary text"),
    ("description", "@description text"),
    ("security", "@security scheme role:name, or @security none"),
    ("deprecated", "@deprecated [text]"),
    ("path", "@path name: type - text"),
    ("query", "@query name?: type = default - text"),
    ("header", "@header Name?: type - text"),
    ("body", "@body Name [media/type] - text, or @body binary"),
    ("field", "@field path?: type = default - text"),
    ("response", "@response status [Name] [media/type] - text"),
    ("expect", "@expect status 409"),
    (
        "assert",
        "@assert $.path == literal (or !=, <, >, exists, not exists, matches /regex/), @assert header Name == literal",
    ),
    ("within", "@within 5s"),
    ("capture", "@capture name = $.path, or @capture name = header Name"),
    ("name", "@name requestName"),
    ("Expected", "Expected: 409 text"),
];

/// Tags that other tools act on; none of them is ever given a meaning here.
const FOREIGN: [&str; 22] = [
    "ref",
    "forceRef",
    "import",
    "loop",
    "disabled",
    "sleep",
    "timeout",
    "note",
    "title",
    "save",
    "proxy",
    "jwt",
    "language",
    "extension",
    "verbose",
    "debug",
    "prompt",
    "if",
    "delay",
    "secret",
    "accept",
    "jq",
];

/// The tag as far as it can be understood.
pub(crate) fn tag(text: &str, name: &str, payload: Span) -> Tag {
    if FOREIGN.contains(&name) {
        return Tag::Foreign;
    }
    if !TAGS.iter().any(|(known, _)| *known == name) {
        return Tag::Unknown;
    }
    known_tag(text, name, payload).unwrap_or(Tag::Invalid)
}

/// Why a known tag could not be understood, with the form it should have.
pub(crate) fn problem(text: &str, name: &str, payload: Span) -> Option<Problem> {
    let problem = known_tag(text, name, payload).err()?;
    let form = TAGS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form);
    Some(match (problem.help.is_some(), form) {
        (false, Some(form)) => problem.help(format!("write `{form}`")),
        _ => problem,
    })
}

fn known_tag(text: &str, name: &str, payload: Span) -> Result<Tag, Problem> {
    types::check_depth(text, payload)?;
    let shape = match name {
        "deprecated" if payload.start == payload.end => return Ok(Tag::Deprecated(None)),
        "path" | "query" | "header" | "field" => return declared(text, name, payload),
        "assert" => Shape::assertion,
        _ => shape(name),
    };
    let node = read(shape, text, payload).map_err(|found| mismatch(name, &found, text, payload))?;
    let parts = Parts { text, node: &node };
    match name {
        "api" => api(&parts),
        "schema" => schema(&parts),
        "assert" => Ok(Tag::Assert(subject::assertion(text, &node)?)),
        "capture" => Ok(Tag::Capture { variable: parts.required(Shape::word), from: subject::subject(text, &node)? }),
        _ => Ok(simple(name, &parts)),
    }
}

fn shape(name: &str) -> Shape {
    match name {
        "api" => Shape::api,
        "server" => Shape::server,
        "auth" => Shape::auth,
        "tag" => Shape::tag,
        "schema" => Shape::schema,
        "operation" => Shape::operation,
        "security" => Shape::security,
        "body" => Shape::body,
        "response" => Shape::response,
        "expect" => Shape::expect,
        "Expected" => Shape::expected,
        "within" => Shape::within,
        "capture" => Shape::capture,
        _ => Shape::free_text,
    }
}

fn declared(text: &str, name: &str, payload: Span) -> Result<Tag, Problem> {
    let declaration: Declaration = types::declaration(name, text, payload)?;
    Ok(match name {
        "path" => Tag::Path(declaration),
        "query" => Tag::Query(declaration),
        "header" => Tag::Header(declaration),
        _ => Tag::Field(declaration),
    })
}

/// Tags whose parts are texts that need no second look.
fn simple(name: &str, parts: &Parts<'_>) -> Tag {
    match name {
        "server" => Tag::Server { url: parts.required(Shape::target), description: parts.description() },
        "auth" => auth(parts),
        "tag" => Tag::Tag { names: parts.all(Shape::tag_name), description: parts.description() },
        "operation" => Tag::Operation(parts.required(Shape::identifier)),
        "security" => security(parts),
        "body" => Tag::Body {
            schema: parts.optional(Shape::name),
            binary: parts.node.child(Shape::binary).is_some(),
            media: parts.optional(Shape::media),
            description: parts.description(),
        },
        "response" => Tag::Response {
            status: parts.status(),
            schema: parts.optional(Shape::name),
            media: parts.optional(Shape::media),
            description: parts.description(),
        },
        "expect" | "Expected" => Tag::Expect(parts.status()),
        "within" => Tag::Within(parts.seconds()),
        "summary" => Tag::Summary(parts.required(Shape::words)),
        "description" => Tag::Description(parts.required(Shape::words)),
        "deprecated" => Tag::Deprecated(parts.optional(Shape::words)),
        _ => Tag::Name(parts.required(Shape::words)),
    }
}

fn api(parts: &Parts<'_>) -> Result<Tag, Problem> {
    let words = parts.required(Shape::words);
    let Some((title, version)) = words.value.rsplit_once([' ', '\t']) else {
        return Err(Problem::new(codes::BAD_ANNOTATION, words.span, "`@api` needs a title and a version"));
    };
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        let span = Span::new(words.span.end - version.len(), words.span.end);
        return Err(Problem::new(
            codes::BAD_ANNOTATION,
            span,
            format!("{} is not a version such as `1.0.0`", quoted(version)),
        ));
    }
    let version_span = Span::new(words.span.end - version.len(), words.span.end);
    let (title, span) = trim(parts.text, Span::new(words.span.start, words.span.start + title.len()));
    Ok(Tag::Api {
        title: Spanned::new(title.to_owned(), span),
        version: Spanned::new(version.to_owned(), version_span),
    })
}

fn schema(parts: &Parts<'_>) -> Result<Tag, Problem> {
    let ty = parts.node.child(Shape::ty).map(|node| types::ty(parts.text, node)).transpose()?;
    Ok(Tag::Schema { name: parts.required(Shape::name), ty, description: parts.description() })
}

fn auth(parts: &Parts<'_>) -> Tag {
    let mut scheme = parts.required(Shape::scheme);
    scheme.value.make_ascii_lowercase();
    Tag::Auth {
        name: parts.required(Shape::word),
        scheme,
        bearer_format: parts.optional(Shape::bearer_format),
        description: parts.description(),
    }
}

fn security(parts: &Parts<'_>) -> Tag {
    let scheme = parts.required(Shape::word);
    let roles = parts.node.children.iter().filter(|node| node.shape == Shape::role);
    Tag::Security {
        scheme: (scheme.value != "none").then_some(scheme),
        roles: roles.filter_map(|role| role.child(Shape::role_name)).map(|name| parts.spanned(name)).collect(),
    }
}

/// The parts of a payload by their shape.
struct Parts<'t> {
    text: &'t str,
    node: &'t Node,
}

impl Parts<'_> {
    fn spanned(&self, node: &Node) -> Spanned<String> {
        let (value, span) = trim(self.text, node.span);
        Spanned::new(value.to_owned(), span)
    }

    fn optional(&self, shape: Shape) -> Option<Spanned<String>> {
        self.node.child(shape).map(|node| self.spanned(node))
    }

    fn all(&self, shape: Shape) -> Vec<Spanned<String>> {
        self.node.children.iter().filter(|node| node.shape == shape).map(|node| self.spanned(node)).collect()
    }

    /// A part that the grammar has already made sure of.
    fn required(&self, shape: Shape) -> Spanned<String> {
        self.spanned(self.node.child(shape).unwrap_or(self.node))
    }

    fn description(&self) -> Option<Spanned<String>> {
        let words = self.node.child(Shape::description)?.child(Shape::words)?;
        Some(self.spanned(words))
    }

    /// The grammar lets only three digits pass.
    fn status(&self) -> Spanned<u16> {
        let digits = self.required(Shape::status);
        Spanned::new(digits.value.parse().unwrap_or_default(), digits.span)
    }

    /// The grammar lets only one to three digits pass.
    fn seconds(&self) -> Spanned<u64> {
        let digits = self.required(Shape::seconds);
        Spanned::new(digits.value.parse().unwrap_or_default(), digits.span)
    }
}
