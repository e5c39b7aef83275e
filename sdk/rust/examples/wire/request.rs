//! A request as it comes in, and the typed values that are taken from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::generated::sdk::Body;

/// Why the types of the client cannot express a request.
#[derive(Debug)]
pub struct Inexpressible(pub String);

/// Texts by the name of their parameter.
type Texts = BTreeMap<String, Vec<String>>;

/// One request of an operation. What is taken from it is no longer there, so that at the end it shows what the client
/// has no place for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub base_url: String,
    pub operation: String,
    pub token: Option<String>,
    /// What every request of the client has, beyond the API's own headers.
    #[serde(default)]
    pub additional_headers: BTreeMap<String, String>,
    #[serde(default)]
    path: Texts,
    #[serde(default)]
    query: Texts,
    #[serde(default)]
    headers: Texts,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    body_file: Option<PathBuf>,
}

/// A body of `null` is a body.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[allow(dead_code, reason = "no API uses all of it")]
impl Request {
    pub fn path<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Result<Option<T>, Inexpressible> {
        self.path.remove(name).map(|texts| parameter(name, &texts)).transpose()
    }

    pub fn query<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Result<Option<T>, Inexpressible> {
        self.query.remove(name).map(|texts| parameter(name, &texts)).transpose()
    }

    pub fn header<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Result<Option<T>, Inexpressible> {
        let name = self.headers.keys().find(|given| given.eq_ignore_ascii_case(name)).cloned();
        name.and_then(|name| self.headers.remove(&name).map(|texts| parameter(&name, &texts))).transpose()
    }

    pub fn json<T: DeserializeOwned + Serialize>(&mut self) -> Result<Option<T>, Inexpressible> {
        let Some(given) = self.body.take() else { return Ok(None) };
        let refused = |error: &dyn std::fmt::Display| Inexpressible(format!("body: {error}"));
        let typed: T = serde_json::from_value(given.clone()).map_err(|error| refused(&error))?;
        let sent = serde_json::to_value(&typed).map_err(|error| refused(&error))?;
        match lost(&given, &sent, "$") {
            Some(place) => Err(refused(&format!("its type has no such value at {place}"))),
            None => Ok(Some(typed)),
        }
    }

    pub fn bytes(&mut self) -> Result<Option<Body>, Inexpressible> {
        let Some(path) = self.body_file.take() else { return Ok(None) };
        let bytes = std::fs::read(&path).map_err(|error| Inexpressible(format!("{}: {error}", path.display())))?;
        Ok(Some(bytes.into()))
    }

    /// Refuses what nothing has taken.
    pub fn end(self) -> Result<(), Inexpressible> {
        let names = [self.path, self.query, self.headers].into_iter().flat_map(Texts::into_keys);
        let left: Vec<String> = names
            .chain(self.body.map(|_| "the body".to_owned()))
            .chain(self.body_file.map(|_| "the body of bytes".to_owned()))
            .collect();
        if left.is_empty() { Ok(()) } else { Err(Inexpressible(format!("it has no place for {}", left.join(", ")))) }
    }
}

/// The typed value of a parameter that is given as text: a text, a number, `true` or `false`, or a list of them.
fn parameter<T: DeserializeOwned + Serialize>(name: &str, texts: &[String]) -> Result<T, Inexpressible> {
    let as_texts: Vec<Value> = texts.iter().map(|text| Value::from(text.as_str())).collect();
    let as_json = texts.iter().map(|text| serde_json::from_str(text).ok().filter(|value: &Value| !value.is_string()));
    let as_json: Option<Vec<Value>> = as_json.collect();
    let lists: Vec<Vec<Value>> = [Some(as_texts), as_json].into_iter().flatten().collect();
    let single = lists.iter().filter(|list| list.len() == 1).map(|list| list[0].clone());
    let mut reason = format!("it is given {} times", texts.len());
    for given in single.chain(lists.iter().cloned().map(Value::Array)) {
        let typed: T = match serde_json::from_value(given.clone()) {
            Ok(typed) => typed,
            // The first reason is about the text itself, and the one to tell.
            Err(error) if texts.len() == 1 && given.is_string() => {
                reason = error.to_string();
                continue;
            }
            Err(_) => continue,
        };
        let sent = serde_json::to_value(&typed).ok();
        if sent.is_some_and(|sent| lost(&given, &sent, "$").is_none()) {
            return Ok(typed);
        }
    }
    Err(Inexpressible(format!("{name}: {reason}")))
}

/// Where the typed value differs from what was given. Values that the type adds, such as defaults, are no difference,
/// and neither is another way to write a number or a time.
fn lost(given: &Value, typed: &Value, place: &str) -> Option<String> {
    match (given, typed) {
        (Value::Object(given), Value::Object(typed)) => given.iter().find_map(|(name, given)| {
            let place = format!("{place}.{name}");
            match typed.get(name) {
                Some(typed) => lost(given, typed, &place),
                None => Some(place),
            }
        }),
        (Value::Array(given), Value::Array(typed)) if given.len() == typed.len() => {
            let pairs = given.iter().zip(typed).enumerate();
            pairs.into_iter().find_map(|(at, (given, typed))| lost(given, typed, &format!("{place}[{at}]")))
        }
        (Value::Number(given), Value::Number(typed)) if given.as_f64() == typed.as_f64() => None,
        (Value::String(given), Value::String(typed)) if is_same_time(given, typed) => None,
        (given, typed) => (given != typed).then(|| place.to_owned()),
    }
}

fn is_same_time(given: &str, typed: &str) -> bool {
    let time = |text| chrono::DateTime::parse_from_rfc3339(text).ok();
    time(given).zip(time(typed)).is_some_and(|(given, typed)| given == typed)
}
