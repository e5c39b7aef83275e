//! `examples/wire/generated/mod.rs`: calls each operation with a request that is given as data.
//!
//! The hand-written rest of that program reads requests and prints outcomes; it knows no operation.

use openapiv3::Parameter;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::ast::Setter;
use super::headers;
use super::model::{Content, Operation, Reply};
use super::names::{field_name, type_name};
use super::operations::{self, Call};

/// The whole file; `krate` is the client's name in code.
pub fn file(calls: &[Call<'_>], krate: &str) -> TokenStream {
    let krate = format_ident!("{krate}");
    let arms = calls.iter().map(|call| {
        let (id, function) = (call.operation.id, format_ident!("{}", call.operation.method_name()));
        quote! { #id => calls::#function(client, request).await, }
    });
    let functions = calls.iter().map(function);
    quote! {
        #![doc = " Calls each operation with a request that is given as data."]

        pub use #krate as sdk;

        use sdk::Client;
        use crate::outcome::Outcome;
        use crate::request::{Inexpressible, Request};

        /// Sends a request with the method of its operation.
        pub async fn send(client: &Client, request: Request) -> Result<Outcome, Inexpressible> {
            match request.operation.as_str() {
                #(#arms)*
                other => Err(Inexpressible(format!("it has no operation {other}"))),
            }
        }

        mod calls {
            use super::sdk::{Client, Error, errors, operations, types};
            use crate::outcome::Outcome;
            use crate::request::{Inexpressible, Request};

            #(#functions)*
        }
    }
}

fn function(call: &Call<'_>) -> TokenStream {
    let operation = call.operation;
    let name = format_ident!("{}", operation.method_name());
    let setters = call.builder.setters.iter().map(|setter| self::setter(operation, setter));
    let successes = operation.successes.iter().map(|reply| success(operation, reply));
    let error = format_ident!("{}Error", type_name(operation.id));
    let errors = operation.errors.iter().map(|reply| {
        let (variant, outcome) = (format_ident!("{}", reply.variant()), self::outcome(operation, reply));
        quote! { Err(Error::Api(errors::#error::#variant(answer))) => #outcome, }
    });
    let no_errors = operation.errors.is_empty().then(|| quote! { Err(Error::Api(error)) => match error {}, });
    quote! {
        pub async fn #name(client: &Client, mut request: Request) -> Result<Outcome, Inexpressible> {
            let mut call = client.#name();
            #(#setters)*
            request.end()?;
            Ok(match call.send().await {
                #(#successes)*
                #(#errors)*
                #no_errors
                Err(error) => Outcome::failure(&error),
            })
        }
    }
}

fn setter(operation: &Operation<'_>, setter: &Setter) -> TokenStream {
    let (name, ty) = (format_ident!("{}", setter.ident), &setter.ty);
    let taken = match operations::parameter(operation, setter) {
        Some(parameter) => {
            let wire = &parameter.parameter_data_ref().name;
            let place = match parameter {
                Parameter::Path { .. } => quote! { path },
                Parameter::Query { .. } => quote! { query },
                Parameter::Header { .. } | Parameter::Cookie { .. } => quote! { header },
            };
            quote! { request.#place::<#ty>(#wire) }
        }
        None if operations::is_bytes_body(operation, setter) => quote! { request.bytes() },
        None => quote! { request.json::<#ty>() },
    };
    quote! {
        if let Some(value) = #taken? {
            call = call.#name(value);
        }
    }
}

fn success(operation: &Operation<'_>, reply: &Reply<'_>) -> TokenStream {
    let outcome = outcome(operation, reply);
    if operation.successes.len() == 1 {
        return quote! { Ok(answer) => #outcome, };
    }
    let (name, variant) = (operations::success_name(operation), format_ident!("{}", reply.variant()));
    quote! { Ok(operations::#name::#variant(answer)) => #outcome, }
}

fn outcome(operation: &Operation<'_>, reply: &Reply<'_>) -> TokenStream {
    let (variant, status) = (reply.variant(), reply.status);
    let is_success = (200..300).contains(&status);
    let kind = if is_success {
        quote! { success }
    } else {
        quote! { error }
    };
    let declared = headers::name(operation, reply).map(|_| &reply.response.headers);
    let headers = declared.into_iter().flatten().map(|(name, _)| {
        let field = format_ident!("{}", field_name(name));
        quote! { .header(#name, &answer.headers().#field) }
    });
    let head = quote! { Outcome::#kind(#variant, #status, &answer) #(#headers)* };
    match reply.content {
        Content::Nothing => head,
        Content::Json(_) => quote! { #head.json(answer.body()) },
        Content::Bytes if is_success => quote! {{
            let head = #head;
            match answer.into_body().bytes().await {
                Ok(bytes) => head.bytes(&bytes),
                Err(error) => Outcome::failed(&error),
            }
        }},
        Content::Bytes => quote! { #head.bytes(answer.body()) },
    }
}
