//! Why the payload of an annotation cannot be read.

use crate::grammar::{Mismatch, Shape};
use crate::text::quoted;
use crate::{Code, Span, codes};

/// A mistake inside one annotation; it becomes a diagnostic once the file is known.
#[derive(Debug)]
pub(crate) struct Problem {
    pub code: Code,
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Puts into words where a payload stops making sense.
pub(crate) fn mismatch(tag: &str, mismatch: &Mismatch, text: &str, payload: Span) -> Problem {
    let at = mismatch.at.min(payload.end);
    let rest = &text[at..payload.end];
    let found = rest.split_whitespace().next().unwrap_or_default();
    let wanted = expected(&mismatch.expected);
    let message = match (found.is_empty(), wanted.is_empty()) {
        (true, true) => format!("`@{tag}` ends too early"),
        (true, false) => format!("`@{tag}` ends too early: {wanted} should follow"),
        (false, true) => format!("`@{tag}` cannot be read from {} on", quoted(found)),
        (false, false) => format!("`@{tag}` cannot be read from {} on: {wanted} was expected", quoted(found)),
    };
    let start = if found.is_empty() { at } else { at + (rest.len() - rest.trim_start().len()) };
    Problem::new(codes::BAD_ANNOTATION, Span::new(start, start + found.len()), message)
}

fn expected(shapes: &[Shape]) -> String {
    let mut words: Vec<&str> = shapes.iter().filter_map(|shape| word(*shape)).collect();
    words.sort_unstable();
    words.dedup();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What a person calls a shape. Shapes that are only a part of another have no word.
fn word(shape: Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::ty | Shape::member | Shape::type_name | Shape::map => "a type",
        Shape::path | Shape::property | Shape::declaration | Shape::capture => "a name",
        Shape::name | Shape::schema => "a schema name",
        Shape::body => "a schema name or `binary`",
        Shape::colon => "`:`",
        Shape::equals => "`=`",
        Shape::EOI => "the end of the line",
        Shape::status => "a status of three digits",
        Shape::string | Shape::number | Shape::constant | Shape::list | Shape::empty_object | Shape::reference => {
            "a JSON literal"
        }
        Shape::json_path | Shape::subject => "a path such as `$.id`",
        Shape::header_subject => "`header Name`",
        Shape::status_subject => "`status`",
        Shape::comparison => "`==`, `!=`, `<`, `<=`, `>`, `>=`",
        Shape::contains => "`contains`",
        Shape::count => "`count`",
        Shape::exists => "`exists`",
        Shape::absent => "`not exists`",
        Shape::seconds => "a number of seconds from 1 to 999",
        Shape::matches => "`matches /regex/`",
        Shape::scheme_type => "`http`",
        Shape::scheme => "`bearer` or `basic`",
        Shape::role => "`role:name`",
        Shape::identifier => "an identifier",
        Shape::word | Shape::words | Shape::target | Shape::tag_name => "a text",
        Shape::media => "a media type",
        Shape::description => "` - ` and a text",
        _ => return None,
    })
}
