//! The contract as an OpenAPI document.

mod schema;

use indexmap::IndexMap;
use openapiv3 as o;
use openapiv3::ReferenceOr;

use self::schema::Schemas;
use crate::model::{Content, Contract, Example, Media, Operation, Parameter, ParameterPlace, Response, ResponseHeader};

/// The version of OpenAPI that documents are written in.
const VERSION: &str = "3.0.3";

pub(crate) fn document(contract: &Contract) -> o::OpenAPI {
    o::OpenAPI {
        openapi: VERSION.to_owned(),
        info: o::Info {
            title: contract.title.clone(),
            description: contract.description.clone(),
            version: contract.version.clone(),
            ..o::Info::default()
        },
        servers: contract
            .servers
            .iter()
            .map(|s| o::Server { url: s.url.clone(), description: s.description.clone(), ..o::Server::default() })
            .collect(),
        tags: contract
            .tags
            .iter()
            .map(|t| o::Tag { name: t.name.clone(), description: t.description.clone(), ..o::Tag::default() })
            .collect(),
        paths: paths(contract),
        components: Some(components(contract)),
        ..o::OpenAPI::default()
    }
}

fn components(contract: &Contract) -> o::Components {
    let schemas = contract
        .schemas
        .iter()
        .map(|(name, named)| (name.clone(), schema::reference_or(&contract.schemas, &named.schema)));
    let schemes = contract.security_schemes.iter().map(|scheme| {
        let http = o::SecurityScheme::HTTP {
            scheme: scheme.scheme.clone(),
            bearer_format: scheme.bearer_format.clone(),
            description: scheme.description.clone(),
            extensions: IndexMap::new(),
        };
        (scheme.name.clone(), ReferenceOr::Item(http))
    });
    o::Components { schemas: schemas.collect(), security_schemes: schemes.collect(), ..o::Components::default() }
}

fn paths(contract: &Contract) -> o::Paths {
    let mut paths: IndexMap<String, o::PathItem> = IndexMap::new();
    for operation in &contract.operations {
        let item = paths.entry(operation.path.clone()).or_default();
        let slot = match operation.method.as_str() {
            "GET" => &mut item.get,
            "PUT" => &mut item.put,
            "POST" => &mut item.post,
            "DELETE" => &mut item.delete,
            "OPTIONS" => &mut item.options,
            "HEAD" => &mut item.head,
            "PATCH" => &mut item.patch,
            // A valid contract has no other method.
            _ => &mut item.trace,
        };
        *slot = Some(self::operation(&contract.schemas, operation));
    }
    let paths = paths.into_iter().map(|(path, item)| (path, ReferenceOr::Item(item)));
    o::Paths { paths: paths.collect(), extensions: IndexMap::new() }
}

fn operation(schemas: &Schemas, operation: &Operation) -> o::Operation {
    let security = operation.security.as_ref().and_then(|s| s.scheme.clone());
    let roles = operation.security.as_ref().map_or(&[][..], |s| &s.roles);
    let mut extensions = IndexMap::new();
    if !roles.is_empty() {
        extensions.insert("x-required-roles".to_owned(), roles.iter().cloned().collect());
    }
    let responses = operation
        .responses
        .iter()
        .map(|r| (o::StatusCode::Code(r.status), ReferenceOr::Item(response(schemas, r))))
        .collect();
    o::Operation {
        tags: operation.tags.clone(),
        summary: operation.summary.clone(),
        description: operation.description.clone(),
        operation_id: Some(operation.id.clone()),
        parameters: operation.parameters.iter().map(|p| ReferenceOr::Item(parameter(schemas, p))).collect(),
        request_body: operation.body.as_ref().map(|body| {
            ReferenceOr::Item(o::RequestBody {
                description: body.description.clone(),
                content: content(schemas, body),
                required: true,
                extensions: IndexMap::new(),
            })
        }),
        responses: o::Responses { default: None, responses, extensions: IndexMap::new() },
        deprecated: operation.deprecated,
        security: Some(security.into_iter().map(|name| IndexMap::from([(name, Vec::new())])).collect()),
        extensions,
        ..o::Operation::default()
    }
}

fn parameter(schemas: &Schemas, parameter: &Parameter) -> o::Parameter {
    let parameter_data = o::ParameterData {
        name: parameter.name.clone(),
        description: parameter.description.clone(),
        required: parameter.required,
        deprecated: None,
        format: o::ParameterSchemaOrContent::Schema(schema::reference_or(schemas, &parameter.schema)),
        example: parameter.example.clone(),
        examples: IndexMap::new(),
        explode: None,
        extensions: IndexMap::new(),
    };
    match parameter.place {
        ParameterPlace::Path => o::Parameter::Path { parameter_data, style: o::PathStyle::Simple },
        ParameterPlace::Header => o::Parameter::Header { parameter_data, style: o::HeaderStyle::Simple },
        ParameterPlace::Query => o::Parameter::Query {
            parameter_data,
            allow_reserved: false,
            style: o::QueryStyle::Form,
            allow_empty_value: None,
        },
    }
}

fn response(schemas: &Schemas, response: &Response) -> o::Response {
    let headers = response.headers.iter().map(|h| (h.name.clone(), ReferenceOr::Item(header(schemas, h))));
    o::Response {
        description: response.description.clone(),
        headers: headers.collect(),
        content: response.content.as_ref().map(|c| content(schemas, c)).unwrap_or_default(),
        ..o::Response::default()
    }
}

fn header(schemas: &Schemas, header: &ResponseHeader) -> o::Header {
    o::Header {
        description: header.description.clone(),
        style: o::HeaderStyle::Simple,
        required: header.required,
        deprecated: None,
        format: o::ParameterSchemaOrContent::Schema(schema::reference_or(schemas, &header.schema)),
        example: None,
        examples: IndexMap::new(),
        extensions: IndexMap::new(),
    }
}

fn content(schemas: &Schemas, content: &Content) -> o::Content {
    let (name, schema) = match &content.media {
        Media::Json(schema) => ("application/json", schema::reference_or(schemas, schema)),
        Media::Binary => ("application/octet-stream", ReferenceOr::Item(schema::binary())),
    };
    let media = o::MediaType {
        schema: Some(schema),
        examples: content.examples.iter().map(example).collect(),
        ..o::MediaType::default()
    };
    o::Content::from([(name.to_owned(), media)])
}

fn example(example: &Example) -> (String, ReferenceOr<o::Example>) {
    let item =
        o::Example { summary: example.summary.clone(), value: Some(example.value.clone()), ..o::Example::default() };
    (example.key.clone(), ReferenceOr::Item(item))
}
