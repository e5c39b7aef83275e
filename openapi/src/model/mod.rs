//! The contract as plain data. Everything remembers the place it was written at.

mod sample;
mod schema;

pub use sample::{Assertion, Body, Capture, Request, Sample};
pub use schema::{Kind, NamedSchema, Property, Schema, StringFormat};

use httpfile::Location;
use indexmap::IndexMap;
use serde_json::Value;

/// One API, as its request files describe it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The title that `@api` gives.
    pub title: String,
    /// The version that `@api` gives.
    pub version: String,
    /// The prose after `@api`.
    pub description: Option<String>,
    /// Where `@api` stands.
    pub location: Location,
    /// In the order written.
    pub servers: Vec<Server>,
    /// In the order written.
    pub security_schemes: Vec<SecurityScheme>,
    /// In the order written.
    pub tags: Vec<Tag>,
    /// By name, in the order first met: declared ones first, then those that operations bring.
    pub schemas: IndexMap<String, NamedSchema>,
    /// In the order of their first requests.
    pub operations: Vec<Operation>,
    /// Every request, in the order in which a run sends them: files by name, requests as written.
    pub samples: Vec<Sample>,
}

/// A place the API is served from.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its base URL.
    pub url: String,
    /// What it is.
    pub description: Option<String>,
    /// Where it was declared.
    pub location: Location,
}

impl Server {
    /// The path of its base URL, without a slash at its end: what stands before the paths of operations.
    #[must_use]
    pub fn path(&self) -> &str {
        crate::base::path_of(&self.url)
    }
}

/// A way to prove who calls.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityScheme {
    /// What `@security` calls it.
    pub name: String,
    /// `bearer`.
    pub scheme: String,
    /// What a bearer token is, such as `JWT`.
    pub bearer_format: Option<String>,
    /// What to know about it.
    pub description: Option<String>,
    /// Where it was declared.
    pub location: Location,
}

/// A group of operations.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What belongs to it.
    pub description: Option<String>,
    /// Where it was declared.
    pub location: Location,
}

/// One method on one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The operation id.
    pub id: String,
    /// In upper case.
    pub method: String,
    /// The path template, such as `/pets/{petId}`.
    pub path: String,
    /// One line.
    pub summary: Option<String>,
    /// Paragraphs.
    pub description: Option<String>,
    /// The groups it belongs to.
    pub tags: Vec<String>,
    /// Who may call it; `None` where nothing is asked for.
    pub security: Option<Security>,
    /// Whether callers should stop to use it.
    pub deprecated: bool,
    /// Path parameters in the order of the path, then query and header parameters as written.
    pub parameters: Vec<Parameter>,
    /// What is sent.
    pub body: Option<Content>,
    /// What is answered, by ascending status.
    pub responses: Vec<Response>,
    /// Where its primary request stands.
    pub location: Location,
}

/// What a caller must present.
#[derive(Clone, Debug, PartialEq)]
pub struct Security {
    /// The scheme's name; `None` after `@security none`.
    pub scheme: Option<String>,
    /// The roles that are needed, all of them.
    pub roles: Vec<String>,
    /// Where it was written.
    pub location: Location,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterPlace {
    /// In a segment of the path.
    Path,
    /// After the `?`.
    Query,
    /// In a header of the request.
    Header,
}

/// One parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Where it travels.
    pub place: ParameterPlace,
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub description: Option<String>,
    /// Its type.
    pub schema: Schema,
    /// A value that fits.
    pub example: Option<Value>,
    /// Where it was declared or first used.
    pub location: Location,
}

/// A body that is sent or answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// What it is for, where that is said of the body itself.
    pub description: Option<String>,
    /// Its media type and schema.
    pub media: Media,
    /// Bodies that fit, the primary request's first.
    pub examples: Vec<Example>,
    /// Where it was declared or first used.
    pub location: Location,
}

/// The media types a contract can speak.
#[derive(Clone, Debug, PartialEq)]
pub enum Media {
    /// `application/json`
    Json(Schema),
    /// `application/octet-stream`, streamed
    Binary,
}

/// One body, shown in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The test id of its request, else the request's name.
    pub key: String,
    /// One line.
    pub summary: Option<String>,
    /// The JSON.
    pub value: Value,
    /// Where it is written.
    pub location: Location,
}

/// One answer of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// What it means.
    pub description: String,
    /// Headers that come with it.
    pub headers: Vec<ResponseHeader>,
    /// Its body, if it has one.
    pub content: Option<Content>,
    /// Where it was declared.
    pub location: Location,
}

/// A header of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseHeader {
    /// Its name.
    pub name: String,
    /// Whether it is always there.
    pub required: bool,
    /// What it says.
    pub description: Option<String>,
    /// Its type.
    pub schema: Schema,
    /// Where it was declared.
    pub location: Location,
}
