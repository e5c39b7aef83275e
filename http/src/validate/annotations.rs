//! The rules of annotations.

use std::sync::LazyLock;

use super::Report;
use crate::payload::{self, TAGS};
use crate::syntax::{Block, Leading};
use crate::text::{is_blank, quoted};
use crate::{Annotation, Diagnostic, Span, Spanned, Tag, codes, types};

/// The names that the annotations of a block give to its request.
pub(super) fn names(block: &Block) -> impl Iterator<Item = &Spanned<String>> {
    annotations(block).filter_map(|annotation| match &annotation.tag {
        Tag::Name(name) => Some(name),
        _ => None,
    })
}

fn annotations(block: &Block) -> impl Iterator<Item = &Annotation> {
    block.leading.iter().filter_map(|item| match item {
        Leading::Annotation(annotation) => Some(annotation.as_ref()),
        _ => None,
    })
}

/// The name with the `@` before it.
fn tag_span(annotation: &Annotation) -> Span {
    Span::new(annotation.span.start, annotation.name.span.end)
}

impl Report<'_> {
    pub(super) fn annotations(&mut self, block: &Block) {
        let mut has_schema = false;
        for annotation in annotations(block) {
            self.space_before(annotation);
            match &annotation.tag {
                Tag::Unknown => self.unknown_tag(annotation),
                Tag::Foreign => self.reserved_tag(annotation),
                Tag::Invalid => self.invalid(annotation),
                Tag::Name(name) => self.request_name(name),
                Tag::Field(_) if !has_schema => self.misplaced(
                    annotation,
                    "there is no `@body`, `@response` or `@schema` above this `@field`",
                    "write it below what it refines",
                ),
                tag if needs_request(tag) && block.request.is_none() => self.misplaced(
                    annotation,
                    "this annotation belongs to a request, and there is none before the next `###`",
                    "write it above a request line, or remove it",
                ),
                Tag::Within(_) if block.request.as_ref().is_some_and(|request| request.method.value != "GET") => self
                    .misplaced(
                        annotation,
                        "only a GET may be sent again and again",
                        "ask for what came of this request with a GET after it, and write `@within` there",
                    ),
                _ => {}
            }
            let is_schema = matches!(annotation.tag, Tag::Body { .. } | Tag::Response { .. } | Tag::Schema { .. });
            // A container that cannot be read has its own mistake; its fields are not to blame.
            has_schema = has_schema || is_schema || matches!(annotation.tag, Tag::Invalid | Tag::Unknown);
        }
    }

    fn misplaced(&mut self, annotation: &Annotation, message: &str, help: &str) {
        self.error(codes::MISPLACED_TAG, tag_span(annotation), message, "", help);
    }

    fn space_before(&mut self, annotation: &Annotation) {
        let marker = self.text[..annotation.span.start].chars().next_back();
        if annotation.name.value != "Expected" && !marker.is_some_and(is_blank) {
            self.error(
                codes::BAD_ANNOTATION,
                tag_span(annotation),
                "there is no blank between the comment marker and the `@`, so some tools do not see the annotation",
                "",
                &format!("write `# @{}`", annotation.name.value),
            );
        }
    }

    fn unknown_tag(&mut self, annotation: &Annotation) {
        let name = &annotation.name.value;
        let help = match types::near_miss(name, tags()) {
            Some(near) => format!("did you mean `@{near}`?"),
            None => ALL_TAGS.clone(),
        };
        self.error(
            codes::UNKNOWN_TAG,
            tag_span(annotation),
            format!("there is no tag {}", quoted(&format!("@{name}"))),
            "",
            &help,
        );
    }

    fn reserved_tag(&mut self, annotation: &Annotation) {
        let message = format!("`@{}` changes what some tools do when they run this file", annotation.name.value);
        let help = "remove it: a contract means the same in every tool";
        self.error(codes::RESERVED_TAG, tag_span(annotation), message, "", help);
    }

    fn invalid(&mut self, annotation: &Annotation) {
        let Some(problem) = payload::problem(self.text, &annotation.name.value, annotation.payload.span) else {
            return;
        };
        let diagnostic = Diagnostic::error(problem.code, self.location(problem.span), problem.message);
        self.diagnostics.push(Diagnostic { help: problem.help, ..diagnostic });
    }

    /// Tools cut a name at its first blank.
    fn request_name(&mut self, name: &Spanned<String>) {
        let is_identifier = name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !is_identifier || name.value.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            self.error(
                codes::BAD_ANNOTATION,
                name.span,
                format!("{} is not a name that every tool takes", quoted(&name.value)),
                "",
                "write one word of letters, digits and `_` that begins with a letter, such as `createSession`",
            );
        }
    }
}

/// The tags that can be written after an `@`.
fn tags() -> impl Iterator<Item = &'static str> {
    TAGS.iter().map(|(tag, _)| *tag).filter(|tag| *tag != "Expected")
}

/// The help for a tag that resembles none; made once, as a file may hold very many of them.
static ALL_TAGS: LazyLock<String> = LazyLock::new(|| {
    let tags: Vec<_> = tags().map(|tag| format!("@{tag}")).collect();
    format!("the tags are {}", tags.join(" "))
});

/// Tags that say something about one request.
fn needs_request(tag: &Tag) -> bool {
    matches!(
        tag,
        Tag::Operation(_)
            | Tag::Path(_)
            | Tag::Query(_)
            | Tag::Header(_)
            | Tag::Body { .. }
            | Tag::Response { .. }
            | Tag::Expect(_)
            | Tag::Assert(_)
            | Tag::Within(_)
            | Tag::Capture { .. }
            | Tag::Security { .. }
            | Tag::Deprecated(_)
            | Tag::Name(_)
    )
}
