//! Reading the parameters and the body of a request, with everything that is wrong with them at once.

use dropshot::{Body, RequestContext};
use http::{HeaderMap, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::{Check, violations};
use crate::contract::{Location, OperationContract, ParameterContract};
use crate::error::{ApiFailure, Violation};
use crate::extract::{Incoming, Variables, byte_stream, json_bytes};
use crate::json::strict_json;
use crate::operation::Operation;
use crate::parameter;
use crate::settings::{ApiContext, ApiSettings};
use crate::stream::ByteStream;

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
        let query = rqctx.request.uri().query().unwrap_or_default();
        input.query = parameter::query(input.contract, query, &mut input.found);
        input
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
        let given = self.given(parameter)?;
        match parameter::value(&self.contract.components, parameter, &given) {
            Ok(None) => Ok(None),
            Ok(Some(value)) => self.convert(name, value).map(Some),
            Err(found) => {
                self.found.extend(found);
                Err(Refused)
            }
        }
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
            Location::Query => Ok(parameter::named(&self.query, &parameter.name)),
            Location::Header => parameter::header(self.headers, &parameter.name).map_err(|violation| {
                self.found.push(violation);
                Refused
            }),
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
