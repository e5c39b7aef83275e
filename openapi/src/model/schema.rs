//! The types of a contract.

use httpfile::Location;
use indexmap::IndexMap;
use serde_json::Value;

/// A schema that other places refer to by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedSchema {
    /// What it is.
    pub schema: Schema,
    /// Where its name was given.
    pub location: Location,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Its type with the constraints of that type.
    pub kind: Kind,
    /// Whether `null` is allowed beside it.
    pub nullable: bool,
    /// What it means.
    pub description: Option<String>,
    /// What an absent value stands for.
    pub default: Option<Value>,
    /// Where it was declared; for what is inferred, the nearest declaration above it.
    pub location: Location,
}

/// A type and what that type can be constrained by.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Every JSON value.
    Any,
    /// `true` or `false`
    Boolean,
    /// A whole number.
    Integer {
        /// 32 or 64.
        bits: u8,
        /// The least value.
        minimum: Option<i64>,
        /// The greatest value.
        maximum: Option<i64>,
    },
    /// A number that may have a fraction.
    Number {
        /// `float`, `double`, or nothing.
        format: Option<&'static str>,
        /// The least value.
        minimum: Option<f64>,
        /// The greatest value.
        maximum: Option<f64>,
    },
    /// Text.
    String {
        /// What kind of text.
        format: Option<StringFormat>,
        /// The fewest characters.
        min_length: Option<usize>,
        /// The most characters.
        max_length: Option<usize>,
        /// A regular expression that matches somewhere in it.
        pattern: Option<String>,
    },
    /// One of these texts.
    Enum(Vec<String>),
    /// A list.
    Array {
        /// What it lists.
        items: Box<Schema>,
        /// The fewest items.
        min_items: Option<usize>,
        /// The most items.
        max_items: Option<usize>,
    },
    /// An object with any keys.
    Map {
        /// What its values are; `None` when they may be anything.
        values: Option<Box<Schema>>,
    },
    /// An object with these keys and no others.
    Object(IndexMap<String, Property>),
    /// The named schema of that name.
    Reference(String),
}

/// One key of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Whether it is always there.
    pub required: bool,
    /// What it holds.
    pub schema: Schema,
}

/// The kinds of text that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum StringFormat {
    Uuid,
    Date,
    DateTime,
    Uri,
    UriReference,
    Email,
    Byte,
    Binary,
}

impl StringFormat {
    /// Its name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Uri => "uri",
            Self::UriReference => "uri-reference",
            Self::Email => "email",
            Self::Byte => "byte",
            Self::Binary => "binary",
        }
    }
}

impl Schema {
    /// A schema of that kind that says nothing more.
    #[must_use]
    pub fn new(kind: Kind, location: Location) -> Self {
        Self { kind, nullable: false, description: None, default: None, location }
    }

    /// Whether both allow the same values. Places never matter, and a description that only one of them has does not.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.nullable == other.nullable
            && self.default == other.default
            && same_text(self.description.as_deref(), other.description.as_deref())
            && self.kind.same_as(&other.kind)
    }
}

fn same_text(a: Option<&str>, b: Option<&str>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
}

impl Kind {
    /// Text that says nothing more.
    #[must_use]
    pub fn text(format: Option<StringFormat>, pattern: Option<&str>) -> Self {
        Self::String { format, min_length: None, max_length: None, pattern: pattern.map(str::to_owned) }
    }

    fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Array { items: a, min_items: x, max_items: y },
                Self::Array { items: b, min_items: v, max_items: w },
            ) => x == v && y == w && a.same_as(b),
            (Self::Map { values: a }, Self::Map { values: b }) => match (a, b) {
                (Some(a), Some(b)) => a.same_as(b),
                (a, b) => a.is_none() && b.is_none(),
            },
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(name, a)| {
                        b.get(name).is_some_and(|b| a.required == b.required && a.schema.same_as(&b.schema))
                    })
            }
            (a, b) => a == b,
        }
    }
}
