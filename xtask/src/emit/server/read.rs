//! Reading the schemas of the document into the model.

use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{
    AdditionalProperties, ArrayType, IntegerFormat, IntegerType, NumberFormat, NumberType, ObjectType, ReferenceOr,
    SchemaKind, StringFormat, StringType, Type, VariantOrUnknownOrEmpty,
};

use super::model::{Component, ComponentKind, Field, Kind, Schema, Text};
use super::words::type_name;
use crate::emit::{EmitError, all};

/// Reads schemas, and gives a name to each enum that has none.
pub(super) struct Reader {
    pub components: IndexMap<String, Component>,
    /// The names of the document, of which not all may have been read.
    declared: HashSet<String>,
}

pub(super) fn unsupported<T>(place: &str, message: impl Into<String>) -> Result<T, EmitError> {
    Err(EmitError::unsupported(place, message))
}

const REFERENCE: &str = "#/components/schemas/";

impl Reader {
    /// Reads all named schemas.
    pub fn new(components: Option<&openapiv3::Components>) -> Result<Self, EmitError> {
        let schemas = components.map(|components| &components.schemas);
        let declared = schemas.into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let mut reader = Self { components: IndexMap::new(), declared };
        all(schemas.into_iter().flatten().map(|(name, _)| is_type_name(name)))?;
        all(schemas.into_iter().flatten().map(|(name, schema)| {
            let component = reader.component(name, schema)?;
            reader.components.insert(name.clone(), component);
            Ok(())
        }))?;
        reader.check_references()?;
        Ok(reader)
    }

    fn component(&mut self, name: &str, schema: &ReferenceOr<openapiv3::Schema>) -> Result<Component, EmitError> {
        if let ReferenceOr::Item(item) = schema {
            let kind = match &item.schema_kind {
                SchemaKind::Type(Type::Object(object)) if is_struct(object) => Some(self.structure(name, object)?),
                SchemaKind::Type(Type::String(text)) if !text.enumeration.is_empty() => {
                    Some(ComponentKind::Enum(enumeration(text)))
                }
                _ => None,
            };
            if let Some(kind) = kind {
                let data = &item.schema_data;
                return Ok(Component { description: data.description.clone(), nullable: data.nullable, kind });
            }
        }
        let schema = self.schema(name, name, schema)?;
        let (description, nullable) = (schema.description.clone(), schema.nullable);
        Ok(Component { description, nullable, kind: ComponentKind::Alias(Schema { nullable: false, ..schema }) })
    }

    fn structure(&mut self, name: &str, object: &ObjectType) -> Result<ComponentKind, EmitError> {
        reject_counts(name, object)?;
        let closed = match &object.additional_properties {
            None | Some(AdditionalProperties::Any(true)) => false,
            Some(AdditionalProperties::Any(false)) => true,
            Some(AdditionalProperties::Schema(_)) => {
                return unsupported(name, "an object has either properties or additionalProperties of one type");
            }
        };
        let fields = all(object.properties.iter().map(|(property, schema)| {
            let place = format!("{name}.{property}");
            let schema = self.schema(&place, &format!("{name}{}", type_name(property)), &unbox(schema))?;
            Ok(Field { name: property.clone(), required: object.required.contains(property), schema })
        }))?;
        if let Some(missing) = object.required.iter().find(|name| !object.properties.contains_key(*name)) {
            return unsupported(name, format!("`{missing}` is required but is not a property"));
        }
        Ok(ComponentKind::Struct { fields, closed })
    }

    /// Reads a schema at `place`; an enum without a name is called `name`.
    pub fn schema(
        &mut self,
        place: &str,
        name: &str,
        schema: &ReferenceOr<openapiv3::Schema>,
    ) -> Result<Schema, EmitError> {
        let item = match schema {
            ReferenceOr::Reference { reference } => {
                let kind = Kind::Named(referred(place, reference)?);
                return Ok(Schema { kind, nullable: false, description: None, default: None });
            }
            ReferenceOr::Item(item) => item,
        };
        let data = &item.schema_data;
        Ok(Schema {
            kind: self.kind(place, name, &item.schema_kind)?,
            nullable: data.nullable,
            description: data.description.clone(),
            default: data.default.clone().filter(|default| !default.is_null()),
        })
    }

    fn kind(&mut self, place: &str, name: &str, kind: &SchemaKind) -> Result<Kind, EmitError> {
        match kind {
            SchemaKind::Type(Type::Boolean(boolean)) if boolean.enumeration.is_empty() => Ok(Kind::Boolean),
            SchemaKind::Type(Type::Integer(integer)) => integer_kind(place, integer),
            SchemaKind::Type(Type::Number(number)) => number_kind(place, number),
            SchemaKind::Type(Type::String(text)) if !text.enumeration.is_empty() => {
                self.unnamed_enum(place, name, text)
            }
            SchemaKind::Type(Type::String(text)) => text_kind(place, text),
            SchemaKind::Type(Type::Array(array)) => self.list_kind(place, name, array),
            SchemaKind::Type(Type::Object(object)) => self.object_kind(place, name, object),
            SchemaKind::AllOf { all_of } if all_of.len() == 1 => Ok(self.schema(place, name, &all_of[0])?.kind),
            SchemaKind::Any(any) if *any == openapiv3::AnySchema::default() => Ok(Kind::Any),
            // A nullable reference says its type as well, which its target knows better.
            SchemaKind::Any(any) if any.all_of.len() == 1 && *any == reference_with_type(any) => {
                Ok(self.schema(place, name, &any.all_of[0])?.kind)
            }
            _ => unsupported(
                place,
                "the server does not support unions, allOf of several schemas, or schemas without a type",
            ),
        }
    }

    fn unnamed_enum(&mut self, place: &str, name: &str, text: &StringType) -> Result<Kind, EmitError> {
        let kind = ComponentKind::Enum(enumeration(text));
        let description = Some(format!("The values of `{place}`."));
        if self.declared.contains(name) || self.components.contains_key(name) {
            return unsupported(place, format!("its values would be called `{name}`, which is taken; name them"));
        }
        self.components.insert(name.to_owned(), Component { description, nullable: false, kind });
        Ok(Kind::Named(name.to_owned()))
    }

    fn list_kind(&mut self, place: &str, name: &str, array: &ArrayType) -> Result<Kind, EmitError> {
        if array.unique_items {
            return unsupported(place, "uniqueItems is not checked; leave it out and say it in the description");
        }
        let Some(items) = &array.items else { return unsupported(place, "an array must say what its items are") };
        let items = self.schema(&format!("{place}[]"), &format!("{name}Item"), &unbox(items))?;
        Ok(Kind::List { items: Box::new(items), minimum: array.min_items, maximum: array.max_items })
    }

    fn object_kind(&mut self, place: &str, name: &str, object: &ObjectType) -> Result<Kind, EmitError> {
        reject_counts(place, object)?;
        if is_struct(object) {
            return unsupported(place, "an object with properties must be a named schema in components/schemas");
        }
        match &object.additional_properties {
            None | Some(AdditionalProperties::Any(_)) => Ok(Kind::Object),
            Some(AdditionalProperties::Schema(values)) => {
                let values = self.schema(&format!("{place}.*"), &format!("{name}Value"), values)?;
                Ok(Kind::Map(Box::new(values)))
            }
        }
    }

    fn check_references(&self) -> Result<(), EmitError> {
        let of_component = |(name, component): (&String, &Component)| {
            let schemas: Vec<_> = match &component.kind {
                ComponentKind::Struct { fields, .. } => fields.iter().map(|field| &field.schema).collect(),
                ComponentKind::Enum(_) => Vec::new(),
                ComponentKind::Alias(schema) => vec![schema],
            };
            all(schemas.into_iter().map(|schema| self.check_reference(name, schema)))?;
            self.check_alias(name)
        };
        all(self.components.iter().map(of_component)).map(drop)
    }

    /// Fails when the schema refers to a type that is not there.
    pub fn check_reference(&self, place: &str, schema: &Schema) -> Result<(), EmitError> {
        match &schema.kind {
            Kind::Named(name) if !self.components.contains_key(name) => {
                unsupported(place, format!("there is no schema `{name}`"))
            }
            Kind::List { items: inner, .. } | Kind::Map(inner) => self.check_reference(place, inner),
            _ => Ok(()),
        }
    }

    /// A name that stands for itself has no type.
    fn check_alias(&self, name: &str) -> Result<(), EmitError> {
        let mut next = name;
        for _ in 0..=self.components.len() {
            match self.components.get(next).map(|component| &component.kind) {
                Some(ComponentKind::Alias(Schema { kind: Kind::Named(inner), .. })) => next = inner,
                _ => return Ok(()),
            }
        }
        unsupported(name, "the schema refers to itself")
    }
}

fn is_type_name(name: &str) -> Result<(), EmitError> {
    if type_name(name) == name {
        return Ok(());
    }
    unsupported(name, "the name of a schema must be in UpperCamelCase")
}

fn unbox(schema: &ReferenceOr<Box<openapiv3::Schema>>) -> ReferenceOr<openapiv3::Schema> {
    schema.clone().unbox()
}

fn is_struct(object: &ObjectType) -> bool {
    !object.properties.is_empty() || object.additional_properties == Some(AdditionalProperties::Any(false))
}

fn reject_counts(place: &str, object: &ObjectType) -> Result<(), EmitError> {
    if object.min_properties.is_some() || object.max_properties.is_some() {
        return unsupported(place, "minProperties and maxProperties are not checked; leave them out");
    }
    Ok(())
}

fn referred(place: &str, reference: &str) -> Result<String, EmitError> {
    match reference.strip_prefix(REFERENCE) {
        Some(name) => Ok(name.to_owned()),
        None => unsupported(place, format!("`{reference}` is outside of components/schemas")),
    }
}

/// The values of an enum beside `null`, which `nullable` allows or forbids, whether it is listed or not (OpenAPI 3.0.3).
fn enumeration(text: &StringType) -> Vec<String> {
    text.enumeration.iter().flatten().cloned().collect()
}

fn integer_kind(place: &str, integer: &IntegerType) -> Result<Kind, EmitError> {
    let plain = integer.enumeration.is_empty() && integer.multiple_of.is_none();
    if !plain || integer.exclusive_minimum || integer.exclusive_maximum {
        return unsupported(place, "an integer can have a minimum and a maximum, both inclusive, and nothing else");
    }
    let wide = match &integer.format {
        VariantOrUnknownOrEmpty::Item(IntegerFormat::Int32) => false,
        VariantOrUnknownOrEmpty::Item(IntegerFormat::Int64) | VariantOrUnknownOrEmpty::Empty => true,
        VariantOrUnknownOrEmpty::Unknown(format) => {
            return unsupported(place, format!("`{format}` is not a format of an integer; use int32 or int64"));
        }
    };
    Ok(Kind::Integer { wide, minimum: integer.minimum, maximum: integer.maximum })
}

fn number_kind(place: &str, number: &NumberType) -> Result<Kind, EmitError> {
    let plain = number.enumeration.is_empty() && number.multiple_of.is_none();
    if !plain || number.exclusive_minimum || number.exclusive_maximum {
        return unsupported(place, "a number can have a minimum and a maximum, both inclusive, and nothing else");
    }
    let wide = match &number.format {
        VariantOrUnknownOrEmpty::Item(NumberFormat::Float) => false,
        VariantOrUnknownOrEmpty::Item(NumberFormat::Double) | VariantOrUnknownOrEmpty::Empty => true,
        VariantOrUnknownOrEmpty::Unknown(format) => {
            return unsupported(place, format!("`{format}` is not a format of a number; use float or double"));
        }
    };
    Ok(Kind::Number { wide, minimum: number.minimum, maximum: number.maximum })
}

fn text_kind(place: &str, text: &StringType) -> Result<Kind, EmitError> {
    if let Some(contract) = &text.pattern {
        openapi::pattern::translate(contract)
            .or_else(|reason| unsupported(place, format!("the pattern {contract}: {reason}")))?;
    }
    let rules = Text {
        minimum: text.min_length.filter(|least| *least > 0),
        maximum: text.max_length,
        pattern: text.pattern.clone(),
        format: None,
    };
    let format = match &text.format {
        VariantOrUnknownOrEmpty::Empty | VariantOrUnknownOrEmpty::Item(StringFormat::Password) => {
            return Ok(Kind::Text(rules));
        }
        VariantOrUnknownOrEmpty::Item(StringFormat::Date) => "date",
        VariantOrUnknownOrEmpty::Item(StringFormat::DateTime) => "date-time",
        VariantOrUnknownOrEmpty::Item(StringFormat::Byte) => "byte",
        VariantOrUnknownOrEmpty::Item(StringFormat::Binary) => {
            return unsupported(place, "`binary` is a whole body, never a value in one; use byte for Base64");
        }
        VariantOrUnknownOrEmpty::Unknown(format) => format,
    };
    let typed = match format {
        "uuid" => Some(Kind::Uuid),
        "date" => Some(Kind::Date),
        "date-time" => Some(Kind::DateTime),
        "byte" | "uri" | "uri-reference" | "email" => None,
        other => return unsupported(place, format!("the format `{other}` is not checked; use a pattern")),
    };
    let bare = rules.minimum.is_none() && rules.maximum.is_none() && rules.pattern.is_none();
    match typed {
        Some(kind) if bare => Ok(kind),
        Some(_) => unsupported(place, format!("a value of format `{format}` has no length and no pattern of its own")),
        None => Ok(Kind::Text(Text { format: Some(format.to_owned()), ..rules })),
    }
}

/// The same schema with nothing but a type and its `allOf`.
fn reference_with_type(any: &openapiv3::AnySchema) -> openapiv3::AnySchema {
    openapiv3::AnySchema { typ: any.typ.clone(), all_of: any.all_of.clone(), ..openapiv3::AnySchema::default() }
}
