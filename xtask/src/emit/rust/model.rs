//! What the typed face needs to know of each operation, checked before anything is generated.

use heck::ToSnakeCase;
use openapiv3::{MediaType, OpenAPI, Operation as ApiOperation, Parameter, ReferenceOr, Response, Schema, StatusCode};

use super::names::ident;
use super::parameters;
use crate::emit::{EmitError, all, split, status};

pub const JSON: &str = "application/json";
pub const BYTES: &str = "application/octet-stream";

/// One operation of the document.
pub struct Operation<'a> {
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub item: &'a ApiOperation,
    pub parameters: Vec<&'a Parameter>,
    pub body: Option<Body<'a>>,
    pub successes: Vec<Reply<'a>>,
    pub errors: Vec<Reply<'a>>,
    /// Whether it wants a token.
    pub authenticated: bool,
}

/// A request body.
pub struct Body<'a> {
    pub description: Option<&'a str>,
    pub bytes: bool,
    pub media: &'a MediaType,
}

/// One declared answer.
pub struct Reply<'a> {
    pub status: u16,
    pub response: &'a Response,
    pub content: Content<'a>,
}

/// What an answer holds.
pub enum Content<'a> {
    Nothing,
    Bytes,
    Json(&'a ReferenceOr<Schema>),
}

impl Reply<'_> {
    /// The name of its variant: `409` gives `Conflict`.
    pub fn variant(&self) -> String {
        status::variant(self.status)
    }
}

impl Operation<'_> {
    /// The name of its method.
    pub fn method_name(&self) -> String {
        ident(&self.id.to_snake_case())
    }
}

/// All operations that can be read, in the order of the document, which is the order of progenitor's output.
pub fn operations(document: &OpenAPI) -> (Vec<Operation<'_>>, Result<(), EmitError>) {
    let mut operations = Vec::new();
    for (path, item) in &document.paths.paths {
        match item {
            ReferenceOr::Reference { .. } => operations.push(Err(referenced(path))),
            ReferenceOr::Item(item) => {
                operations.extend(item.iter().map(|(method, operation)| read(document, path, method, item, operation)));
            }
        }
    }
    split(operations)
}

/// Refuses what is said of all operations and cannot be expressed.
pub fn check(document: &OpenAPI) -> Result<(), EmitError> {
    all([check_security(document), check_version(document)]).map(drop)
}

fn read<'a>(
    document: &'a OpenAPI,
    path: &'a str,
    method: &'a str,
    item: &'a openapiv3::PathItem,
    operation: &'a ApiOperation,
) -> Result<Operation<'a>, EmitError> {
    let place = || format!("{} {path}", method.to_uppercase());
    let id = operation.operation_id.as_deref().ok_or_else(|| unsupported(&place(), "it has no operationId"))?;
    let parameters = item.parameters.iter().chain(&operation.parameters).map(|item| {
        let parameter = inline(item, id)?;
        parameters::check(parameter, document.components.as_ref(), id).map(|()| parameter)
    });
    let parameters = all(parameters)?;
    parameters::check_path(path, &parameters, id)?;
    let (successes, errors) = replies(operation, id)?;
    Ok(Operation {
        id,
        method,
        path,
        item: operation,
        parameters,
        body: operation.request_body.as_ref().map(|body| request_body(inline(body, id)?, id)).transpose()?,
        successes,
        errors,
        authenticated: is_authenticated(document, operation),
    })
}

fn request_body<'a>(body: &'a openapiv3::RequestBody, id: &str) -> Result<Body<'a>, EmitError> {
    let mut content = body.content.iter();
    let (Some((media_type, media)), None) = (content.next(), content.next()) else {
        return Err(unsupported(id, "its request body needs exactly one media type"));
    };
    if !matches!(media_type.as_str(), JSON | BYTES) {
        return Err(unsupported(id, &format!("its request body is `{media_type}`; use {JSON} or {BYTES}")));
    }
    Ok(Body { description: body.description.as_deref(), bytes: media_type == BYTES, media })
}

type Replies<'a> = (Vec<Reply<'a>>, Vec<Reply<'a>>);

fn replies<'a>(operation: &'a ApiOperation, id: &str) -> Result<Replies<'a>, EmitError> {
    if operation.responses.default.is_some() {
        return Err(unsupported(id, "it has a `default` response; name each status"));
    }
    let mut replies = Vec::new();
    for (status, response) in &operation.responses.responses {
        let StatusCode::Code(status) = status else {
            return Err(unsupported(id, &format!("it has a range of statuses, `{status}`; name each status")));
        };
        replies.push(reply(*status, inline(response, id)?, id)?);
    }
    replies.sort_by_key(|reply| reply.status);
    let (successes, errors): Replies<'_> = replies.into_iter().partition(|reply| (200..300).contains(&reply.status));
    all(errors.iter().map(|reply| match reply.status {
        400..600 => Ok(()),
        status => Err(unsupported(&format!("{id} {status}"), "the status is neither 2xx, 4xx nor 5xx")),
    }))?;
    if successes.is_empty() {
        return Err(unsupported(id, "it declares no success; add a 2xx response"));
    }
    Ok((successes, errors))
}

fn reply<'a>(status: u16, response: &'a Response, id: &str) -> Result<Reply<'a>, EmitError> {
    let mut content = response.content.iter();
    let content = match (content.next(), content.next()) {
        (None, _) => Content::Nothing,
        (Some((media_type, _)), None) if media_type == BYTES => Content::Bytes,
        (Some((media_type, MediaType { schema: Some(schema), .. })), None) if media_type == JSON => {
            Content::Json(schema)
        }
        _ => {
            let message = format!("the body is neither {JSON} with a schema nor {BYTES}");
            return Err(unsupported(&format!("{id} {status}"), &message));
        }
    };
    Ok(Reply { status, response, content })
}

fn is_authenticated(document: &OpenAPI, operation: &ApiOperation) -> bool {
    let requirements = operation.security.as_ref().or(document.security.as_ref());
    requirements.is_some_and(|alternatives| alternatives.iter().any(|schemes| !schemes.is_empty()))
}

fn check_security(document: &OpenAPI) -> Result<(), EmitError> {
    let schemes = document.components.iter().flat_map(|components| &components.security_schemes);
    for (name, scheme) in schemes {
        match scheme {
            ReferenceOr::Item(openapiv3::SecurityScheme::HTTP { scheme, .. })
                if scheme.eq_ignore_ascii_case("bearer") => {}
            _ => return Err(unsupported(name, "the Rust client sends bearer tokens; use `http bearer`")),
        }
    }
    Ok(())
}

/// Progenitor sends the version as a header.
fn check_version(document: &OpenAPI) -> Result<(), EmitError> {
    let version = &document.info.version;
    if version.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Ok(());
    }
    Err(unsupported("the document", &format!("its version `{version}` cannot stand in a header; use ASCII")))
}

fn inline<'a, T>(item: &'a ReferenceOr<T>, id: &str) -> Result<&'a T, EmitError> {
    item.as_item().ok_or_else(|| referenced(id))
}

fn referenced(place: &str) -> EmitError {
    unsupported(place, "it refers to a shared path, parameter, body, response or header; only schemas can be shared")
}

pub fn unsupported(place: &str, message: &str) -> EmitError {
    EmitError::unsupported(place, message)
}
