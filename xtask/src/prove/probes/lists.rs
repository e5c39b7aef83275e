//! Lists whose number of items is at a bound or beyond it.

use openapi::{Contract, Kind, Schema};
use serde_json::{Value, json};

use super::values::Variant;

/// A list that is longer than this makes no request that anyone would send.
const LONGEST: usize = 10_000;

/// A list with one item too few or too many.
pub fn miscounted(contract: &Contract, schema: &Schema, items: &[Value]) -> Vec<Variant> {
    let Kind::Array { min_items, max_items, .. } = &contract.resolve(schema).kind else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(least) = min_items.filter(|least| (1..=items.len()).contains(least)) {
        found.push(Variant { what: "has too few items".to_owned(), value: json!(items[..least - 1]) });
    }
    if let (Some(most), Some(last)) = (max_items, items.last()) {
        let more = most + 1 - items.len().min(most + 1);
        let many: Vec<_> = items.iter().chain(std::iter::repeat_n(last, more)).collect();
        found.push(Variant { what: "has too many items".to_owned(), value: json!(many) });
    }
    found
}

/// The longest list that is allowed. Its items are copies of the last one, with another text wherever the schema lets them
/// have one: they may have to differ.
pub fn full(contract: &Contract, schema: &Schema, items: &[Value]) -> Option<Variant> {
    let Kind::Array { max_items: Some(most), items: of_item, .. } = &contract.resolve(schema).kind else { return None };
    let last = items.last().filter(|_| (items.len() + 1..=LONGEST).contains(most))?;
    let more = (items.len()..*most).map(|at| differing(contract, of_item, last, at));
    let value = Value::from(items.iter().cloned().chain(more).collect::<Vec<_>>());
    let allowed = contract.mismatches(schema, &value).is_empty();
    allowed.then(|| Variant { what: "has its maximum of items".to_owned(), value })
}

/// An item with a number at the end of each of its texts that may have one.
fn differing(contract: &Contract, schema: &Schema, item: &Value, number: usize) -> Value {
    match (&contract.resolve(schema).kind, item) {
        (Kind::Object(properties), Value::Object(entries)) => {
            let value = |name: &String, value: &Value| match properties.get(name) {
                Some(property) => differing(contract, &property.schema, value, number),
                None => value.clone(),
            };
            entries.iter().map(|(name, entry)| (name.clone(), value(name, entry))).collect()
        }
        (_, Value::String(text)) => {
            let other = json!(format!("{text}-{number}"));
            if contract.mismatches(schema, &other).is_empty() { other } else { item.clone() }
        }
        _ => item.clone(),
    }
}
