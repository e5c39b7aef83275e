//! Parameters that progenitor writes as text: those of paths and headers.

use openapiv3::{
    Components, Parameter, ParameterSchemaOrContent, ReferenceOr, Schema, SchemaKind, StringFormat, StringType, Type,
    VariantOrUnknownOrEmpty as Format,
};

use super::model::unsupported;
use crate::emit::EmitError;

/// Refuses what has no form as text.
pub fn check(parameter: &Parameter, components: Option<&Components>, id: &str) -> Result<(), EmitError> {
    let name = &parameter.parameter_data_ref().name;
    if let Parameter::Cookie { .. } = parameter {
        return Err(unsupported(&format!("{id}.{name}"), "the parameter is a cookie; use a header"));
    }
    let Some(schema) = text_schema(parameter).map(|schema| resolved(schema, components)) else { return Ok(()) };
    let scalar = schema.is_some_and(|schema| {
        !schema.schema_data.nullable
            && matches!(
                schema.schema_kind,
                SchemaKind::Type(Type::String(_) | Type::Integer(_) | Type::Number(_) | Type::Boolean(_))
            )
    });
    if scalar {
        return Ok(());
    }
    let message = "the parameter is not text, a number or a boolean; only a query can hold more";
    Err(unsupported(&format!("{id}.{name}"), message))
}

/// Refuses a path with a variable that no parameter describes.
pub fn check_path(path: &str, parameters: &[&Parameter], id: &str) -> Result<(), EmitError> {
    let variables = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(variable, _)| variable);
    for variable in variables {
        let described = parameters.iter().any(|parameter| {
            let data = parameter.parameter_data_ref();
            matches!(parameter, Parameter::Path { .. }) && data.name == variable && data.required
        });
        if !described {
            let message = format!("its path has `{{{variable}}}`; declare a required path parameter of that name");
            return Err(unsupported(id, &message));
        }
    }
    Ok(())
}

/// Progenitor prints a time as Rust does, which is not RFC 3339: such a parameter is text, and the caller formats it.
pub fn with_times_as_text(parameter: &mut Parameter, components: Option<&Components>) {
    let is_time = text_schema(parameter).and_then(|schema| resolved(schema, components)).is_some_and(is_time);
    let (Parameter::Path { parameter_data, .. } | Parameter::Header { parameter_data, .. }) = parameter else { return };
    if is_time {
        let text = Schema {
            schema_data: openapiv3::SchemaData::default(),
            schema_kind: SchemaKind::Type(Type::String(StringType::default())),
        };
        parameter_data.format = ParameterSchemaOrContent::Schema(ReferenceOr::Item(text));
    }
}

fn is_time(schema: &Schema) -> bool {
    matches!(&schema.schema_kind, SchemaKind::Type(Type::String(text)) if text.format == Format::Item(StringFormat::DateTime))
}

fn text_schema(parameter: &Parameter) -> Option<&ReferenceOr<Schema>> {
    match parameter {
        Parameter::Path { parameter_data, .. } | Parameter::Header { parameter_data, .. } => {
            match &parameter_data.format {
                ParameterSchemaOrContent::Schema(schema) => Some(schema),
                ParameterSchemaOrContent::Content(_) => None,
            }
        }
        Parameter::Query { .. } | Parameter::Cookie { .. } => None,
    }
}

/// The schema behind references, and behind an `allOf` of one that adds a description.
fn resolved<'a>(schema: &'a ReferenceOr<Schema>, components: Option<&'a Components>) -> Option<&'a Schema> {
    let mut schema = schema;
    // A chain longer than the number of schemas is a circle.
    for _ in 0..=components.map_or(0, |components| components.schemas.len()) + 1 {
        schema = match schema {
            ReferenceOr::Reference { reference } => {
                components?.schemas.get(reference.strip_prefix("#/components/schemas/")?)?
            }
            ReferenceOr::Item(item) => match &item.schema_kind {
                SchemaKind::AllOf { all_of } if all_of.len() == 1 && !item.schema_data.nullable => &all_of[0],
                _ => return Some(item),
            },
        };
    }
    None
}
