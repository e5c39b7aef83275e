//! Reading the parameters and the body of a request, with everything that is wrong with them at once.

use dropshot::{Body, RequestContext};
use http::{HeaderMap, Request};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::{Check, violations};
use crate::contract::{Location, OperationContract, ParameterContract};
use crate::error::{ApiFailure, Violation};
use crate::extract::{Incoming, Variables, byte_stream, json_bytes};
use crate::operation::Operation;
use crate::settings::{ApiContext, ApiSettings};
use crate::stream::ByteStream;
use crate::strict;

/// A request that is being read.
pub struct Input<'a> {
    contract: &'static OperationContract,
    names: &'static [(&'static str, &'static str)],
    variables: Variables,
    settings: &'a ApiSettings,
    headers: &'a HeaderMap,
    query: Vec<(String, String)>,
    request: Request<Body>,
    found: Vec<Violation>,
}

/// A value was not allowed; which, stands in the list of violations. [`Input::finish`] ends every such request before a
/// value is used, so that this never becomes an answer by itself.
#[derive(Clone, Copy, Debug)]
pub struct Refused;

impl From<Refused> for ApiFailure {
    fn from(_: Refused) -> Self {
        Self::internal("a value was used although it had been refused")
    }
}

impl<'a> Input<'a> {
    /// Starts to read a request of operation `O`.
    pub fn new<O: Operation, C: ApiContext>(rqctx: &'a RequestContext<C>, incoming: Incoming<O>) -> Self {
        let (request, variables) = incoming.into_parts();
        let mut input = Self {
            contract: O::contract(),
            names: O::VARIABLES,
            variables,
            settings: rqctx.context().settings(),
            headers: rqctx.request.headers(),
            query: Vec::new(),
            request,
            found: Vec::new(),
        };
        input.read_query(rqctx.request.uri().query().unwrap_or_default());
        input
    }

    /// Splits the query string. A name that the contract does not have is refused: it is a misspelt one more often than
    /// anything else, and would change the answer by being ignored.
    fn read_query(&mut self, query: &str) {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), _) if self.contract.parameter(Location::Query, &name).is_none() => {
                    self.found.push(Violation::new(name, "is no query parameter of this operation"));
                }
                (Some(name), Some(value)) => self.query.push((name, value)),
                (Some(name), None) => self.found.push(Violation::new(name, "must be UTF-8 with percent-encoding")),
                (None, _) => self.found.push(Violation::new("query", "must be UTF-8 with percent-encoding")),
            }
        }
    }

    /// The value of a parameter that every request has, or whose default the contract knows.
    ///
    /// # Errors
    /// It is missing or not allowed.
    pub fn required<T: DeserializeOwned>(&mut self, location: Location, name: &str) -> Result<T, Refused> {
        match self.optional(location, name)? {
            Some(value) => Ok(value),
            None => {
                self.found.push(Violation::new(name, "is required"));
                Err(Refused)
            }
        }
    }

    /// The value of a parameter that may be left out; its default, when the contract knows one.
    ///
    /// # Errors
    /// It is not allowed.
    pub fn optional<T: DeserializeOwned>(&mut self, location: Location, name: &str) -> Result<Option<T>, Refused> {
        let Some(parameter) = self.contract.parameter(location, name) else { return Ok(None) };
        let (schema, _) = self.contract.components.resolve(&parameter.schema);
        let given = self.given(parameter)?;
        let value = if schema["type"] == "array" {
            list_value(&self.contract.components.resolve(&schema["items"]).0["type"], parameter, &given)
        } else {
            self.single(name, &given)?.map(|text| typed(&schema["type"], text))
        };
        let Some(value) = value.or_else(|| default(parameter, schema)) else { return Ok(None) };
        let found = violations(&self.contract.components, &parameter.schema, &value, name);
        if found.is_empty() {
            return self.convert(name, value).map(Some);
        }
        self.found.extend(found);
        Err(Refused)
    }

    fn single<'v>(&mut self, name: &str, given: &'v [String]) -> Result<Option<&'v str>, Refused> {
        if given.len() > 1 {
            self.found.push(Violation::new(name, "is given more than once"));
            return Err(Refused);
        }
        Ok(given.first().map(String::as_str))
    }

    fn convert<T: DeserializeOwned>(&mut self, name: &str, value: Value) -> Result<T, Refused> {
        serde_json::from_value(value).map_err(|error| {
            self.found.push(Violation::new(name, error.to_string()));
            Refused
        })
    }

    fn given(&mut self, parameter: &ParameterContract) -> Result<Vec<String>, Refused> {
        match parameter.location {
            Location::Path => Ok(self.variable(&parameter.name).into_iter().collect()),
            Location::Query => {
                let named = self.query.iter().filter(|(name, _)| *name == parameter.name);
                Ok(named.map(|(_, value)| value.clone()).collect())
            }
            Location::Header => {
                let values = self.headers.get_all(&parameter.name).iter();
                values
                    .map(|value| std::str::from_utf8(value.as_bytes()).map(str::to_owned))
                    .collect::<Result<_, _>>()
                    .map_err(|_| {
                        self.found.push(Violation::new(&parameter.name, "must be UTF-8"));
                        Refused
                    })
            }
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        let (_, variable) = self.names.iter().find(|(parameter, _)| *parameter == name)?;
        self.variables.get(*variable).cloned()
    }

    /// Reads the JSON body. The contract's rules are checked on the typed value; only a body that breaks one is read
    /// again, to tell all of them.
    ///
    /// # Errors
    /// The body is of another type, too large, too slow or malformed. A body that is not allowed is `Ok(Err(Refused))`.
    pub async fn json<T: DeserializeOwned + Check>(&mut self) -> Result<Result<T, Refused>, ApiFailure> {
        let request = std::mem::take(&mut self.request);
        let bytes = json_bytes(request, self.settings).await?;
        let reason = match serde_json::from_slice::<T>(&bytes) {
            Ok(body) if body.holds() => return Ok(Ok(body)),
            Ok(_) => "is not allowed".to_owned(),
            // Whether it is JSON at all cannot be told from the kind of the error: a number in the place of an enum counts
            // as a mistake of syntax.
            Err(error) => error.to_string(),
        };
        let value = strict_json(&bytes)?;
        let mut found = self.body_violations(&value);
        if found.is_empty() {
            found.push(Violation::new("body", reason));
        }
        self.found.extend(found);
        Ok(Err(Refused))
    }

    /// Reads a JSON body whose type is no named one, such as a list, and is therefore checked as JSON.
    ///
    /// # Errors
    /// As [`Input::json`].
    pub async fn unnamed_json<T: DeserializeOwned>(&mut self) -> Result<Result<T, Refused>, ApiFailure> {
        let request = std::mem::take(&mut self.request);
        let value = strict_json(&json_bytes(request, self.settings).await?)?;
        let found = self.body_violations(&value);
        if found.is_empty() {
            return Ok(self.convert("body", value));
        }
        self.found.extend(found);
        Ok(Err(Refused))
    }

    fn body_violations(&self, value: &Value) -> Vec<Violation> {
        let body = self.contract.body.as_ref();
        body.map(|body| violations(&self.contract.components, &body.schema, value, "")).unwrap_or_default()
    }

    /// Gives the body as a stream of bytes; the parameters must be read by then, since they are refused first.
    ///
    /// # Errors
    /// 422 when a parameter is not allowed, 415 or 413 when the body is not.
    pub fn bytes(&mut self) -> Result<ByteStream, ApiFailure> {
        self.finish()?;
        byte_stream(std::mem::take(&mut self.request), self.settings)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 422 with everything that was not allowed.
    pub fn finish(&mut self) -> Result<(), ApiFailure> {
        if self.found.is_empty() { Ok(()) } else { Err(ApiFailure::invalid(std::mem::take(&mut self.found))) }
    }
}

fn strict_json(bytes: &[u8]) -> Result<Value, ApiFailure> {
    let malformed = |error| ApiFailure::bad_request(format!("the body is not JSON: {error}"));
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = strict::value::<Value, _>(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}

fn default(parameter: &ParameterContract, schema: &Value) -> Option<Value> {
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
