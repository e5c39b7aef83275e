//! `operations/<operation>.rs`: what one operation is asked, and everything that it can answer.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{Body, ComponentKind, Header, Location, Model, Operation, Parameter, Response, Schema};
use super::routes::Route;
use super::types::{rust_kind, rust_type};
use super::words::{distinct, ident, optional_prose, prose, type_name, value_name};
use crate::emit::status;

/// The file of one operation.
pub(super) fn file(model: &Model, operation: &Operation, route: &Route) -> TokenStream {
    let title = format!("`{} {}`", operation.method, operation.path);
    let heading = prose(&format!("`{}`: {title}.", operation.id));
    let heading: Vec<_> = inner_docs(&heading);
    let request = request(model, operation);
    let security = security(operation);
    let responses = responses(model, operation);
    let marker = marker(operation, route);
    let imports = imports(&[&request, &security, &responses, &marker]);
    quote! {
        #(#heading)*

        #imports

        #request
        #responses
        #security
        #marker
    }
}

fn inner_docs(docs: &TokenStream) -> Vec<TokenStream> {
    let text = docs.to_string();
    let attributes = text.split("# [").filter(|part| !part.trim().is_empty());
    attributes.filter_map(|attribute| format!("#![{attribute}").parse().ok()).collect()
}

/// Only what the file uses is imported.
fn imports(parts: &[&TokenStream]) -> TokenStream {
    let text: String = parts.iter().map(|part| part.to_string()).collect();
    let location = text.contains("Location ::").then(|| quote!(Location,));
    let types = text.contains("types ::").then(|| {
        quote!(
            use super::super::types;
        )
    });
    let status = text.contains("StatusCode ::").then(|| {
        quote!(
            use http::StatusCode;
        )
    });
    quote! {
        use dropshot::RequestContext;
        #status

        use super::super::CONTRACT;
        #types
        use crate::contract::{#location OperationContract};
        use crate::document::Documented;
        use crate::error::ApiFailure;
        use crate::extract::Incoming;
        use crate::input::Input;
        use crate::operation::{self, IntoReply, SecurityRequirement};
        use crate::reply::Reply;
        use crate::settings::ApiContext;
    }
}

fn module() -> TokenStream {
    quote!(types::)
}

/// The names of the fields of the request, which no parameter may share with the body.
fn field_names(operation: &Operation) -> Vec<String> {
    let names = operation.parameters.iter().map(|parameter| value_name(&parameter.name));
    distinct(std::iter::once("body".to_owned()).chain(names)).split_off(1)
}

fn request(model: &Model, operation: &Operation) -> TokenStream {
    let names: Vec<_> = field_names(operation).iter().map(|name| ident(name)).collect();
    let fields = operation.parameters.iter().zip(&names).map(|(parameter, name)| {
        let doc = prose(parameter.description.as_deref().unwrap_or(&format!("`{}`", parameter.name)));
        let kind = rust_kind(model, &parameter.schema.kind, &module());
        let kind = if always_there(parameter) { kind } else { quote!(Option<#kind>) };
        quote!(#doc pub #name: #kind,)
    });
    let body = operation.body.as_ref().map(|body| {
        let (kind, doc) = match body {
            Body::Json { schema, description, .. } => (rust_type(model, schema, &module()), description),
            Body::Binary { description, .. } => (quote!(crate::ByteStream), description),
        };
        let doc = prose(doc.as_deref().unwrap_or("The request body."));
        quote!(#doc pub body: #kind,)
    });
    // A parameter may be called `input` too, and none is called `input_`.
    let input = ident(if names.iter().any(|name| name == "input") { "input_" } else { "input" });
    let reads =
        operation.parameters.iter().zip(&names).map(|(parameter, name)| read_parameter(&input, parameter, name));
    let (read_body, body_field) = match &operation.body {
        None => (quote!(), quote!()),
        Some(Body::Json { schema, .. }) => {
            let read = if is_checked(model, schema) { quote!(json) } else { quote!(unnamed_json) };
            (quote!(let body = #input.#read().await?;), quote!(body: body?,))
        }
        Some(Body::Binary { .. }) => (quote!(let body = #input.bytes()?;), quote!(body,)),
    };
    let doc = optional_prose(operation.summary.as_deref());
    quote! {
        #[doc = " What the operation is asked."]
        #[doc = ""]
        #doc
        #[derive(Debug)]
        pub struct Request { #(#fields)* #body }

        impl Request {
            #[doc = " Reads and checks a request."]
            #[doc = ""]
            #[doc = " # Errors"]
            #[doc = " The request is malformed, or some of its values are not allowed."]
            pub async fn read<C: ApiContext>(rqctx: &RequestContext<C>, incoming: Incoming<Operation>) -> Result<Self, ApiFailure> {
                let mut #input = Input::new(rqctx, incoming);
                #(#reads)*
                #read_body
                #input.finish()?;
                Ok(Self { #(#names: #names?,)* #body_field })
            }
        }
    }
}

/// Whether the body's type has checks of its own.
fn is_checked(model: &Model, schema: &Schema) -> bool {
    let named = model.named(schema).map(|component| &component.kind);
    !model.nullable(schema) && matches!(named, Some(ComponentKind::Struct { .. } | ComponentKind::Enum(_)))
}

fn always_there(parameter: &Parameter) -> bool {
    parameter.required || parameter.schema.default.is_some()
}

fn read_parameter(input: &Ident, parameter: &Parameter, name: &Ident) -> TokenStream {
    let location = match parameter.location {
        Location::Path => quote!(Location::Path),
        Location::Query => quote!(Location::Query),
        Location::Header => quote!(Location::Header),
    };
    let contract = &parameter.name;
    let method = if always_there(parameter) { quote!(required) } else { quote!(optional) };
    quote!(let #name = #input.#method(#location, #contract);)
}

fn responses(model: &Model, operation: &Operation) -> TokenStream {
    let mut variants = Vec::new();
    let mut arms = Vec::new();
    let mut structs = Vec::new();
    for response in &operation.responses {
        let variant = format_ident!("{}", status::variant(response.status));
        let doc = prose(&format!("{}: {}", response.status, response.description));
        let mut payload = Vec::new();
        let mut pattern = Vec::new();
        let mut reply = status_reply(response);
        if let Some(body) = &response.body {
            payload.push(match body {
                Body::Json { schema, .. } => rust_type(model, schema, &module()),
                Body::Binary { .. } => quote!(dropshot::Body),
            });
            pattern.push(quote!(body));
        }
        if !response.headers.is_empty() {
            let name = format_ident!("{variant}Headers");
            structs.push(header_struct(model, response, &name));
            payload.push(quote!(#name));
            pattern.push(quote!(headers));
            reply = with_headers(&reply, &response.headers);
        }
        if payload.is_empty() {
            variants.push(quote!(#doc #variant,));
            arms.push(quote!(Self::#variant => #reply,));
        } else {
            variants.push(quote!(#doc #variant(#(#payload),*),));
            arms.push(quote!(Self::#variant(#(#pattern),*) => #reply,));
        }
    }
    quote! {
        #[doc = " Everything that the operation can answer."]
        #[derive(Debug)]
        pub enum Response { #(#variants)* }

        #(#structs)*

        impl IntoReply for Response {
            fn into_reply(self) -> Reply {
                match self { #(#arms)* }
            }
        }
    }
}

fn status_reply(response: &Response) -> TokenStream {
    let status = status_code(response.status);
    match &response.body {
        None => quote!(Reply::empty(#status)),
        Some(Body::Json { .. }) => quote!(Reply::json(#status, &body)),
        Some(Body::Binary { .. }) => quote!(Reply::binary(#status, body)),
    }
}

fn header_struct(model: &Model, response: &Response, name: &Ident) -> TokenStream {
    let doc = prose(&format!("The headers of {}.", response.status));
    let names = header_names(&response.headers);
    let fields = response.headers.iter().zip(names).map(|(header, name)| {
        let doc = prose(header.description.as_deref().unwrap_or(&format!("`{}`", header.name)));
        let kind = rust_kind(model, &header.schema.kind, &module());
        let kind = if header.required { kind } else { quote!(Option<#kind>) };
        quote!(#doc pub #name: #kind,)
    });
    // A response whose headers may all be left out is written without naming them.
    let default = response.headers.iter().all(|header| !header.required).then(|| quote!(, Default));
    quote!(#doc #[derive(Clone, Debug, PartialEq #default)] pub struct #name { #(#fields)* })
}

fn header_names(headers: &[Header]) -> Vec<Ident> {
    distinct(headers.iter().map(|header| value_name(&header.name))).iter().map(|name| ident(name)).collect()
}

fn with_headers(reply: &TokenStream, headers: &[Header]) -> TokenStream {
    let mut reply = reply.clone();
    for (header, field) in headers.iter().zip(header_names(headers)) {
        let name = header.name.to_lowercase();
        reply = if header.required {
            quote!(#reply.header(#name, &headers.#field))
        } else {
            quote!(#reply.optional_header(#name, headers.#field.as_ref()))
        };
    }
    reply
}

fn status_code(status: u16) -> TokenStream {
    match status::constant(status) {
        Some(constant) => {
            let constant = format_ident!("{constant}");
            quote!(StatusCode::#constant)
        }
        None => quote!(StatusCode::from_u16(#status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

fn security(operation: &Operation) -> TokenStream {
    if operation.security.is_empty() {
        return quote!();
    }
    let (id, schemes, roles) = (&operation.id, &operation.security, &operation.roles);
    quote! {
        #[doc = " What the operation demands of its caller."]
        pub const SECURITY: SecurityRequirement =
            SecurityRequirement { operation: #id, schemes: &[#(#schemes),*], roles: &[#(#roles),*] };
    }
}

fn marker(operation: &Operation, route: &Route) -> TokenStream {
    let id = &operation.id;
    let security = if operation.security.is_empty() { quote!(None) } else { quote!(Some(&SECURITY)) };
    let variables =
        operation.parameters.iter().filter(|parameter| parameter.location == Location::Path).map(|parameter| {
            let name = &parameter.name;
            let variable = route.variable(name).unwrap_or(name);
            quote!((#name, #variable))
        });
    quote! {
        #[doc = " The operation as its route names it."]
        #[derive(Debug)]
        pub enum Operation {}

        impl Documented for Operation {
            fn contract() -> &'static OperationContract {
                CONTRACT.operation(#id)
            }
        }

        impl operation::Operation for Operation {
            const ID: &'static str = #id;
            const SECURITY: Option<&'static SecurityRequirement> = #security;
            const VARIABLES: &'static [(&'static str, &'static str)] = &[#(#variables),*];
        }
    }
}

/// The module of an operation, which is also the name of its file and of its method: no keyword, since Dropshot's macros take no
/// raw identifiers, and not that of the files' own module.
pub(super) fn module_name(operation: &Operation) -> String {
    let name = value_name(&operation.id);
    let taken = name == "mod" || syn::parse_str::<proc_macro2::Ident>(&name).is_err();
    if taken { format!("{name}_") } else { name }
}

/// The name of the trait for the whole contract.
pub(super) fn trait_name(model: &Model) -> String {
    format!("{}Api", type_name(&model.title))
}
