//! The grammar, and the only file that knows the parser generator: its borrowed pairs become owned nodes here.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

use crate::Span;

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

pub(crate) use Rule as Shape;

/// One shape that was found, with the shapes inside it.
#[derive(Debug)]
pub(crate) struct Node {
    pub shape: Shape,
    pub span: Span,
    pub children: Vec<Node>,
}

/// Where a text stops to have the shape that was asked for, and what could have stood there.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub at: usize,
    pub expected: Vec<Shape>,
}

impl Node {
    pub(crate) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.span.start..self.span.end]
    }

    /// The first child of a shape.
    pub(crate) fn child(&self, shape: Shape) -> Option<&Node> {
        self.children.iter().find(|child| child.shape == shape)
    }
}

/// Reads `text[span]` as one shape; every place is one of `text`.
pub(crate) fn read(shape: Shape, text: &str, span: Span) -> Result<Node, Mismatch> {
    match Grammar::parse(shape, &text[span.start..span.end]) {
        Ok(mut pairs) => match pairs.next() {
            Some(pair) => Ok(node(pair, span.start)),
            None => Err(Mismatch { at: span.start, expected: vec![shape] }),
        },
        Err(error) => {
            let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
            let expected = match error.variant {
                ErrorVariant::ParsingError { positives, .. } => positives,
                ErrorVariant::CustomError { .. } => Vec::new(),
            };
            Err(Mismatch { at: span.start + at, expected })
        }
    }
}

/// Recursion is as deep as the rules nest, which the callers bound.
fn node(pair: Pair<'_, Rule>, offset: usize) -> Node {
    let span = pair.as_span();
    Node {
        shape: pair.as_rule(),
        span: Span::new(offset + span.start(), offset + span.end()),
        children: pair
            .into_inner()
            .filter(|inner| inner.as_rule() != Rule::EOI)
            .map(|inner| node(inner, offset))
            .collect(),
    }
}
