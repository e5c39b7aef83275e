//! Types, declarations and literals of annotations.

use std::str::FromStr;

use serde_json::{Number, Value};

use crate::grammar::{Node, Shape, read};
use crate::problem::{Problem, mismatch};
use crate::text::{quoted, trim};
use crate::{Base, Declaration, Member, Primitive, Span, Spanned, Step, Suffix, Type, codes};

/// How deep maps may stand in maps. Nothing real comes near; the bound keeps the stack small.
const MAX_DEPTH: usize = 16;

/// How many `[]` and `( … )` one type may have, and how many steps one path.
const MAX_SUFFIXES: usize = 16;
const MAX_STEPS: usize = 64;

/// The names of the types that need no declaration.
const PRIMITIVES: [(&str, Primitive); 18] = [
    ("string", Primitive::String),
    ("boolean", Primitive::Boolean),
    ("int32", Primitive::Int32),
    ("int64", Primitive::Int64),
    ("float", Primitive::Float),
    ("double", Primitive::Double),
    ("number", Primitive::Number),
    ("uuid", Primitive::Uuid),
    ("date", Primitive::Date),
    ("date-time", Primitive::DateTime),
    ("uri", Primitive::Uri),
    ("uri-reference", Primitive::UriReference),
    ("email", Primitive::Email),
    ("byte", Primitive::Byte),
    ("binary", Primitive::Binary),
    ("sha256", Primitive::Sha256),
    ("object", Primitive::Object),
    ("any", Primitive::Any),
];

impl Primitive {
    /// The name it is written with.
    #[must_use]
    pub fn name(self) -> &'static str {
        PRIMITIVES.iter().find(|(_, primitive)| *primitive == self).map_or("", |(name, _)| name)
    }
}

pub(crate) fn check_depth(text: &str, payload: Span) -> Result<(), Problem> {
    match text[payload.start..payload.end].match_indices("map<").nth(MAX_DEPTH) {
        Some((at, found)) => {
            let start = payload.start + at;
            let message = format!("there are more than {MAX_DEPTH} maps in one annotation");
            let help = "give the inner type a name with `@schema` and use that name";
            Err(Problem::new(codes::BAD_TYPE, Span::new(start, start + found.len()), message).help(help))
        }
        None => Ok(()),
    }
}

/// `path ["?"] ":" type ["=" literal] [" - " text]`
pub(crate) fn declaration(tag: &str, text: &str, payload: Span) -> Result<Declaration, Problem> {
    let node = read(Shape::declaration, text, payload).map_err(|found| mismatch(tag, &found, text, payload))?;
    let missing = || Problem::new(codes::BAD_ANNOTATION, payload, format!("`@{tag}` is not complete"));
    let path = node.child(Shape::path).ok_or_else(missing)?;
    if let Some(step) = path.children.get(MAX_STEPS) {
        let message = format!("the path has more than {MAX_STEPS} steps");
        return Err(Problem::new(codes::BAD_ANNOTATION, step.span, message)
            .help("give an inner object a name with `@schema`, and write its fields below it"));
    }
    let default = node.child(Shape::default).and_then(|default| default.children.last());
    let description = node.child(Shape::description).and_then(|node| node.child(Shape::words));
    Ok(Declaration {
        path: Spanned::new(path.children.iter().map(|step| self::step(text, step)).collect(), path.span),
        optional: node.child(Shape::optional).is_some(),
        ty: ty(text, node.child(Shape::ty).ok_or_else(missing)?)?,
        default: default.map(|node| literal(text, node)).transpose()?,
        description: description.map(|node| {
            let (value, span) = trim(text, node.span);
            Spanned::new(value.to_owned(), span)
        }),
    })
}

fn step(text: &str, node: &Node) -> Step {
    match node.shape {
        Shape::items => Step::Items,
        Shape::values => Step::Values,
        _ => Step::Property(node.text(text).to_owned()),
    }
}

pub(crate) fn ty(text: &str, node: &Node) -> Result<Spanned<Type>, Problem> {
    let members = node.children.iter().map(|node| member(text, node)).collect::<Result<_, _>>()?;
    Ok(Spanned::new(Type { members }, node.span))
}

fn member(text: &str, node: &Node) -> Result<Member, Problem> {
    let missing = || Problem::new(codes::BAD_TYPE, node.span, "a type is missing");
    let (first, suffixes) = node.children.split_first().ok_or_else(missing)?;
    if let Some(suffix) = suffixes.get(MAX_SUFFIXES) {
        let message = format!("more than {MAX_SUFFIXES} `[]` and `( … )` follow one type");
        return Err(Problem::new(codes::BAD_TYPE, suffix.span, message)
            .help("give the inner type a name with `@schema` and use that name"));
    }
    let base = match first.shape {
        Shape::map => Base::Map(Box::new(ty(text, first.child(Shape::ty).ok_or_else(missing)?)?.value)),
        Shape::string => Base::Literal(json(text, first)?),
        _ => named(first.text(text), first.span)?,
    };
    let suffixes = suffixes.iter().map(|node| suffix(text, node)).collect::<Result<_, _>>()?;
    Ok(Member { base: Spanned::new(base, first.span), suffixes })
}

/// A primitive, `null`, or the name of a schema.
fn named(name: &str, span: Span) -> Result<Base, Problem> {
    if name == "null" {
        return Ok(Base::Null);
    }
    if let Some((_, primitive)) = PRIMITIVES.iter().find(|(known, _)| *known == name) {
        return Ok(Base::Primitive(*primitive));
    }
    if name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('-') {
        return Ok(Base::Named(name.to_owned()));
    }
    Err(Problem::new(codes::BAD_TYPE, span, format!("there is no type {}", quoted(name))).help(type_help(name)))
}

fn type_help(name: &str) -> String {
    let common = match name {
        "int" | "integer" | "long" => Some("int64"),
        "bool" => Some("boolean"),
        "datetime" | "timestamp" => Some("date-time"),
        "url" => Some("uri"),
        "text" | "str" => Some("string"),
        _ => None,
    };
    let names: Vec<_> = PRIMITIVES.iter().map(|(name, _)| *name).collect();
    match common.or_else(|| near_miss(name, names.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}, or the UpperCamelCase name of a schema", names.join(", ")),
    }
}

fn suffix(text: &str, node: &Node) -> Result<Spanned<Suffix>, Problem> {
    let number = |shape| node.child(shape).map(|node| self::number(text, node)).transpose();
    let value = match node.shape {
        Shape::array => Suffix::Array,
        Shape::pattern => Suffix::Pattern(node.child(Shape::regex).map_or("", |regex| regex.text(text)).to_owned()),
        _ => range(number(Shape::min)?, number(Shape::max)?, node.span)?,
    };
    Ok(Spanned::new(value, node.span))
}

fn range(min: Option<Number>, max: Option<Number>, span: Span) -> Result<Suffix, Problem> {
    let as_float = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
    if min.is_none() && max.is_none() {
        return Err(Problem::new(codes::BAD_TYPE, span, "the range `(..)` has no limit")
            .help("write `(1..)`, `(..100)` or `(1..100)`, or leave the brackets out"));
    }
    if as_float(&min).zip(as_float(&max)).is_some_and(|(min, max)| min > max) {
        return Err(Problem::new(codes::BAD_TYPE, span, "the range ends before it begins")
            .help("write the smaller limit first"));
    }
    Ok(Suffix::Range { min, max })
}

/// A JSON literal as a value; `{{name}}` stays a text.
pub(crate) fn literal(text: &str, node: &Node) -> Result<Spanned<Value>, Problem> {
    let value = match node.shape {
        Shape::reference => Value::String(node.text(text).to_owned()),
        _ => json(text, node)?,
    };
    Ok(Spanned::new(value, node.span))
}

pub(crate) fn number(text: &str, node: &Node) -> Result<Number, Problem> {
    Number::from_str(node.text(text)).map_err(|_| not_json(text, node))
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(text: &str, node: &Node) -> Result<T, Problem> {
    serde_json::from_str(node.text(text)).map_err(|_| not_json(text, node))
}

fn not_json(text: &str, node: &Node) -> Problem {
    let message = format!("{} is not a JSON value", quoted(node.text(text)));
    Problem::new(codes::BAD_ANNOTATION, node.span, message)
        .help("write numbers without leading zeros, and `\\\\` and `\\\"` for `\\` and `\"` in strings")
}

/// The one of several names that differs least from a name, if it differs by little.
pub(crate) fn near_miss<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Names of quite another length are never close, and comparing is what costs.
    let limit = 1 + name.len() / 4;
    let name = if name.len() > 64 { return None } else { name.to_ascii_lowercase() };
    names
        .filter(|known| known.len().abs_diff(name.len()) <= limit)
        .map(|known| (strsim::osa_distance(&name, &known.to_ascii_lowercase()), known))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
