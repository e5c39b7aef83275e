//! The document as the server's interface needs it: named types, and operations with everything resolved.

use indexmap::IndexMap;
use serde_json::Value;

/// The whole interface.
#[derive(Debug)]
pub(super) struct Model {
    /// The trait's name without `Api`.
    pub title: String,
    pub description: Option<String>,
    pub components: IndexMap<String, Component>,
    pub operations: Vec<Operation>,
}

/// A named type.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub description: Option<String>,
    pub nullable: bool,
    pub kind: ComponentKind,
}

#[derive(Clone, Debug)]
pub(super) enum ComponentKind {
    Struct { fields: Vec<Field>, closed: bool },
    Enum(Vec<String>),
    Alias(Schema),
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub name: String,
    pub required: bool,
    pub schema: Schema,
}

/// A value at some place: its type, and the rules that only hold there.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub kind: Kind,
    pub nullable: bool,
    pub description: Option<String>,
    pub default: Option<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Named(String),
    Boolean,
    Integer { wide: bool, minimum: Option<i64>, maximum: Option<i64> },
    Number { wide: bool, minimum: Option<f64>, maximum: Option<f64> },
    Text(Text),
    Uuid,
    Date,
    DateTime,
    List { items: Box<Schema>, minimum: Option<usize>, maximum: Option<usize> },
    Map(Box<Schema>),
    Object,
    Any,
}

/// The rules of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub minimum: Option<usize>,
    pub maximum: Option<usize>,
    /// As the contract writes it.
    pub pattern: Option<String>,
    pub format: Option<String>,
}

#[derive(Debug)]
pub(super) struct Operation {
    pub id: String,
    pub method: &'static str,
    pub path: String,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    pub deprecated: bool,
    /// The names of the schemes, any of which is enough; empty when everyone may call.
    pub security: Vec<String>,
    pub roles: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
}

#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub name: String,
    pub location: Location,
    pub required: bool,
    pub description: Option<String>,
    pub schema: Schema,
    /// The schema as the document has it.
    pub text: Value,
    pub explode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
}

#[derive(Debug)]
pub(super) enum Body {
    Json { schema: Schema, text: Value, description: Option<String> },
    Binary { text: Value, description: Option<String> },
}

#[derive(Debug)]
pub(super) struct Response {
    pub status: u16,
    pub description: String,
    pub body: Option<Body>,
    pub headers: Vec<Header>,
}

#[derive(Debug)]
pub(super) struct Header {
    pub name: String,
    pub required: bool,
    pub description: Option<String>,
    pub schema: Schema,
    pub text: Value,
}

impl Model {
    /// Whether a value of this schema may be `null`, by itself or by the type that it names.
    pub fn nullable(&self, schema: &Schema) -> bool {
        schema.nullable || self.named(schema).is_some_and(|component| component.nullable)
    }

    /// The type that a schema names.
    pub fn named(&self, schema: &Schema) -> Option<&Component> {
        match &schema.kind {
            Kind::Named(name) => self.components.get(name),
            _ => None,
        }
    }

    /// The kind behind any number of names for it; a struct or an enum stays named.
    pub fn resolved<'a>(&'a self, schema: &'a Schema) -> &'a Kind {
        match self.named(schema).map(|component| &component.kind) {
            Some(ComponentKind::Alias(inner)) => self.resolved(inner),
            _ => &schema.kind,
        }
    }
}
