//! The values that parameters carry as text.

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::check::violations;
use super::contract::{Components, Location, OperationContract, ParameterContract};
use super::error::Violation;

/// Splits a query string into names and values. A name that the contract does not have is refused: it is a misspelt one
/// more often than anything else, and would change the answer by being ignored.
pub fn query(contract: &OperationContract, text: &str, found: &mut Vec<Violation>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(value)) {
            (Some(name), _) if contract.parameter(Location::Query, &name).is_none() => {
                found.push(Violation::new(name, "is no query parameter of this operation"));
            }
            (Some(name), Some(value)) => pairs.push((name, value)),
            (Some(name), None) => found.push(Violation::new(name, "must be UTF-8 with percent-encoding")),
            (None, _) => found.push(Violation::new("query", "must be UTF-8 with percent-encoding")),
        }
    }
    pairs
}

/// The values of one name of a query string.
#[must_use]
pub fn named(query: &[(String, String)], name: &str) -> Vec<String> {
    query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone()).collect()
}

/// The values of a header.
///
/// # Errors
/// One of them is no text.
pub fn header(headers: &HeaderMap, name: &str) -> Result<Vec<String>, Violation> {
    let texts = headers.get_all(name).iter().map(|value| std::str::from_utf8(value.as_bytes()).map(str::to_owned));
    texts.collect::<Result<_, _>>().map_err(|_| Violation::new(name, "must be UTF-8"))
}

/// The value of a parameter that was given as these texts; without one its default, when the contract knows a default and lets
/// requests leave the parameter out.
///
/// # Errors
/// Every rule of the contract that it breaks.
pub fn value(
    components: &Components,
    parameter: &ParameterContract,
    given: &[String],
) -> Result<Option<Value>, Vec<Violation>> {
    let name = &parameter.name;
    let (schema, _) = components.resolve(&parameter.schema);
    let value = if schema["type"] == "array" {
        list_value(&components.resolve(&schema["items"]).0["type"], parameter, given)
    } else if given.len() > 1 {
        return Err(vec![Violation::new(name, "is given more than once")]);
    } else {
        given.first().map(|text| typed(&schema["type"], text))
    };
    let Some(value) = value.or_else(|| default(parameter, schema)) else { return Ok(None) };
    let found = violations(components, &parameter.schema, &value, name);
    if found.is_empty() { Ok(Some(value)) } else { Err(found) }
}

fn default(parameter: &ParameterContract, schema: &Value) -> Option<Value> {
    if parameter.required {
        return None;
    }
    parameter.schema.get("default").or_else(|| schema.get("default")).cloned()
}

fn list_value(kind: &Value, parameter: &ParameterContract, given: &[String]) -> Option<Value> {
    if given.is_empty() {
        return None;
    }
    let items = given.iter().flat_map(|text| {
        let parts: Vec<&str> = if parameter.explode { vec![text] } else { text.split(',').collect() };
        // White space around the items of a header's list means nothing (RFC 9110, 5.6.1).
        let header = parameter.location == Location::Header;
        parts.into_iter().map(|part| typed(kind, if header { part.trim() } else { part })).collect::<Vec<_>>()
    });
    Some(Value::Array(items.collect()))
}

/// The JSON value that a parameter's text stands for; text that stands for none stays text, and is refused as such.
/// Numbers are written as in JSON, so that no two texts stand for the same integer.
fn typed(kind: &Value, text: &str) -> Value {
    let parsed = match kind.as_str() {
        Some("integer") if is_integer(text) => text.parse::<i64>().ok().map(Value::from),
        Some("number") if text.trim() == text => serde_json::from_str(text).ok().map(Value::Number),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Whether a text is an integer as JSON writes it; a zero has no sign.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.starts_with('0') && text != "0";
    !digits.is_empty() && !leading_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|decoded| decoded.into_owned())
}
