//! What changes in an answer by itself, such as the seconds that are left.

use std::collections::BTreeSet;

use serde_json::Value;

/// The places of one answer that differ each time that it is read, seconds apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift(BTreeSet<String>);

impl Drift {
    /// In three readings with no request in between. What changes once may be what an earlier request has led to.
    pub fn of(readings: [Option<&[u8]>; 3]) -> Self {
        let [first, second, third] = readings.map(read);
        Self(&differences(&first, &second) & &differences(&second, &third))
    }

    /// Whether two readings differ at another place.
    pub fn explains(&self, before: Option<&[u8]>, after: Option<&[u8]>) -> bool {
        let without = |bytes| {
            let mut value = read(bytes);
            for place in &self.0 {
                value.pointer_mut(place).into_iter().for_each(|value| *value = Value::Null);
            }
            value
        };
        before == after || without(before) == without(after)
    }
}

/// What a reader showed as a list of one value, or of none where it showed nothing.
fn read(bytes: Option<&[u8]>) -> Value {
    let text = |bytes| Value::String(String::from_utf8_lossy(bytes).into_owned());
    bytes.map(|bytes| serde_json::from_slice(bytes).unwrap_or_else(|_| text(bytes))).into_iter().collect()
}

fn differences(a: &Value, b: &Value) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    compare(a, b, String::new(), &mut places);
    places
}

fn compare(a: &Value, b: &Value, place: String, places: &mut BTreeSet<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for ((name, a), b) in a.iter().zip(b.values()) {
                let step = name.replace('~', "~0").replace('/', "~1");
                compare(a, b, format!("{place}/{step}"), places);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, format!("{place}/{at}"), places);
            }
        }
        (a, b) if a == b => {}
        _ => drop(places.insert(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_by_itself_explains_only_its_own_place() {
        let body = |left: u8, title: &str| format!(r#"{{"a/b":[{{"left":{left},"title":"{title}"}}]}}"#).into_bytes();
        let [once, later, last] = [9, 8, 7].map(|left| body(left, "Dune"));
        let drift = Drift::of([Some(&once), Some(&later), Some(&last)]);
        assert!(drift.explains(Some(&once), Some(&body(6, "Dune"))));
        assert!(!drift.explains(Some(&once), Some(&body(7, "Emma"))));
        assert!(!drift.explains(Some(&once), None));
    }

    #[test]
    fn what_changes_once_explains_nothing() {
        let drift = Drift::of([Some(b"a"), Some(b"b"), Some(b"b")]);
        assert!(drift.explains(Some(b"b"), Some(b"b")) && !drift.explains(Some(b"a"), Some(b"b")));
        assert!(!drift.explains(Some(b"null"), None));
    }

    #[test]
    fn what_comes_and_goes_by_itself_shows_no_change() {
        assert!(Drift::of([None, Some(b"{}"), None]).explains(Some(b"{}"), Some(b"[]")));
    }
}
