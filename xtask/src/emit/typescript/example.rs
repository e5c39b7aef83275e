//! Values in TypeScript, for the examples of the README.

use openapiv3::{
    OpenAPI, ParameterData, ParameterSchemaOrContent, ReferenceOr, RequestBody, Schema, SchemaKind, StringFormat, Type,
    VariantOrUnknownOrEmpty,
};
use serde_json::{Map, Value, json};

use super::names::is_identifier;

/// Objects and arrays that are no longer than this stand on one line.
const LONGEST_LINE: usize = 88;

/// A JSON value as it is written in TypeScript, its first line at this indentation.
#[must_use]
pub fn literal(value: &Value, indentation: usize) -> String {
    let line = one_line(value);
    if line.len() + indentation <= LONGEST_LINE {
        return line;
    }
    let inner = " ".repeat(indentation + 2);
    let outer = " ".repeat(indentation);
    let (open, items, close) = match value {
        Value::Array(items) => ('[', items.iter().map(|item| literal(item, indentation + 2)).collect(), ']'),
        Value::Object(parts) => ('{', properties(parts, |value| literal(value, indentation + 2)), '}'),
        _ => return line,
    };
    let items: Vec<String> = items;
    format!("{open}\n{}{outer}{close}", items.iter().map(|item| format!("{inner}{item},\n")).collect::<String>())
}

fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(parts) if parts.is_empty() => "{}".to_owned(),
        Value::Object(parts) => format!("{{ {} }}", properties(parts, one_line).join(", ")),
        other => other.to_string(),
    }
}

fn properties(parts: &Map<String, Value>, write: impl Fn(&Value) -> String) -> Vec<String> {
    let name = |name: &str| if is_identifier(name) { name.to_owned() } else { quoted(name) };
    parts.iter().map(|(property, value)| format!("{}: {}", name(property), write(value))).collect()
}

/// A string in single quotes. JSON's escapes mean the same in TypeScript.
#[must_use]
pub fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    format!("'{}'", json[1..json.len() - 1].replace("\\\"", "\"").replace('\'', "\\'"))
}

/// The example of a parameter. A required one without an example gets a value of its type.
#[must_use]
pub fn of_parameter(data: &ParameterData, document: &OpenAPI) -> Option<Value> {
    let declared = data.example.clone().or_else(|| first_example(&data.examples));
    declared.or_else(|| match &data.format {
        ParameterSchemaOrContent::Schema(schema) if data.required => Some(value_of(schema, document, 0)),
        _ => None,
    })
}

/// The primary example of a JSON body, else a value of its type.
#[must_use]
pub fn of_body(body: &RequestBody, document: &OpenAPI) -> Option<Value> {
    let media = body.content.get("application/json")?;
    let declared = media.example.clone().or_else(|| first_example(&media.examples));
    declared.or_else(|| media.schema.as_ref().map(|schema| value_of(schema, document, 0)))
}

fn first_example(examples: &indexmap::IndexMap<String, ReferenceOr<openapiv3::Example>>) -> Option<Value> {
    examples.values().find_map(|example| example.as_item()?.value.clone())
}

/// The schema that a reference leads to.
#[must_use]
pub fn resolve<'a>(schema: &'a ReferenceOr<Schema>, document: &'a OpenAPI) -> Option<&'a Schema> {
    match schema {
        ReferenceOr::Item(schema) => match &schema.schema_kind {
            SchemaKind::AllOf { all_of } if all_of.len() == 1 => resolve(&all_of[0], document),
            _ => Some(schema),
        },
        ReferenceOr::Reference { reference } => {
            let name = reference.strip_prefix("#/components/schemas/")?;
            resolve(document.components.as_ref()?.schemas.get(name)?, document)
        }
    }
}

/// Some value of a type: what is required and no more.
fn value_of(schema: &ReferenceOr<Schema>, document: &OpenAPI, depth: usize) -> Value {
    // A type that requires itself has no finite value.
    let Some(schema) = resolve(schema, document).filter(|_| depth < 8) else { return Value::Null };
    if let Some(example) = &schema.schema_data.example {
        return example.clone();
    }
    let SchemaKind::Type(kind) = &schema.schema_kind else { return json!({}) };
    match kind {
        Type::String(text) => match (text.enumeration.iter().flatten().next(), &text.format) {
            (Some(first), _) => json!(first),
            (None, VariantOrUnknownOrEmpty::Item(StringFormat::DateTime)) => json!("2026-01-01T00:00:00Z"),
            (None, VariantOrUnknownOrEmpty::Item(StringFormat::Date)) => json!("2026-01-01"),
            (None, VariantOrUnknownOrEmpty::Unknown(format)) if format == "uuid" => {
                json!("00000000-0000-4000-8000-000000000000")
            }
            _ => json!("text"),
        },
        Type::Integer(number) => json!(number.minimum.unwrap_or(1)),
        Type::Number(number) => json!(number.minimum.unwrap_or(1.0)),
        Type::Boolean(_) => json!(true),
        Type::Array(array) => {
            let item = array.items.as_ref().map(|items| value_of(&items.clone().unbox(), document, depth + 1));
            Value::Array(item.into_iter().collect())
        }
        Type::Object(object) => {
            let required = object.required.iter().filter_map(|name| Some((name, object.properties.get(name)?)));
            let value = |schema: &ReferenceOr<Box<Schema>>| value_of(&schema.clone().unbox(), document, depth + 1);
            Value::Object(required.map(|(name, schema)| (name.clone(), value(schema))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stand_on_one_line_and_long_ones_do_not() {
        assert_eq!(literal(&json!({ "a": [1, "it's"], "b-c": null }), 0), r"{ a: [1, 'it\'s'], 'b-c': null }");
        let long = json!({ "first": "x".repeat(50), "second": { "third": "y".repeat(50) } });
        let (first, third) = ("x".repeat(50), "y".repeat(50));
        let expected = format!("{{\n    first: '{first}',\n    second: {{ third: '{third}' }},\n  }}");
        assert_eq!(literal(&long, 2), expected);
    }

    #[test]
    fn quotes_and_line_breaks_survive_in_strings() {
        assert_eq!(quoted("a \"b\" 'c' \\ \n"), r#"'a "b" \'c\' \\ \n'"#);
    }
}
