//! Lists whose number of items is at a bound or beyond it. Maps have no such bounds in a contract.

use openapi::{Contract, Kind, Schema};
use serde_json::{Value, json};

use super::values::Variant;

/// A list that is longer than this makes no request that anyone would send.
const LONGEST: usize = 10_000;
const TOO_LONG: &str = "a list that long makes no request that anyone would send";

/// A list with one item too few or too many.
pub fn miscounted(contract: &Contract, schema: &Schema, value: &Value) -> Vec<Variant> {
    let (Kind::Array { min_items, max_items, .. }, Value::Array(items)) = (&contract.resolve(schema).kind, value)
    else {
        return Vec::new();
    };
    let few = min_items.filter(|least| (1..=items.len()).contains(least));
    let few = few.map(|least| Variant::of("has too few items", json!(items[..least - 1])));
    let many = max_items.filter(|_| !items.is_empty()).map(|most| Variant {
        what: "has too many items".to_owned(),
        value: sendable(most).map(|most| json!(repeated(items, most + 1))),
    });
    few.into_iter().chain(many).collect()
}

fn sendable(count: usize) -> Result<usize, &'static str> {
    if count > LONGEST { Err(TOO_LONG) } else { Ok(count) }
}

/// The items, and the last one as often as it takes.
fn repeated(items: &[Value], count: usize) -> Vec<&Value> {
    let more = items.last().into_iter().flat_map(|last| std::iter::repeat_n(last, count.saturating_sub(items.len())));
    items.iter().chain(more).collect()
}

/// The largest list that is allowed, and the smallest. Items of the large list are copies of the last one, with
/// another text wherever the schema lets them have one: they may have to differ. `known` tells what variables hold.
pub fn full(contract: &Contract, schema: &Schema, value: &Value, known: &dyn Fn(&Value) -> Value) -> Vec<Variant> {
    let (Kind::Array { min_items, max_items, items: of_item }, Value::Array(items)) =
        (&contract.resolve(schema).kind, value)
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some(least) = min_items.filter(|least| *least < items.len()) {
        found.push(Variant::of("has its minimum of items", json!(items[..least])));
    }
    if let (Some(most), Some(last)) = (max_items.filter(|most| *most > items.len()), items.last()) {
        let filled = |most: usize| {
            let more = (items.len()..most).map(|at| differing(contract, of_item, last, at, known));
            items.iter().cloned().chain(more).collect::<Value>()
        };
        found.push(Variant { what: "has its maximum of items".to_owned(), value: sendable(most).map(filled) });
    }
    found
        .retain(|edge| edge.value.as_ref().map_or(true, |value| contract.mismatches(schema, &known(value)).is_empty()));
    found
}

/// An item with a number at the end of each of its texts that may have one.
fn differing(
    contract: &Contract,
    schema: &Schema,
    item: &Value,
    number: usize,
    known: &dyn Fn(&Value) -> Value,
) -> Value {
    match (&contract.resolve(schema).kind, item) {
        (Kind::Object(properties), Value::Object(entries)) => {
            let value = |name: &String, value: &Value| match properties.get(name) {
                Some(property) => differing(contract, &property.schema, value, number, known),
                None => value.clone(),
            };
            entries.iter().map(|(name, entry)| (name.clone(), value(name, entry))).collect()
        }
        (Kind::String { .. }, Value::String(_)) => {
            let text = known(item);
            let other = json!(format!("{}-{number}", text.as_str().unwrap_or_default()));
            if contract.mismatches(schema, &other).is_empty() { other } else { item.clone() }
        }
        _ => item.clone(),
    }
}
