//! What Dropshot's own document says of the operations: the same as the contract.
//!
//! Dropshot learns of parameters, bodies and responses from the schemas of types. The types here have no values; their
//! schemas are those of the contract.

use std::marker::PhantomData;

use dropshot::{
    ApiEndpointBodyContentType, ApiEndpointParameter, ApiEndpointResponse, ErrorStatusCode, Header, HttpError,
    HttpResponse, HttpResponseDeleted, HttpResponseError, HttpResponseHeaders, HttpResponseOk, Path, Query,
    SharedExtractor, StreamingBody, TypedBody,
};
use http::{Response, StatusCode};
use schemars::JsonSchema;
use schemars::r#gen::SchemaGenerator;
use schemars::schema::Schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::contract::{Components, Location, OperationContract, ResponseContract};
use crate::reply::Reply;

/// A route that the contract describes.
pub trait Documented: Send + Sync + 'static {
    /// What the contract says of its parameters, bodies and responses.
    fn contract() -> &'static OperationContract;
}

/// The reply of route `D`, as Dropshot takes it.
pub struct Answer<D>(Reply, PhantomData<fn() -> D>);

impl<D> From<Reply> for Answer<D> {
    fn from(reply: Reply) -> Self {
        Self(reply, PhantomData)
    }
}

impl<D: Documented> HttpResponse for Answer<D> {
    fn to_result(self) -> Result<Response<dropshot::Body>, HttpError> {
        self.0.into_response().map_err(HttpError::for_internal_error)
    }

    fn response_metadata() -> ApiEndpointResponse {
        match success::<D>() {
            Some((status, response)) => response_metadata::<D>(*status, response),
            None => ApiEndpointResponse::default(),
        }
    }

    fn status_code(&self) -> StatusCode {
        self.0.status()
    }
}

/// The error type of route `D`. Failures are replies; only what Dropshot itself cannot do becomes one of these.
#[derive(Debug)]
pub struct Unsent<D>(HttpError, PhantomData<fn() -> D>);

impl<D> From<HttpError> for Unsent<D> {
    fn from(error: HttpError) -> Self {
        Self(error, PhantomData)
    }
}

impl<D> std::fmt::Display for Unsent<D> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.internal_message)
    }
}

impl<D: Documented> HttpResponseError for Unsent<D> {
    fn status_code(&self) -> ErrorStatusCode {
        self.0.status_code
    }
}

impl<D> Serialize for Unsent<D> {
    /// The shape of all failures; Dropshot sends the id of the request in the header `x-request-id`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = json!({ "code": "INTERNAL_ERROR", "message": self.0.external_message, "requestId": "" });
        body.serialize(serializer)
    }
}

impl<D: Documented> JsonSchema for Unsent<D> {
    fn is_referenceable() -> bool {
        false
    }

    fn schema_name() -> String {
        "Error".to_owned()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let errors = D::contract().responses.iter().filter(|(status, _)| **status >= 400);
        let schema = errors.filter_map(|(_, response)| response.schema.as_ref()).next().cloned();
        echo::<D>(generator, &schema.unwrap_or_else(|| json!({})))
    }
}

/// The parameters and the body of route `D`.
pub(crate) fn parameters<D: Documented>(content_type: ApiEndpointBodyContentType) -> Vec<ApiEndpointParameter> {
    let contract = D::contract();
    let has = |location| contract.parameters.iter().any(|parameter| parameter.location == location);
    let mut parameters = Vec::new();
    if has(Location::Path) {
        parameters.extend(<Path<PathOf<D>> as SharedExtractor>::metadata(content_type.clone()).parameters);
    }
    if has(Location::Query) {
        parameters.extend(<Query<QueryOf<D>> as SharedExtractor>::metadata(content_type.clone()).parameters);
    }
    if has(Location::Header) {
        parameters.extend(<Header<HeadersOf<D>> as SharedExtractor>::metadata(content_type.clone()).parameters);
    }
    match contract.body.as_ref().map(|body| body.media.as_str()) {
        None => {}
        Some("application/octet-stream") => {
            parameters.extend(<StreamingBody as dropshot::ExclusiveExtractor>::metadata(content_type).parameters);
        }
        Some(_) => {
            parameters
                .extend(<TypedBody<BodyOf<D>> as dropshot::ExclusiveExtractor>::metadata(content_type).parameters);
        }
    }
    parameters
}

fn success<D: Documented>() -> Option<(&'static u16, &'static ResponseContract)> {
    D::contract().responses.iter().find(|(status, _)| (200..300).contains(*status))
}

fn response_metadata<D: Documented>(status: u16, response: &ResponseContract) -> ApiEndpointResponse {
    let headers = HttpResponseHeaders::<HttpResponseOk<ResponseOf<D>>, ResponseHeadersOf<D>>::response_metadata;
    let mut metadata = match (response.schema.is_some(), response.headers.is_empty()) {
        (true, false) => headers(),
        (true, true) => HttpResponseOk::<ResponseOf<D>>::response_metadata(),
        (false, false) => ApiEndpointResponse { schema: HttpResponseDeleted::response_metadata().schema, ..headers() },
        (false, true) => HttpResponseDeleted::response_metadata(),
    };
    metadata.success = StatusCode::from_u16(status).ok();
    metadata.description = Some(response.description.clone());
    metadata
}

/// The contract's schema, as Dropshot takes it, with every schema that it refers to.
fn echo<D: Documented>(generator: &mut SchemaGenerator, schema: &Value) -> Schema {
    define(generator, &D::contract().components, schema);
    convert(schema)
}

fn convert(schema: &Value) -> Schema {
    // Any JSON object is a schema to schemars; what it does not know is an extension.
    serde_json::from_value(schema.clone()).unwrap_or(Schema::Bool(true))
}

fn define(generator: &mut SchemaGenerator, components: &Components, schema: &Value) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/"))
        && let Some(named) = components.schemas.get(name).filter(|_| !generator.definitions().contains_key(name))
    {
        generator.definitions_mut().insert(name.to_owned(), convert(named));
        define(generator, components, named);
    }
    match schema {
        Value::Object(members) => members.values().for_each(|member| define(generator, components, member)),
        Value::Array(items) => items.iter().for_each(|item| define(generator, components, item)),
        _ => {}
    }
}

/// The schema of an object whose properties are the parameters at one place. Dropshot refuses a list among them, which
/// its document therefore does not say.
fn parameter_object<D: Documented>(generator: &mut SchemaGenerator, location: Location) -> Schema {
    let contract = D::contract();
    let here = contract.parameters.iter().filter(|parameter| parameter.location == location);
    let parameters = here.filter(|parameter| contract.components.resolve(&parameter.schema).0["type"] != "array");
    let members = parameters.map(|parameter| {
        (parameter.name.clone(), parameter.required, described(&parameter.schema, parameter.description.as_deref()))
    });
    object::<D>(generator, members)
}

fn object<D: Documented>(
    generator: &mut SchemaGenerator,
    members: impl Iterator<Item = (String, bool, Value)>,
) -> Schema {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, needed, schema) in members {
        if needed {
            required.push(Value::from(name.clone()));
        }
        properties.insert(name, schema);
    }
    echo::<D>(generator, &json!({ "type": "object", "properties": properties, "required": required }))
}

/// The schema with the parameter's own description; that of a named schema stays where it is named.
fn described(schema: &Value, description: Option<&str>) -> Value {
    let mut schema = match schema.get("$ref") {
        Some(_) if description.is_some() => json!({ "allOf": [schema] }),
        _ => schema.clone(),
    };
    if let (Value::Object(members), Some(description)) = (&mut schema, description) {
        members.insert("description".to_owned(), Value::from(description));
    }
    schema
}

macro_rules! schema_only {
    ($($(#[$prose:meta])* $name:ident = $schema:expr;)*) => {
        $($(#[$prose])*
        struct $name<D>(PhantomData<fn() -> D>);

        impl<D: Documented> JsonSchema for $name<D> {
            fn is_referenceable() -> bool {
                false
            }

            fn schema_name() -> String {
                stringify!($name).to_owned()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                $schema(generator)
            }
        }

        impl<'de, D> Deserialize<'de> for $name<D> {
            fn deserialize<X: Deserializer<'de>>(_: X) -> Result<Self, X::Error> {
                Ok(Self(PhantomData))
            }
        }

        impl<D> Serialize for $name<D> {
            fn serialize<X: Serializer>(&self, serializer: X) -> Result<X::Ok, X::Error> {
                serializer.serialize_unit()
            }
        })*
    };
}

schema_only! {
    /// The path parameters.
    PathOf = |generator| parameter_object::<D>(generator, Location::Path);
    /// The query parameters.
    QueryOf = |generator| parameter_object::<D>(generator, Location::Query);
    /// The request headers.
    HeadersOf = |generator| parameter_object::<D>(generator, Location::Header);
    /// The request body.
    BodyOf = |generator| {
        let schema = D::contract().body.as_ref().map(|body| &body.schema);
        echo::<D>(generator, schema.unwrap_or(&Value::Bool(true)))
    };
    /// The body of the first successful response.
    ResponseOf = |generator| {
        let schema = success::<D>().and_then(|(_, response)| response.schema.as_ref());
        echo::<D>(generator, schema.unwrap_or(&Value::Bool(true)))
    };
    /// The headers of the first successful response.
    ResponseHeadersOf = |generator: &mut SchemaGenerator| {
        let headers = success::<D>().into_iter().flat_map(|(_, response)| response.headers.iter());
        object::<D>(generator, headers.map(|(name, header)| {
            (name.clone(), header.required, described(&header.schema, header.description.as_deref()))
        }))
    };
}
