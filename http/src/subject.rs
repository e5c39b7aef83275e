//! Assertions and captures: what they look at, and what must hold.

use crate::grammar::{Node, Shape};
use crate::problem::Problem;
use crate::{Assertion, Predicate, Selector, Span, Spanned, Subject, codes, types};

/// The subject inside an assertion or a capture.
pub(crate) fn subject(text: &str, node: &Node) -> Result<Spanned<Subject>, Problem> {
    let found = node.child(Shape::subject).and_then(|subject| subject.children.first());
    let Some(found) = found else {
        return Err(Problem::new(codes::BAD_ANNOTATION, node.span, "there is nothing to look at"));
    };
    let subject = match found.shape {
        Shape::json_path => {
            Subject::Body(found.children.iter().map(|step| selector(text, step)).collect::<Result<_, _>>()?)
        }
        Shape::header_subject => {
            Subject::Header(found.child(Shape::header_field).map_or("", |name| name.text(text)).to_owned())
        }
        _ => Subject::Status,
    };
    Ok(Spanned::new(subject, found.span))
}

fn selector(text: &str, step: &Node) -> Result<Selector, Problem> {
    let part = step.children.first().unwrap_or(step);
    Ok(match step.shape {
        Shape::index => Selector::Index(
            part.text(text)
                .parse()
                .map_err(|_| Problem::new(codes::BAD_ANNOTATION, part.span, "the index is too large"))?,
        ),
        Shape::quoted_key => Selector::Key(types::json(text, part)?),
        _ => Selector::Key(part.text(text).to_owned()),
    })
}

/// `subject operator operand`
pub(crate) fn assertion(text: &str, node: &Node) -> Result<Assertion, Problem> {
    let subject = subject(text, node)?;
    let rest = &node.children[1..];
    let span = Span::new(rest.first().map_or(node.span.end, |first| first.span.start), node.span.end);
    let predicate = match rest {
        [exists] if exists.shape == Shape::exists => Predicate::Exists,
        [absent] if absent.shape == Shape::absent => Predicate::Absent,
        [_, regex] if regex.shape == Shape::regex_rest => Predicate::Matches(pattern(text, regex)?),
        [contains, operand] if contains.shape == Shape::contains => {
            Predicate::Contains(types::literal(text, operand)?.value)
        }
        [_, comparison, operand] => Predicate::Count(Box::new(compare(text, comparison, operand)?)),
        [comparison, operand] => compare(text, comparison, operand)?,
        _ => return Err(Problem::new(codes::BAD_ANNOTATION, span, "there is nothing to compare with")),
    };
    Ok(Assertion { subject, predicate: Spanned::new(predicate, span) })
}

/// A regular expression without the slash that ends it.
fn pattern(text: &str, node: &Node) -> Result<String, Problem> {
    let pattern = node.text(text).strip_suffix('/').filter(|pattern| !pattern.is_empty());
    pattern
        .map(str::to_owned)
        .ok_or_else(|| Problem::new(codes::BAD_ANNOTATION, node.span, "the regular expression does not end with `/`"))
}

fn compare(text: &str, comparison: &Node, operand: &Node) -> Result<Predicate, Problem> {
    let value = types::literal(text, operand)?.value;
    match (comparison.text(text), value) {
        ("==", value) => Ok(Predicate::Equal(value)),
        ("!=", value) => Ok(Predicate::NotEqual(value)),
        (_, value) if !value.is_number() && operand.shape != Shape::reference => {
            Err(Problem::new(codes::BAD_ANNOTATION, operand.span, "only a number can be less or more than another"))
        }
        ("<", value) => Ok(Predicate::Less(value)),
        ("<=", value) => Ok(Predicate::AtMost(value)),
        (">=", value) => Ok(Predicate::AtLeast(value)),
        (_, value) => Ok(Predicate::Greater(value)),
    }
}
