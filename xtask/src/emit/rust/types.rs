//! The Rust type of a schema that an answer or a header has.

use openapiv3::{
    AdditionalProperties, IntegerFormat, NumberFormat, ReferenceOr, Schema, SchemaKind, StringFormat, StringType, Type,
    VariantOrUnknownOrEmpty as Format,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::unsupported;
use super::names::type_name;
use crate::emit::EmitError;

/// The type of `schema` as seen from a module beside `client`.
pub fn rust_type(schema: &ReferenceOr<Schema>, place: &str) -> Result<TokenStream, EmitError> {
    match schema {
        ReferenceOr::Reference { reference } => {
            let name = reference.strip_prefix("#/components/schemas/");
            let name =
                name.ok_or_else(|| unsupported(place, &format!("`{reference}` is not a schema of this document")))?;
            let ident = format_ident!("{}", type_name(name));
            Ok(quote! { types::#ident })
        }
        ReferenceOr::Item(schema) => {
            let inner = inline_type(schema, place)?;
            Ok(if schema.schema_data.nullable {
                quote! { Option<#inner> }
            } else {
                inner
            })
        }
    }
}

fn inline_type(schema: &Schema, place: &str) -> Result<TokenStream, EmitError> {
    let unnamed =
        || Err(unsupported(place, "an object or an enum in an answer needs a name; declare it with a schema"));
    match &schema.schema_kind {
        // A nullable reference says its type beside its target, which is why it is no plain `allOf`.
        SchemaKind::Any(any) if any.all_of.len() == 1 => rust_type(&any.all_of[0], place),
        SchemaKind::Any(_) => Ok(quote! { serde_json::Value }),
        SchemaKind::AllOf { all_of } if all_of.len() == 1 => rust_type(&all_of[0], place),
        SchemaKind::Type(Type::Boolean(_)) => Ok(quote! { bool }),
        SchemaKind::Type(Type::Integer(integer)) => Ok(match integer.format {
            Format::Item(IntegerFormat::Int32) => quote! { i32 },
            _ => quote! { i64 },
        }),
        SchemaKind::Type(Type::Number(number)) => Ok(match number.format {
            Format::Item(NumberFormat::Float) => quote! { f32 },
            _ => quote! { f64 },
        }),
        SchemaKind::Type(Type::String(string)) if string.enumeration.is_empty() => Ok(string_type(string)),
        SchemaKind::Type(Type::Array(array)) => {
            let item = match &array.items {
                Some(items) => rust_type(&items.clone().unbox(), place)?,
                None => quote! { serde_json::Value },
            };
            Ok(quote! { Vec<#item> })
        }
        SchemaKind::Type(Type::Object(object)) if object.properties.is_empty() => match &object.additional_properties {
            Some(AdditionalProperties::Schema(value)) => {
                let value = rust_type(value, place)?;
                Ok(quote! { std::collections::BTreeMap<String, #value> })
            }
            _ => Ok(quote! { serde_json::Map<String, serde_json::Value> }),
        },
        _ => unnamed(),
    }
}

fn string_type(string: &StringType) -> TokenStream {
    match &string.format {
        Format::Item(StringFormat::DateTime) => quote! { chrono::DateTime<chrono::Utc> },
        Format::Item(StringFormat::Date) => quote! { chrono::NaiveDate },
        Format::Unknown(format) if format == "uuid" => quote! { uuid::Uuid },
        _ => quote! { String },
    }
}
