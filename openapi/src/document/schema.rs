//! Schemas as OpenAPI writes them.

use indexmap::IndexMap;
use openapiv3 as o;
use openapiv3::{ReferenceOr, VariantOrUnknownOrEmpty};

use crate::model::{Kind, Property, Schema, StringFormat};

/// A schema; a name alone becomes a `$ref`, and a name with more to say an `allOf`.
pub(crate) fn reference_or(schema: &Schema) -> ReferenceOr<o::Schema> {
    let Kind::Reference(name) = &schema.kind else {
        return ReferenceOr::Item(o::Schema { schema_data: data(schema), schema_kind: kind(&schema.kind) });
    };
    let reference = format!("#/components/schemas/{name}");
    if !schema.nullable && schema.description.is_none() && schema.default.is_none() {
        return ReferenceOr::Reference { reference };
    }
    let schema_kind = o::SchemaKind::AllOf { all_of: vec![ReferenceOr::Reference { reference }] };
    ReferenceOr::Item(o::Schema { schema_data: data(schema), schema_kind })
}

/// A stream of bytes.
pub(crate) fn binary() -> o::Schema {
    let kind = Kind::text(Some(StringFormat::Binary), None);
    o::Schema { schema_data: o::SchemaData::default(), schema_kind: self::kind(&kind) }
}

fn boxed(schema: &Schema) -> ReferenceOr<Box<o::Schema>> {
    match reference_or(schema) {
        ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
        ReferenceOr::Item(item) => ReferenceOr::Item(Box::new(item)),
    }
}

fn data(schema: &Schema) -> o::SchemaData {
    o::SchemaData {
        nullable: schema.nullable,
        description: schema.description.clone(),
        default: schema.default.clone(),
        ..o::SchemaData::default()
    }
}

fn kind(kind: &Kind) -> o::SchemaKind {
    o::SchemaKind::Type(match kind {
        // A reference is written where it stands, never as a kind.
        Kind::Any | Kind::Reference(_) => return o::SchemaKind::Any(o::AnySchema::default()),
        Kind::Boolean => o::Type::Boolean(o::BooleanType::default()),
        Kind::Integer { bits, minimum, maximum } => o::Type::Integer(o::IntegerType {
            format: VariantOrUnknownOrEmpty::Item(if *bits == 32 {
                o::IntegerFormat::Int32
            } else {
                o::IntegerFormat::Int64
            }),
            minimum: *minimum,
            maximum: *maximum,
            ..o::IntegerType::default()
        }),
        Kind::Number { format, minimum, maximum } => o::Type::Number(o::NumberType {
            format: format.map(str::to_owned).into(),
            minimum: *minimum,
            maximum: *maximum,
            ..o::NumberType::default()
        }),
        Kind::String { format, min_length, max_length, pattern } => o::Type::String(o::StringType {
            format: format.map(|f| f.name().to_owned()).into(),
            pattern: pattern.clone(),
            enumeration: Vec::new(),
            min_length: *min_length,
            max_length: *max_length,
        }),
        Kind::Enum(values) => o::Type::String(o::StringType {
            enumeration: values.iter().cloned().map(Some).collect(),
            ..o::StringType::default()
        }),
        Kind::Array { items, min_items, max_items } => o::Type::Array(o::ArrayType {
            items: Some(boxed(items)),
            min_items: *min_items,
            max_items: *max_items,
            unique_items: false,
        }),
        Kind::Map { values, min_entries, max_entries } => o::Type::Object(o::ObjectType {
            additional_properties: values
                .as_ref()
                .map(|values| o::AdditionalProperties::Schema(Box::new(reference_or(values)))),
            min_properties: *min_entries,
            max_properties: *max_entries,
            ..o::ObjectType::default()
        }),
        Kind::Object(properties) => o::Type::Object(object(properties)),
    })
}

fn object(properties: &IndexMap<String, Property>) -> o::ObjectType {
    o::ObjectType {
        properties: properties.iter().map(|(name, p)| (name.clone(), boxed(&p.schema))).collect(),
        required: properties.iter().filter(|(_, p)| p.required).map(|(name, _)| name.clone()).collect(),
        ..o::ObjectType::default()
    }
}
