//! `operations.rs`: a method and a builder for each operation, over progenitor's.

use openapiv3::Parameter;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::ast::{self, Builder, Setter};
use super::errors::response_type;
use super::model::{Body, Content, Operation, Reply};
use super::names::{field_name, type_name};
use super::{docs, prose};
use crate::emit::EmitError;

/// An operation with progenitor's builder for it.
pub struct Call<'a> {
    pub operation: &'a Operation<'a>,
    pub builder: &'a Builder,
    pub client: &'a ast::Client,
}

/// The whole file. `examples` has the example of each call, as a doc comment.
pub fn file(calls: &[Call<'_>], examples: &[String]) -> Result<TokenStream, EmitError> {
    let methods = calls.iter().zip(examples).map(|(call, example)| method(call, example));
    let builders = calls.iter().map(builder).collect::<Result<Vec<_>, _>>()?;
    Ok(quote! {
        use crate::body::Body;
        use crate::client::Client;
        use crate::error::{DeclaredError, Error};
        use crate::generated::client::{builder, types};
        use crate::generated::{errors, headers};
        use crate::response::Response;
        use crate::transport::{self, Call};

        impl Client { #(#methods)* }

        #(#builders)*
    })
}

fn method(call: &Call<'_>, example: &str) -> TokenStream {
    let name = format_ident!("{}", call.operation.method_name());
    let builder = format_ident!("{}", call.builder.ident);
    let text = format!("{}\n\n{example}\n\n{}", prose::introduction(call.operation), prose::errors(call.operation));
    let doc = docs::attributes(text.trim_end());
    let deprecated = call.operation.item.deprecated.then(|| quote! { #[deprecated] });
    quote! {
        #doc
        #deprecated
        #[must_use = "nothing is sent until `send` is called"]
        pub fn #name(&self) -> #builder<'_> {
            #builder::new(self)
        }
    }
}

fn builder(call: &Call<'_>) -> Result<TokenStream, EmitError> {
    let ident = format_ident!("{}", call.builder.ident);
    let doc = format!(" A call of [`Client::{}`], before it is sent.", call.operation.method_name());
    let sends_bytes = call.operation.body.as_ref().is_some_and(|body| body.bytes);
    let body_field = sends_bytes.then(|| quote! { body: Option<Body>, });
    let body_value = sends_bytes.then(|| quote! { body: None, });
    let setters = call.builder.setters.iter().map(|setter| self::setter(call, setter));
    let send = send(call)?;
    let success_enum = success_enum(call.operation)?;
    Ok(quote! {
        #[doc = #doc]
        #[derive(Debug)]
        #[must_use = "nothing is sent until `send` is called"]
        pub struct #ident<'a> {
            request: builder::#ident<'a>,
            invalid: Vec<String>,
            #body_field
        }

        impl<'a> #ident<'a> {
            fn new(client: &'a Client) -> Self {
                Self { request: builder::#ident::new(&client.raw), invalid: Vec::new(), #body_value }
            }

            #(#setters)*

            #send
        }

        #success_enum
    })
}

fn setter(call: &Call<'_>, setter: &Setter) -> TokenStream {
    let name = format_ident!("{}", setter.ident);
    let doc = docs::attributes(&setter_text(call.operation, setter));
    if is_bytes_body(call.operation, setter) {
        return quote! {
            #doc
            pub fn #name(mut self, value: impl Into<Body>) -> Self {
                self.body = Some(value.into());
                self
            }
        };
    }
    let ty = &setter.ty;
    let message = format!("{}: {{error}}", setter.ident);
    let taken = quote! { self.request = self.request.#name(value) };
    let taken = if is_text_in_path(call, setter) {
        let refused = format!("{}: an empty text, `.`, `..` and a backslash cannot stand in a path", setter.ident);
        quote! {
            Ok(value) if transport::is_segment(&value) => #taken,
            Ok(_) => self.invalid.push(#refused.to_owned()),
        }
    } else {
        quote! { Ok(value) => #taken, }
    };
    quote! {
        #doc
        pub fn #name<V>(mut self, value: V) -> Self
        where
            V: TryInto<#ty>,
            V::Error: std::fmt::Display,
        {
            match value.try_into() {
                #taken
                Err(error) => self.invalid.push(format!(#message)),
            }
            self
        }
    }
}

/// Text may be what a URL takes for a step up or for nothing; a UUID or a number cannot.
fn is_text_in_path(call: &Call<'_>, setter: &Setter) -> bool {
    matches!(parameter(call.operation, setter), Some(Parameter::Path { .. })) && call.client.is_text(&setter.ty)
}

/// Whether a setter takes the body of bytes.
pub fn is_bytes_body(operation: &Operation<'_>, setter: &Setter) -> bool {
    setter.ident == "body" && operation.body.as_ref().is_some_and(|body| body.bytes)
}

fn setter_text(operation: &Operation<'_>, setter: &Setter) -> String {
    let parameter = parameter(operation, setter);
    let description = match (&operation.body, parameter) {
        (_, Some(parameter)) => parameter.parameter_data_ref().description.as_deref(),
        (Some(Body { description, .. }), None) => *description,
        (None, None) => None,
    };
    let kind = match parameter {
        Some(Parameter::Path { .. }) => "Path parameter",
        Some(Parameter::Query { .. }) => "Query parameter",
        Some(Parameter::Header { .. }) => "Header",
        Some(Parameter::Cookie { .. }) => "Cookie",
        None => "Body",
    };
    let wire = parameter.map_or_else(String::new, |parameter| format!(" `{}`", parameter.parameter_data_ref().name));
    let need = if setter.optional { "optional" } else { "required" };
    let kind = format!("{kind}{wire}, {need}.");
    description.map_or(kind.clone(), |description| format!("{}\n\n{kind}", docs::prose(description)))
}

/// The parameter that a setter sets.
pub fn parameter<'a>(operation: &Operation<'a>, setter: &Setter) -> Option<&'a Parameter> {
    let found =
        operation.parameters.iter().find(|parameter| field_name(&parameter.parameter_data_ref().name) == setter.ident);
    found.copied()
}

fn send(call: &Call<'_>) -> Result<TokenStream, EmitError> {
    let operation = call.operation;
    let error = format_ident!("{}Error", type_name(operation.id));
    let success = success_type(operation)?;
    let arms = operation.successes.iter().map(|reply| success_arm(operation, reply));
    let authenticated = operation.authenticated;
    let prepare = if operation.body.as_ref().is_some_and(|body| body.bytes) {
        quote! {
            let (call, body) = Call::with_body(#authenticated, self.body)?;
            let request = self.request.body(body);
        }
    } else {
        quote! {
            let call = Call::new(#authenticated);
            let request = self.request;
        }
    };
    let doc = format!(" Sends it: `{} {}`.", operation.method.to_uppercase(), operation.path);
    Ok(quote! {
        #[doc = #doc]
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = ""]
        #[doc = " See [`Error`]; the errors that the contract declares are in [`Error::Api`]."]
        pub async fn send(self) -> Result<#success, Error<errors::#error>> {
            transport::check(self.invalid)?;
            #prepare
            let incoming = transport::run(call, request.send()).await?;
            match incoming.status() {
                #(#arms)*
                _ => Err(Error::Api(errors::#error::decode(incoming.read().await?)?)),
            }
        }
    })
}

fn success_arm(operation: &Operation<'_>, reply: &Reply<'_>) -> TokenStream {
    let status = reply.status;
    let decoded = match reply.content {
        Content::Nothing => quote! { incoming.read().await?.empty() },
        Content::Bytes => quote! { incoming.stream() },
        Content::Json(_) => quote! { incoming.read().await?.json()? },
    };
    if operation.successes.len() == 1 {
        return quote! { #status => Ok(#decoded), };
    }
    let (name, variant) = (success_name(operation), format_ident!("{}", reply.variant()));
    quote! { #status => Ok(#name::#variant(#decoded)), }
}

/// The name of the enum of an operation with several successes.
pub fn success_name(operation: &Operation<'_>) -> proc_macro2::Ident {
    format_ident!("{}Success", type_name(operation.id))
}

fn success_type(operation: &Operation<'_>) -> Result<TokenStream, EmitError> {
    match operation.successes.as_slice() {
        [only] => response_type(operation, only),
        _ => {
            let name = success_name(operation);
            Ok(quote! { #name })
        }
    }
}

/// Several successes are an enum with one variant for each status.
fn success_enum(operation: &Operation<'_>) -> Result<Option<TokenStream>, EmitError> {
    if operation.successes.len() == 1 {
        return Ok(None);
    }
    let name = success_name(operation);
    let mut variants = TokenStream::new();
    for reply in &operation.successes {
        let variant = format_ident!("{}", reply.variant());
        let response = response_type(operation, reply)?;
        let doc = docs::attributes(&docs::prose(&format!("{}: {}", reply.status, reply.response.description)));
        variants.extend(quote! { #doc #variant(#response), });
    }
    let doc = format!(" The successes that the contract declares for `{}`.", operation.id);
    Ok(Some(quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #name { #variants }
    }))
}
