//! One schema from the samples of a place and the `@field` lines for it.
//!
//! The walk goes down first and names what it finds on the way up, so a refinement of `files[].key` is part of the
//! item before `files: SessionFile[]` gives that item its name.

use heck::ToUpperCamelCase;
use httpfile::{Diagnostic, Location, Step};
use indexmap::IndexMap;

use super::evidence::{Evidence, Shape};
use super::fields::Fields;
use super::registry::Registry;
use crate::codes;
use crate::model::{Kind, Property, Schema};
use crate::nearest::nearest;

/// One place in a body: what is known about it.
#[derive(Debug)]
pub(crate) struct Place<'f, 'a> {
    /// What an object at this place is called unless the contract names it.
    pub(crate) name: String,
    /// `files[].hash`; empty for the whole body.
    pub(crate) path: String,
    /// What is declared for it and below it.
    pub(crate) fields: Option<&'f Fields<'a>>,
    /// What samples show.
    pub(crate) evidence: Evidence<'a>,
    /// Whether there are samples of the whole body, and all of them could be read.
    pub(crate) sampled: bool,
    /// The nearest declaration.
    pub(crate) location: Location,
}

impl<'f, 'a> Place<'f, 'a> {
    /// The whole of a body.
    pub(crate) fn root(name: String, fields: &'f Fields<'a>, evidence: Evidence<'a>, location: Location) -> Self {
        Self { name, path: String::new(), fields: Some(fields), sampled: !evidence.is_empty(), evidence, location }
    }

    /// A place that nothing but its own declaration speaks of.
    pub(crate) fn bare(path: &str, location: Location) -> Self {
        let evidence = Evidence::default();
        Self {
            name: path.to_upper_camel_case(),
            path: path.to_owned(),
            fields: None,
            evidence,
            sampled: false,
            location,
        }
    }

    pub(crate) fn property(&self, name: &str) -> Self {
        let fields = self.fields.and_then(|f| f.property(name));
        let dot = if self.path.is_empty() { "" } else { "." };
        self.below(
            name.to_upper_camel_case(),
            format!("{}{dot}{name}", self.path),
            fields,
            self.evidence.property(name),
        )
    }

    pub(crate) fn items(&self) -> Self {
        let fields = self.fields.and_then(|f| f.child(&Step::Items));
        self.below("Item".to_owned(), format!("{}[]", self.path), fields, self.evidence.items())
    }

    pub(crate) fn values(&self) -> Self {
        let fields = self.fields.and_then(|f| f.child(&Step::Values));
        self.below("Value".to_owned(), format!("{}.*", self.path), fields, self.evidence.entries())
    }

    fn below(&self, name: String, path: String, fields: Option<&'f Fields<'a>>, evidence: Evidence<'a>) -> Self {
        let location = fields.and_then(Fields::location).unwrap_or(self.location);
        Self { name: format!("{}{name}", self.name), path, fields, evidence, sampled: self.sampled, location }
    }

    pub(crate) fn has_fields_below(&self) -> bool {
        self.fields.is_some_and(Fields::has_children)
    }

    /// `$` for the whole body, else the path.
    pub(crate) fn title(&self) -> &str {
        if self.path.is_empty() { "$" } else { &self.path }
    }
}

impl Registry {
    /// The schema that a name stands for at a place: declared, defined by what is known here, or only used.
    pub(crate) fn named(&mut self, name: &str, location: Location, place: &Place) -> Schema {
        let reference = self.reference(name, location);
        if let Some(declared) = self.declared(name) {
            if let Some(field) = place.fields.filter(|f| f.has_children()).and_then(first_below) {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::SCHEMA_CONFLICT,
                        field,
                        format!("`{name}` is declared elsewhere and cannot be refined here"),
                    )
                    .also(declared, "declared here")
                    .help("write the `@field` below its `@schema`, or use another name here"),
                );
            }
            return reference;
        }
        let root = place.path.is_empty();
        let shows_structure = match place.evidence.shape() {
            Ok(shape) => shape.is_some_and(|s| root || s == Shape::Object),
            Err(_) => true,
        };
        if place.has_fields_below() || shows_structure {
            let named = Place {
                name: name.to_owned(),
                path: place.path.clone(),
                fields: place.fields,
                evidence: place.evidence.clone(),
                sampled: place.sampled,
                location,
            };
            let schema = self.structure(&named);
            self.define(name, Schema { nullable: false, ..schema }, location);
        }
        reference
    }

    /// The schema of a place that has no declaration of its own. Objects get the name of their place.
    pub(crate) fn infer(&mut self, place: &Place) -> Schema {
        let schema = self.structure(place);
        if !matches!(schema.kind, Kind::Object(_)) {
            return schema;
        }
        let nullable = schema.nullable;
        self.define(&place.name, Schema { nullable: false, ..schema }, place.location);
        Schema { nullable, ..self.reference(&place.name, place.location) }
    }

    /// What samples and the declarations below a place say; an object stays as it is, without a name.
    pub(crate) fn structure(&mut self, place: &Place) -> Schema {
        let nullable = place.evidence.null();
        let kind = match place.evidence.shape() {
            Err([(first, first_at), (second, second_at)]) => {
                let message =
                    format!("`{}` is {} in one sample and {} in another", place.title(), first.name(), second.name());
                self.diagnostics.push(
                    Diagnostic::error(codes::SCHEMA_CONFLICT, second_at, message)
                        .label(second.name())
                        .also(first_at, first.name())
                        .help("make the samples agree; unions are not supported"),
                );
                Kind::Any
            }
            Ok(shape) => self.kind(place, shape, nullable),
        };
        Schema { nullable: nullable.is_some(), ..Schema::new(kind, place.location) }
    }

    fn kind(&mut self, place: &Place, shape: Option<Shape>, null: Option<Location>) -> Kind {
        let below = place.fields.and_then(|f| {
            f.properties().next().map(|_| Shape::Object).or_else(|| f.child(&Step::Items).map(|_| Shape::Array))
        });
        if let Some(values) = place.fields.and_then(|f| f.child(&Step::Values)) {
            let location = values.location().unwrap_or(place.location);
            let message = format!("`{}` is not declared as a map", place.title());
            let help = format!("add `@field {}: map<…>`; a map is never guessed", place.title());
            self.diagnostics.push(Diagnostic::error(codes::UNKNOWN_NAME, location, message).help(help));
            return Kind::Any;
        }
        match (shape, below) {
            (Some(shape), Some(below)) if shape != below => {
                self.not_inside(place, &format!("`{}` is {} in the JSON", place.title(), shape.name()));
                Kind::Any
            }
            (Some(Shape::Object), _) | (None, Some(Shape::Object)) => self.object(place),
            (Some(Shape::Array), _) | (None, Some(Shape::Array)) => self.array(place),
            (Some(shape), _) => place.evidence.scalar(shape),
            (None, _) => {
                let (location, reason) = match null {
                    Some(at) => (at, format!("`{}` is `null` in every sample", place.title())),
                    None => (place.location, format!("nothing says what `{}` is", place.title())),
                };
                let help = format!(
                    "add `@field {}: type`{}",
                    place.title(),
                    if null.is_some() { ", with `| null`" } else { "" }
                );
                self.diagnostics.push(
                    Diagnostic::error(codes::TYPE_UNKNOWN, location, format!("type unknown: {reason}")).help(help),
                );
                Kind::Any
            }
        }
    }

    fn object(&mut self, place: &Place) -> Kind {
        let keys = place.evidence.keys();
        let mut properties = IndexMap::with_capacity(keys.len());
        for key in &keys {
            let property = self.property(&place.property(key), place.evidence.objects());
            properties.insert((*key).to_owned(), property);
        }
        for (name, fields) in place.fields.into_iter().flat_map(Fields::properties) {
            if properties.contains_key(name) {
                continue;
            }
            if fields.declaration().is_none() && place.sampled {
                let near = nearest(name, keys.iter().copied());
                self.unknown_field(place, name, fields, near);
            }
            properties.insert(name.to_owned(), self.property(&place.property(name), 1));
        }
        Kind::Object(properties)
    }

    fn unknown_field(&mut self, place: &Place, name: &str, fields: &Fields, near: Option<&str>) {
        let path = place.property(name).path;
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it with `@field {path}: type`, or show it in the JSON"),
        };
        let location = fields.location().unwrap_or(place.location);
        let message = format!("`{path}` is neither in the JSON nor declared");
        self.diagnostics.push(Diagnostic::error(codes::UNKNOWN_NAME, location, message).help(help));
    }

    fn property(&mut self, place: &Place, objects: usize) -> Property {
        match place.fields.and_then(Fields::declaration) {
            Some(declaration) => {
                let file = place.fields.map_or(place.location.file, Fields::file);
                let schema = self.declared_schema(file, declaration, place);
                Property { required: !declaration.optional, schema }
            }
            None => Property { required: place.evidence.len() >= objects, schema: self.infer(place) },
        }
    }

    fn array(&mut self, place: &Place) -> Kind {
        let items = place.items();
        let schema = match items.fields.and_then(Fields::declaration) {
            Some(declaration) => {
                let file = items.fields.map_or(place.location.file, Fields::file);
                self.declared_schema(file, declaration, &items)
            }
            None if items.evidence.is_empty() && !items.has_fields_below() => {
                let message = format!("type unknown: `{}` is empty in every sample", place.title());
                let help = format!("add `@field {}: type[]`", place.title());
                self.diagnostics.push(
                    Diagnostic::error(codes::TYPE_UNKNOWN, place.evidence.first().unwrap_or(place.location), message)
                        .help(help),
                );
                Schema::new(Kind::Any, place.location)
            }
            None => self.infer(&items),
        };
        Kind::Array { items: Box::new(schema), min_items: None, max_items: None }
    }

    /// Reports the first declaration below a place that cannot have any.
    pub(crate) fn not_inside(&mut self, place: &Place, reason: &str) {
        let Some(location) = place.fields.and_then(first_below) else { return };
        self.diagnostics.push(
            Diagnostic::error(
                codes::UNKNOWN_NAME,
                location,
                format!("there is nothing below `{}`: {reason}", place.title()),
            )
            .help("remove the line, or change the type above it"),
        );
    }
}

/// Where the first declaration below a place stands, its own left aside.
fn first_below(fields: &Fields) -> Option<Location> {
    let property = fields.properties().next().map(|(_, node)| node);
    let below = property.or_else(|| fields.child(&Step::Items)).or_else(|| fields.child(&Step::Values));
    below.and_then(Fields::location)
}
