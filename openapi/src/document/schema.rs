//! Schemas as OpenAPI writes them.

use indexmap::IndexMap;
use openapiv3 as o;
use openapiv3::{ReferenceOr, VariantOrUnknownOrEmpty};

use crate::model::{Kind, NamedSchema, Property, Schema, StringFormat};

pub(crate) type Schemas = IndexMap<String, NamedSchema>;

/// A schema; a name alone becomes a `$ref`, and a name with more to say an `allOf`.
pub(crate) fn reference_or(schemas: &Schemas, schema: &Schema) -> ReferenceOr<o::Schema> {
    let Kind::Reference(name) = &schema.kind else {
        let mut schema_kind = kind(schemas, &schema.kind);
        // An enum allows what it lists, whatever `nullable` says beside it.
        if let (true, o::SchemaKind::Type(o::Type::String(text))) = (schema.nullable, &mut schema_kind)
            && !text.enumeration.is_empty()
        {
            text.enumeration.push(None);
        }
        return ReferenceOr::Item(o::Schema { schema_data: data(schema), schema_kind });
    };
    let reference = format!("#/components/schemas/{name}");
    if !schema.nullable && schema.description.is_none() && schema.default.is_none() {
        return ReferenceOr::Reference { reference };
    }
    let all_of = vec![ReferenceOr::Reference { reference }];
    let schema_kind = match type_name(schemas, &schema.kind).filter(|_| schema.nullable) {
        // OpenAPI 3.0.3: `nullable` says something only beside a `type`.
        Some(name) => {
            o::SchemaKind::Any(o::AnySchema { typ: Some(name.to_owned()), all_of, ..o::AnySchema::default() })
        }
        None => o::SchemaKind::AllOf { all_of },
    };
    ReferenceOr::Item(o::Schema { schema_data: data(schema), schema_kind })
}

/// A stream of bytes.
pub(crate) fn binary() -> o::Schema {
    let kind = Kind::text(Some(StringFormat::Binary), None);
    o::Schema { schema_data: o::SchemaData::default(), schema_kind: self::kind(&Schemas::new(), &kind) }
}

fn boxed(schemas: &Schemas, schema: &Schema) -> ReferenceOr<Box<o::Schema>> {
    match reference_or(schemas, schema) {
        ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
        ReferenceOr::Item(item) => ReferenceOr::Item(Box::new(item)),
    }
}

/// The JSON type behind a kind; none where it is open.
fn type_name(schemas: &Schemas, kind: &Kind) -> Option<&'static str> {
    let mut kind = kind;
    // A valid contract has no names that lead back to themselves.
    while let Kind::Reference(name) = kind {
        kind = &schemas.get(name)?.schema.kind;
    }
    match kind {
        Kind::Any | Kind::Reference(_) => None,
        Kind::Boolean => Some("boolean"),
        Kind::Integer { .. } => Some("integer"),
        Kind::Number { .. } => Some("number"),
        Kind::String { .. } | Kind::Enum(_) => Some("string"),
        Kind::Array { .. } => Some("array"),
        Kind::Map { .. } | Kind::Object(_) => Some("object"),
    }
}

fn data(schema: &Schema) -> o::SchemaData {
    o::SchemaData {
        // What is open allows `null` anyway.
        nullable: schema.nullable && schema.kind != Kind::Any,
        description: schema.description.clone(),
        default: schema.default.clone(),
        ..o::SchemaData::default()
    }
}

fn kind(schemas: &Schemas, kind: &Kind) -> o::SchemaKind {
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
            items: Some(boxed(schemas, items)),
            min_items: *min_items,
            max_items: *max_items,
            unique_items: false,
        }),
        Kind::Map { values } => o::Type::Object(o::ObjectType {
            additional_properties: values
                .as_ref()
                .map(|values| o::AdditionalProperties::Schema(Box::new(reference_or(schemas, values)))),
            ..o::ObjectType::default()
        }),
        Kind::Object(properties) => o::Type::Object(object(schemas, properties)),
    })
}

fn object(schemas: &Schemas, properties: &IndexMap<String, Property>) -> o::ObjectType {
    o::ObjectType {
        properties: properties.iter().map(|(name, p)| (name.clone(), boxed(schemas, &p.schema))).collect(),
        required: properties.iter().filter(|(_, p)| p.required).map(|(name, _)| name.clone()).collect(),
        ..o::ObjectType::default()
    }
}
