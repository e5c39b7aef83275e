//! What the samples show of one place in a body.

use httpfile::Location;
use serde_json::Value;

use crate::model::{Kind, StringFormat};
use crate::text::Json;
use crate::value::{self, SHA256};

/// The values that stand at one place in all samples, with the documents they belong to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence<'a> {
    values: Vec<(&'a Json, &'a Value)>,
}

/// What kind of JSON a value is; whole numbers and fractions are one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl<'a> Evidence<'a> {
    /// Whole documents.
    pub(crate) fn new(documents: impl IntoIterator<Item = &'a Json>) -> Self {
        Self { values: documents.into_iter().map(|json| (json, &json.value)).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether any value is `null`, and where the first one stands.
    pub(crate) fn null(&self) -> Option<Location> {
        self.values.iter().find(|(_, v)| v.is_null()).map(|(json, v)| json.of(v))
    }

    /// Where the first value stands.
    pub(crate) fn first(&self) -> Option<Location> {
        self.values.first().map(|(json, v)| json.of(v))
    }

    /// How many values are objects.
    pub(crate) fn objects(&self) -> usize {
        self.values.iter().filter(|(_, v)| v.is_object()).count()
    }

    /// The values of a key, of those objects that have it.
    pub(crate) fn property(&self, name: &str) -> Self {
        let of = |(json, value): &(&'a Json, &'a Value)| Some((*json, value.as_object()?.get(name)?));
        Self { values: self.values.iter().filter_map(of).collect() }
    }

    /// Every key of every object, in the order first seen.
    pub(crate) fn keys(&self) -> Vec<&'a str> {
        let mut keys = indexmap::IndexSet::new();
        keys.extend(self.values.iter().filter_map(|(_, v)| v.as_object()).flat_map(|o| o.keys().map(String::as_str)));
        keys.into_iter().collect()
    }

    /// The elements of all arrays.
    pub(crate) fn items(&self) -> Self {
        let of = |(json, value): &(&'a Json, &'a Value)| {
            let json = *json;
            value.as_array().into_iter().flatten().map(move |item| (json, item)).collect::<Vec<_>>()
        };
        Self { values: self.values.iter().flat_map(of).collect() }
    }

    /// The values of all keys of all objects.
    pub(crate) fn entries(&self) -> Self {
        let of = |(json, value): &(&'a Json, &'a Value)| {
            let json = *json;
            value.as_object().into_iter().flat_map(|o| o.values()).map(move |v| (json, v)).collect::<Vec<_>>()
        };
        Self { values: self.values.iter().flat_map(of).collect() }
    }

    /// The shape that all values have that are not `null`; else the places of two that differ.
    pub(crate) fn shape(&self) -> Result<Option<Shape>, [(Shape, Location); 2]> {
        let mut first: Option<(Shape, &(&Json, &Value))> = None;
        for sample in &self.values {
            let Some(shape) = Shape::of(sample.1) else { continue };
            match first {
                None => first = Some((shape, sample)),
                Some((other, at)) if other != shape => {
                    return Err([(other, at.0.of(at.1)), (shape, sample.0.of(sample.1))]);
                }
                Some(_) => {}
            }
        }
        Ok(first.map(|(shape, _)| shape))
    }

    /// The type of scalars of one shape.
    pub(crate) fn scalar(&self, shape: Shape) -> Kind {
        match shape {
            Shape::Boolean => Kind::Boolean,
            Shape::Number if self.values.iter().any(|(_, v)| v.is_f64()) => {
                Kind::Number { format: Some("double"), minimum: None, maximum: None }
            }
            Shape::Number => Kind::Integer { bits: 64, minimum: None, maximum: Some(value::MAX_SAFE_INTEGER) },
            _ => text_kind(self.values.iter().filter_map(|(_, v)| v.as_str())),
        }
    }
}

/// The kind of text that all samples are; plain text where they differ.
pub(crate) fn text_kind<'a>(samples: impl IntoIterator<Item = &'a str>) -> Kind {
    let mut found = None;
    for sample in samples {
        let kind = guess(sample);
        match &found {
            None => found = Some(kind),
            Some(other) if *other == kind => {}
            Some(_) => return Kind::text(None, None),
        }
    }
    found.unwrap_or_else(|| Kind::text(None, None))
}

fn guess(text: &str) -> Kind {
    const GUESSED: [StringFormat; 4] =
        [StringFormat::Uuid, StringFormat::DateTime, StringFormat::Date, StringFormat::Uri];
    if value::is_sha256(text) {
        return Kind::text(None, Some(SHA256));
    }
    Kind::text(GUESSED.into_iter().find(|format| value::looks_like(*format, text)), None)
}

impl Shape {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        })
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}
