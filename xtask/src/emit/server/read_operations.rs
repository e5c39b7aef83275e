//! Reading the operations of the document into the model.

use std::collections::HashMap;

use openapiv3::{OpenAPI, ParameterData, ParameterSchemaOrContent, PathItem, ReferenceOr, StatusCode};
use serde_json::{Value, json};

use super::model::{Body, Header, Kind, Location, Model, Operation, Parameter, Response, Schema};
use super::read::{Reader, unsupported};
use super::words::{type_name, value_name};
use crate::emit::{EmitError, all, split};

type Refable<T> = ReferenceOr<T>;

/// Reads the whole document.
pub(super) fn read(document: &OpenAPI) -> Result<Model, EmitError> {
    let mut reader = Reader::new(document.components.as_ref())?;
    let mut operations = Vec::new();
    for (path, item) in &document.paths.paths {
        let item = here(path, item)?;
        for (method, operation) in item.iter() {
            operations.push(operation_model(&mut reader, document, path, item, method, operation));
        }
    }
    let (operations, readable) = split(operations);
    all([readable, check_names(&operations)])?;
    let title = type_name(&document.info.title);
    let title = title.strip_suffix("Api").or(title.strip_suffix("API")).map_or(title.clone(), str::to_owned);
    let description = document.info.description.clone();
    Ok(Model { title, description, components: reader.components, operations })
}

/// Methods that the interface has itself, and crates that its code names: an operation has a module of its name.
const TAKEN: [&str; 5] = ["authenticate", "api_description", "stub_api_description", "dropshot", "std"];

fn check_names(operations: &[Operation]) -> Result<(), EmitError> {
    let mut seen = HashMap::new();
    all(operations.iter().map(|Operation { id, .. }| {
        let name = value_name(id);
        if TAKEN.contains(&name.as_str()) {
            return unsupported(id, "an operation cannot have this name, which the interface uses itself; rename it");
        }
        match seen.insert(name.clone(), id) {
            None => Ok(()),
            Some(other) => unsupported(id, format!("`{other}` is called `{name}` in Rust, too; rename one")),
        }
    }))
    .map(drop)
}

fn here<'a, T>(place: &str, item: &'a Refable<T>) -> Result<&'a T, EmitError> {
    match item {
        ReferenceOr::Item(item) => Ok(item),
        ReferenceOr::Reference { reference } => {
            unsupported(place, format!("`{reference}` must be written here; only schemas can be referred to"))
        }
    }
}

fn method_name(place: &str, method: &str) -> Result<&'static str, EmitError> {
    ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method))
        .map_or_else(|| unsupported(place, "Dropshot does not serve this method"), Ok)
}

fn operation_model(
    reader: &mut Reader,
    document: &OpenAPI,
    path: &str,
    item: &PathItem,
    method: &str,
    operation: &openapiv3::Operation,
) -> Result<Operation, EmitError> {
    let place = format!("{} {path}", method.to_uppercase());
    let method = method_name(&place, method)?;
    let Some(id) = operation.operation_id.clone() else { return unsupported(&place, "it needs an operationId") };
    let mut parameters = Vec::new();
    for parameter in item.parameters.iter().chain(&operation.parameters) {
        parameters.push(parameter_model(reader, &id, here(&id, parameter)?)?);
    }
    let body = operation.request_body.as_ref().map(|body| request_body(reader, &id, here(&id, body)?)).transpose()?;
    let mut responses = Vec::new();
    if operation.responses.default.is_some() {
        return unsupported(&id, "a default response has no status; declare each status");
    }
    for (status, response) in &operation.responses.responses {
        let StatusCode::Code(status) = status else {
            return unsupported(&id, "a range of statuses is not a status; declare each one");
        };
        responses.push(response_model(reader, &id, *status, here(&id, response)?)?);
    }
    responses.sort_by_key(|response| response.status);
    Ok(Operation {
        security: security(&id, operation.security.as_ref().or(document.security.as_ref()))?,
        roles: roles(&id, operation)?,
        id,
        method,
        path: path.to_owned(),
        summary: operation.summary.clone(),
        description: operation.description.clone(),
        tags: operation.tags.clone(),
        deprecated: operation.deprecated,
        parameters,
        body,
        responses,
    })
}

fn security(place: &str, needs: Option<&Vec<openapiv3::SecurityRequirement>>) -> Result<Vec<String>, EmitError> {
    let needs = needs.map(Vec::as_slice).unwrap_or_default();
    if needs.iter().any(|need| need.is_empty()) && needs.len() > 1 {
        return unsupported(place, "an operation is open or secured, not both");
    }
    if needs.iter().any(|need| need.len() > 1) {
        return unsupported(place, "two security schemes at once are not supported; name one");
    }
    Ok(needs.iter().flat_map(|need| need.keys().cloned()).collect())
}

fn roles(place: &str, operation: &openapiv3::Operation) -> Result<Vec<String>, EmitError> {
    let Some(roles) = operation.extensions.get("x-required-roles") else { return Ok(Vec::new()) };
    serde_json::from_value(roles.clone()).or_else(|_| unsupported(place, "x-required-roles must be a list of names"))
}

fn parameter_model(reader: &mut Reader, id: &str, parameter: &openapiv3::Parameter) -> Result<Parameter, EmitError> {
    let (location, repeated) = match parameter {
        openapiv3::Parameter::Path { .. } => (Location::Path, false),
        openapiv3::Parameter::Query { style: openapiv3::QueryStyle::Form, .. } => (Location::Query, true),
        openapiv3::Parameter::Header { .. } => (Location::Header, false),
        _ => return unsupported(id, "a parameter stands in the path, in the query with style form, or in a header"),
    };
    let data = parameter.parameter_data_ref();
    let place = format!("{id}.{}", data.name);
    let (schema, text) = parameter_schema(reader, &place, id, data)?;
    scalar_or_list(reader, &place, location, &schema)?;
    Ok(Parameter {
        name: data.name.clone(),
        location,
        required: data.required,
        description: data.description.clone(),
        schema,
        text,
        explode: data.explode.unwrap_or(repeated),
    })
}

fn parameter_schema(
    reader: &mut Reader,
    place: &str,
    id: &str,
    data: &ParameterData,
) -> Result<(Schema, Value), EmitError> {
    let name = format!("{}{}", type_name(id), type_name(&data.name));
    match &data.format {
        ParameterSchemaOrContent::Schema(schema) => read_schema(reader, place, &name, schema),
        ParameterSchemaOrContent::Content(_) => unsupported(place, "a parameter has a schema, not a media type"),
    }
}

fn read_schema(
    reader: &mut Reader,
    place: &str,
    name: &str,
    schema: &Refable<openapiv3::Schema>,
) -> Result<(Schema, Value), EmitError> {
    let model = reader.schema(place, name, schema)?;
    reader.check_reference(place, &model)?;
    Ok((model, json!(schema)))
}

fn scalar_or_list(reader: &Reader, place: &str, location: Location, schema: &Schema) -> Result<(), EmitError> {
    use super::model::ComponentKind;
    let mut kind = &schema.kind;
    let mut lists = 0;
    loop {
        match kind {
            Kind::Named(name) => match reader.components.get(name).map(|component| &component.kind) {
                Some(ComponentKind::Alias(inner)) => kind = &inner.kind,
                Some(ComponentKind::Enum(_)) => return Ok(()),
                _ => return unsupported(place, "a parameter is one value or a list of values, not an object"),
            },
            Kind::List { items, .. } if lists == 0 && location != Location::Path => {
                lists = 1;
                kind = &items.kind;
            }
            Kind::List { .. } | Kind::Map(_) | Kind::Object | Kind::Any => {
                return unsupported(place, "a parameter is one value or, outside of the path, a list of values");
            }
            _ => return Ok(()),
        }
    }
}

fn request_body(reader: &mut Reader, id: &str, body: &openapiv3::RequestBody) -> Result<Body, EmitError> {
    if !body.required {
        return unsupported(id, "an optional request body is not supported; make it required");
    }
    let name = format!("{}Request", type_name(id));
    match content(reader, id, &name, &body.content, body.description.clone())? {
        Some(body) => Ok(body),
        None => unsupported(id, "the request body has no media type"),
    }
}

fn content(
    reader: &mut Reader,
    place: &str,
    name: &str,
    content: &indexmap::IndexMap<String, openapiv3::MediaType>,
    description: Option<String>,
) -> Result<Option<Body>, EmitError> {
    let mut kinds = content.iter();
    let (Some((media, kind)), None) = (kinds.next(), kinds.next()) else {
        return if content.is_empty() { Ok(None) } else { unsupported(place, "a body has one media type") };
    };
    let missing = || EmitError::unsupported(place, format!("{media} has no schema"));
    let schema = kind.schema.as_ref();
    match media.as_str() {
        "application/json" => {
            let (schema, text) = read_schema(reader, place, name, schema.ok_or_else(missing)?)?;
            Ok(Some(Body::Json { schema, text, description }))
        }
        "application/octet-stream" => Ok(Some(Body::Binary { text: json!(schema), description })),
        other => unsupported(place, format!("{other}: a body is application/json or application/octet-stream")),
    }
}

fn response_model(
    reader: &mut Reader,
    id: &str,
    status: u16,
    response: &openapiv3::Response,
) -> Result<Response, EmitError> {
    let place = format!("{id} {status}");
    if !(200..600).contains(&status) {
        return unsupported(&place, "a status is a number from 200 to 599");
    }
    let name = format!("{}{status}Response", type_name(id));
    let body = content(reader, &place, &name, &response.content, None)?;
    let mut headers = Vec::new();
    for (name, header) in &response.headers {
        let header = here(&place, header)?;
        let place = format!("{place} {name}");
        let ParameterSchemaOrContent::Schema(schema) = &header.format else {
            return unsupported(&place, "a header has a schema, not a media type");
        };
        let named = format!("{}{}", type_name(id), type_name(name));
        let (schema, text) = read_schema(reader, &place, &named, schema)?;
        scalar_or_list(reader, &place, Location::Path, &schema)?;
        let (required, description) = (header.required, header.description.clone());
        headers.push(Header { name: name.clone(), required, description, schema, text });
    }
    Ok(Response { status, description: response.description.clone(), body, headers })
}
