//! The named schemas of a contract, while they are found.

use std::collections::{HashMap, HashSet};

use httpfile::{Diagnostic, Location};
use indexmap::IndexMap;

use crate::codes;
use crate::model::{Kind, NamedSchema, Schema};
use crate::nearest::nearest;

/// The named schemas found so far, and what was said about them.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// What `@schema` declares, and where; known before any schema is built.
    declared: HashMap<String, Location>,
    pub(crate) schemas: IndexMap<String, NamedSchema>,
    /// Every use of a name.
    references: Vec<(String, Location)>,
    /// Names about which a mistake was reported already; nothing that follows from it is reported again.
    broken: HashSet<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Registry {
    pub(crate) fn new(declared: HashMap<String, Location>) -> Self {
        Self { declared, ..Self::default() }
    }

    /// Where `@schema` declares a name.
    pub(crate) fn declared(&self, name: &str) -> Option<Location> {
        self.declared.get(name).copied()
    }

    /// The use of a name at a place.
    pub(crate) fn reference(&mut self, name: &str, location: Location) -> Schema {
        self.references.push((name.to_owned(), location));
        Schema::new(Kind::Reference(name.to_owned()), location)
    }

    /// A mistake about this name has been reported.
    pub(crate) fn broken(&mut self, name: &str) {
        self.broken.insert(name.to_owned());
    }

    pub(crate) fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// Gives a schema its name. A name that has another schema already is reported with both places.
    pub(crate) fn define(&mut self, name: &str, schema: Schema, location: Location) {
        let Some(known) = self.schemas.get_mut(name) else {
            self.schemas.insert(name.to_owned(), NamedSchema { schema, location });
            return;
        };
        if !known.schema.same_as(&schema) && !self.broken.contains(name) {
            let difference = difference(&known.schema, &schema);
            let message = format!("`{name}` is defined twice, and the two differ: {difference}");
            let first = known.location;
            self.broken(name);
            self.diagnostics.push(
                Diagnostic::error(codes::SCHEMA_CONFLICT, location, message)
                    .label("defined again here")
                    .also(first, "defined here first")
                    .help(format!("declare it once with `@schema {name}`, or give one of them another name")),
            );
            return;
        }
        adopt_descriptions(&mut known.schema, schema);
    }

    /// Reports every use of a name that no schema has.
    pub(crate) fn check_references(&mut self) {
        let references = std::mem::take(&mut self.references);
        for (name, location) in references {
            if self.schemas.contains_key(&name) || self.is_broken(&name) {
                continue;
            }
            let help = match nearest(&name, self.schemas.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("declare it with `@schema {name}`, or write JSON or `@field` lines that say what it is")
                }
            };
            let message = format!("there is no schema `{name}`");
            self.diagnostics.push(Diagnostic::error(codes::UNKNOWN_TYPE, location, message).help(help));
        }
    }
}

/// The first difference between two schemas, in words.
fn difference(first: &Schema, second: &Schema) -> String {
    let (Kind::Object(first), Kind::Object(second)) = (&first.kind, &second.kind) else {
        return "they are of different types".to_owned();
    };
    for (name, property) in first {
        match second.get(name) {
            None => return format!("only the first has `{name}`"),
            Some(other) if other.required != property.required => {
                return format!("`{name}` is optional in only one of them");
            }
            Some(other) if !other.schema.same_as(&property.schema) => {
                return format!("`{name}` is not the same in both");
            }
            Some(_) => {}
        }
    }
    let extra = second.keys().find(|name| !first.contains_key(*name));
    extra.map_or_else(String::new, |name| format!("only the second has `{name}`"))
}

fn adopt_descriptions(known: &mut Schema, other: Schema) {
    if known.description.is_none() {
        known.description = other.description;
    }
    match (&mut known.kind, other.kind) {
        (Kind::Object(known), Kind::Object(other)) => {
            for (name, property) in other {
                if let Some(known) = known.get_mut(&name) {
                    adopt_descriptions(&mut known.schema, property.schema);
                }
            }
        }
        (Kind::Array { items: known, .. }, Kind::Array { items: other, .. }) => adopt_descriptions(known, *other),
        _ => {}
    }
}
