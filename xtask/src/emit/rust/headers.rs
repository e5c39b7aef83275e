//! `headers.rs`: the headers that the contract declares for an answer, as typed fields.

use openapiv3::{Header, ParameterSchemaOrContent, ReferenceOr};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::ast::{Client, TypeShape, last_name};
use super::model::{Operation, Reply, unsupported};
use super::names::{field_name, type_name};
use super::{docs, types};
use crate::emit::EmitError;

/// The whole file.
pub fn file(operations: &[Operation<'_>], client: &Client) -> Result<TokenStream, EmitError> {
    let mut structs = Vec::new();
    for operation in operations {
        for reply in operation.successes.iter().chain(&operation.errors) {
            if let Some(name) = name(operation, reply) {
                structs.push(header_struct(&name, operation, reply, client)?);
            }
        }
    }
    Ok(quote! {
        use reqwest::header::HeaderMap;

        use crate::generated::client::types;
        use crate::response::{FromHeaders, header};

        #(#structs)*
    })
}

/// The name of the struct, where the answer declares headers.
pub fn name(operation: &Operation<'_>, reply: &Reply<'_>) -> Option<Ident> {
    if reply.response.headers.is_empty() {
        return None;
    }
    Some(format_ident!("{}{}Headers", type_name(operation.id), reply.variant()))
}

fn header_struct(
    name: &Ident,
    operation: &Operation<'_>,
    reply: &Reply<'_>,
    client: &Client,
) -> Result<TokenStream, EmitError> {
    let (mut fields, mut readings) = (TokenStream::new(), TokenStream::new());
    for (header_name, header) in &reply.response.headers {
        let ReferenceOr::Item(header) = header else {
            return Err(unsupported(operation.id, &format!("its header `{header_name}` refers to a shared one")));
        };
        let field = format_ident!("{}", field_name(header_name));
        let ty = header_type(header, operation.id, client)?;
        let text = header.description.as_deref().map_or_else(|| format!("`{header_name}`"), docs::prose);
        let doc = docs::attributes(&text);
        fields.extend(quote! { #doc pub #field: Option<#ty>, });
        readings.extend(quote! { #field: header(headers, #header_name), });
    }
    let doc = format!(" The headers of `{}` answered with {}.", operation.id, reply.status);
    Ok(quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name { #fields }

        impl FromHeaders for #name {
            fn from_headers(headers: &HeaderMap) -> Self {
                Self { #readings }
            }
        }
    })
}

/// A list or an object in a header stays text.
fn header_type(header: &Header, place: &str, client: &Client) -> Result<TokenStream, EmitError> {
    let text = quote! { String };
    let ParameterSchemaOrContent::Schema(schema) = &header.format else { return Ok(text) };
    let ty = types::rust_type(schema, place)?;
    let parsed: Type = syn::parse2(ty.clone()).map_err(|error| unsupported(place, &error.to_string()))?;
    Ok(if is_scalar(&parsed, client) { ty } else { text })
}

fn is_scalar(ty: &Type, client: &Client) -> bool {
    match client.types.get(&last_name(ty)) {
        Some(TypeShape::Enum(_)) => true,
        Some(TypeShape::Newtype { inner, .. }) => is_scalar(inner, client),
        Some(TypeShape::Struct(_)) => false,
        None => !["Vec", "Option", "BTreeMap", "Map", "Value"].contains(&last_name(ty).as_str()),
    }
}
