//! `headers.rs`: the headers that the contract declares for an answer, as typed fields.

use openapiv3::{Header, ParameterSchemaOrContent, ReferenceOr};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{Operation, Reply, unsupported};
use super::names::{field_name, type_name};
use super::{docs, types};
use crate::emit::EmitError;

/// The whole file.
pub fn file(operations: &[Operation<'_>]) -> Result<TokenStream, EmitError> {
    let mut structs = Vec::new();
    for operation in operations {
        for reply in operation.successes.iter().chain(&operation.errors) {
            if let Some(name) = name(operation, reply) {
                structs.push(header_struct(&name, operation, reply)?);
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

fn header_struct(name: &Ident, operation: &Operation<'_>, reply: &Reply<'_>) -> Result<TokenStream, EmitError> {
    let (mut fields, mut readings) = (TokenStream::new(), TokenStream::new());
    for (header_name, header) in &reply.response.headers {
        let ReferenceOr::Item(header) = header else {
            return Err(unsupported(operation.id, &format!("its header `{header_name}` refers to a shared one")));
        };
        let field = format_ident!("{}", field_name(header_name));
        let ty = header_type(header, operation.id)?;
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
fn header_type(header: &Header, place: &str) -> Result<TokenStream, EmitError> {
    let ParameterSchemaOrContent::Schema(schema) = &header.format else { return Ok(quote! { String }) };
    let ty = types::rust_type(schema, place)?;
    let text = ty.to_string();
    let composite = ["Vec <", "Option <", "BTreeMap <", "Map <", "Value"].iter().any(|name| text.contains(name));
    Ok(if composite {
        quote! { String }
    } else {
        ty
    })
}
