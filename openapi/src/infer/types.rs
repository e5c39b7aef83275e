//! Types as written in an annotation.

use httpfile::{Base, Declaration, Diagnostic, FileId, Location, Member, Primitive, Spanned, Suffix, Type};

use indexmap::IndexSet;

use super::constraint::{HELP, constrain};
use super::registry::Registry;
use super::shape::Place;
use crate::codes;
use crate::model::{Kind, Schema, StringFormat};
use crate::value::{MAX_SAFE_INTEGER, SHA256};

impl Registry {
    /// The schema of a declaration, with its description and default.
    pub(crate) fn declared_schema(&mut self, file: FileId, declaration: &Declaration, place: &Place) -> Schema {
        let mut schema = self.typed(file, &declaration.ty, place);
        schema.description = declaration.description.as_ref().map(|d| d.value.clone());
        schema.default = declaration.default.as_ref().map(|d| d.value.clone());
        schema.location =
            Location { file, span: declaration.default.as_ref().map_or(declaration.path.span, |d| d.span) };
        schema
    }

    /// The schema of a type. What it leaves open, the fields of a named object, comes from the place.
    pub(crate) fn typed(&mut self, file: FileId, ty: &Spanned<Type>, place: &Place) -> Schema {
        let location = Location { file, span: ty.span };
        let (nulls, others): (Vec<&Member>, Vec<&Member>) =
            ty.value.members.iter().partition(|m| m.base.value == Base::Null && m.suffixes.is_empty());
        let nullable = !nulls.is_empty();
        let literals: Vec<&String> = others.iter().filter_map(|m| literal(m)).collect();
        let kind = match others.as_slice() {
            [one] if literals.is_empty() => {
                let schema = self.member(file, one, place);
                return Schema { nullable: nullable || schema.nullable, ..schema };
            }
            [_, ..] if literals.len() == others.len() => self.enumeration(location, &literals, place),
            _ => {
                self.diagnostics.push(unsupported(location, &others));
                Kind::Any
            }
        };
        Schema { nullable, ..Schema::new(kind, location) }
    }

    fn enumeration(&mut self, location: Location, literals: &[&String], place: &Place) -> Kind {
        let mut values = IndexSet::with_capacity(literals.len());
        for literal in literals {
            if !values.insert((*literal).clone()) {
                let message = format!("the enum lists {literal:?} twice");
                self.diagnostics
                    .push(Diagnostic::error(codes::UNSUPPORTED_TYPE, location, message).help("remove one of them"));
            }
        }
        self.not_inside(place, "it is an enum");
        Kind::Enum(values.into_iter().collect())
    }

    /// A member from its outermost suffix inwards, so that each array meets the place of its own items.
    fn member(&mut self, file: FileId, member: &Member, place: &Place) -> Schema {
        self.suffixed(file, &member.base, &member.suffixes, place)
    }

    fn suffixed(&mut self, file: FileId, base: &Spanned<Base>, suffixes: &[Spanned<Suffix>], place: &Place) -> Schema {
        let Some((last, rest)) = suffixes.split_last() else { return self.base(file, base, place) };
        let location = Location { file, span: last.span };
        if last.value == Suffix::Array {
            let items = place.items();
            self.declared_twice(&items);
            let items = self.suffixed(file, base, rest, &items);
            if place.fields.is_some_and(|f| f.properties().next().is_some()) {
                self.not_inside(place, &format!("it is an array; write `{}[]` for its items", place.title()));
            }
            let kind = Kind::Array { items: Box::new(items), min_items: None, max_items: None };
            return Schema::new(kind, location);
        }
        let mut schema = self.suffixed(file, base, rest, place);
        if let Err(reason) = constrain(&mut schema.kind, &last.value) {
            self.diagnostics.push(Diagnostic::error(codes::INVALID_CONSTRAINT, location, reason).help(HELP));
        }
        schema
    }

    fn base(&mut self, file: FileId, base: &Spanned<Base>, place: &Place) -> Schema {
        let location = Location { file, span: base.span };
        match &base.value {
            Base::Named(name) => self.named(name, location, place),
            Base::Primitive(Primitive::Object) if place.has_fields_below() => {
                let schema = self.infer(place);
                Schema { nullable: false, ..schema }
            }
            Base::Primitive(primitive) => {
                self.not_inside(place, "its type has no fields");
                Schema::new(primitive_kind(*primitive), location)
            }
            Base::Map(values) => {
                let below = place.values();
                self.declared_twice(&below);
                let values = self.typed(file, &Spanned::new((**values).clone(), base.span), &below);
                if place.fields.is_some_and(|f| f.properties().next().is_some()) {
                    self.not_inside(place, &format!("it is a map; write `{}.*` for its values", place.title()));
                }
                let kind = Kind::Map { values: Some(Box::new(values)) };
                Schema::new(kind, location)
            }
            Base::Literal(text) => {
                self.not_inside(place, "it is an enum");
                Schema::new(Kind::Enum(vec![text.clone()]), location)
            }
            // A lone `null` is met before a base is looked at.
            Base::Null => {
                self.diagnostics.push(
                    Diagnostic::error(codes::UNSUPPORTED_TYPE, location, "`null` cannot take a suffix")
                        .help("write the type of the items before the `[]`, with `| null` behind it"),
                );
                Schema::new(Kind::Any, location)
            }
        }
    }

    fn declared_twice(&mut self, place: &Place) {
        let Some(declaration) = place.fields.and_then(|f| f.declaration().map(|d| (f.file(), d))) else { return };
        let location = Location { file: declaration.0, span: declaration.1.path.span };
        let message = format!("`{}` has its type from the line above it already", place.title());
        self.diagnostics
            .push(Diagnostic::error(codes::DUPLICATE_NAME, location, message).help("keep one of the two declarations"));
    }
}

fn literal(member: &Member) -> Option<&String> {
    match &member.base.value {
        Base::Literal(text) if member.suffixes.is_empty() => Some(text),
        _ => None,
    }
}

fn unsupported(location: Location, others: &[&Member]) -> Diagnostic {
    if others.is_empty() {
        return Diagnostic::error(codes::UNSUPPORTED_TYPE, location, "`null` alone is not a type")
            .help("write `T | null` with the type that it has otherwise");
    }
    Diagnostic::error(codes::UNSUPPORTED_TYPE, location, "unions are not supported, except of literals and with `null`").help(
        "use one type, `\"a\" | \"b\"` or `T | null`; for a list of literals declare `@schema Name: \"a\" | \"b\"` and write `Name[]`",
    )
}

fn primitive_kind(primitive: Primitive) -> Kind {
    let text = |format| Kind::text(Some(format), None);
    let number = |format| Kind::Number { format, minimum: None, maximum: None };
    match primitive {
        Primitive::String => Kind::text(None, None),
        Primitive::Boolean => Kind::Boolean,
        Primitive::Int32 => Kind::Integer { bits: 32, minimum: None, maximum: None },
        Primitive::Int64 => Kind::Integer { bits: 64, minimum: None, maximum: Some(MAX_SAFE_INTEGER) },
        Primitive::Float => number(Some("float")),
        Primitive::Double => number(Some("double")),
        Primitive::Number => number(None),
        Primitive::Uuid => text(StringFormat::Uuid),
        Primitive::Date => text(StringFormat::Date),
        Primitive::DateTime => text(StringFormat::DateTime),
        Primitive::Uri => text(StringFormat::Uri),
        Primitive::UriReference => text(StringFormat::UriReference),
        Primitive::Email => text(StringFormat::Email),
        Primitive::Byte => text(StringFormat::Byte),
        Primitive::Binary => text(StringFormat::Binary),
        Primitive::Sha256 => Kind::text(None, Some(SHA256)),
        Primitive::Object => Kind::Map { values: None },
        Primitive::Any => Kind::Any,
    }
}
