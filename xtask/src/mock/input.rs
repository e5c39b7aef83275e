//! Whether a request is one that the server would take.

use std::io::{self, Read};

use http::HeaderMap;

use super::rules::check::violations;
use super::rules::contract::{BodyContract, Location, OperationContract};
use super::rules::error::{ApiFailure, Violation};
use super::rules::{json, media, parameter};

/// The limits that a generated server has unless it is configured.
const MAX_JSON_BYTES: u64 = 1024 * 1024;
const MAX_STREAM_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// A request that is read.
pub struct Input<'a> {
    /// What its operation takes.
    pub contract: &'a OperationContract,
    /// The values in its path.
    pub path: &'a [(String, String)],
    /// What follows the `?`.
    pub query: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

impl Input<'_> {
    /// Reads the whole request, in the order of the server: parameters, then the body.
    ///
    /// # Errors
    /// What the server would answer: 400, 413, 415, or 422 with everything that is not allowed.
    pub fn check(&self, body: &mut dyn Read) -> Result<(), ApiFailure> {
        let mut found = Vec::new();
        let query = parameter::query(self.contract, self.query, &mut found);
        for parameter in &self.contract.parameters {
            let name = &parameter.name;
            let given = match parameter.location {
                Location::Path => Ok(parameter::named(self.path, name)),
                Location::Query => Ok(parameter::named(&query, name)),
                Location::Header => parameter::header(self.headers, name).map_err(|violation| vec![violation]),
            };
            match given.and_then(|given| parameter::value(&self.contract.components, parameter, &given)) {
                Ok(None) if parameter.required => found.push(Violation::new(name, "is required")),
                Ok(_) => {}
                Err(violations) => found.extend(violations),
            }
        }
        match &self.contract.body {
            Some(content) if content.media == "application/json" => found.extend(self.json(content, body)?),
            // Bytes are streamed, and parameters must be right before the first one is taken.
            Some(_) if found.is_empty() => self.bytes(body)?,
            _ => {}
        }
        if found.is_empty() { Ok(()) } else { Err(ApiFailure::invalid(found)) }
    }

    fn json(&self, content: &BodyContract, body: &mut dyn Read) -> Result<Vec<Violation>, ApiFailure> {
        media::expect_json(self.headers, MAX_JSON_BYTES)?;
        let mut text = Vec::new();
        body.take(MAX_JSON_BYTES + 1).read_to_end(&mut text).map_err(|error| unread(&error))?;
        if text.len() as u64 > MAX_JSON_BYTES {
            return Err(media::over(MAX_JSON_BYTES));
        }
        let value = json::strict_json(&text)?;
        Ok(violations(&self.contract.components, &content.schema, &value, ""))
    }

    fn bytes(&self, body: &mut dyn Read) -> Result<(), ApiFailure> {
        media::expect_bytes(self.headers, MAX_STREAM_BYTES)?;
        let count = io::copy(&mut body.take(MAX_STREAM_BYTES + 1), &mut io::sink()).map_err(|error| unread(&error))?;
        if count > MAX_STREAM_BYTES { Err(media::over(MAX_STREAM_BYTES)) } else { Ok(()) }
    }
}

fn unread(error: &io::Error) -> ApiFailure {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ApiFailure::timeout("the body did not arrive in time"),
        _ => media::broken_off(),
    }
}
