//! `errors.rs`: an enum for each operation, one variant for each status that the contract declares.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Content, Operation, Reply};
use super::names::type_name;
use super::{docs, headers, types};
use crate::emit::EmitError;

/// The whole file.
pub fn file(operations: &[Operation<'_>]) -> Result<TokenStream, EmitError> {
    let enums = operations.iter().map(error_enum).collect::<Result<Vec<_>, _>>()?;
    Ok(quote! {
        use std::fmt;

        use crate::error::{DeclaredError, UnexpectedAnswer};
        use crate::generated::client::types;
        use crate::generated::headers;
        use crate::response::{Answer, Head, Response};

        #(#enums)*
    })
}

/// The type of a reply, such as `Response<types::Session, headers::GetSessionOkHeaders>`.
pub fn response_type(operation: &Operation<'_>, reply: &Reply<'_>) -> Result<TokenStream, EmitError> {
    let body = match reply.content {
        Content::Nothing => quote! { () },
        Content::Bytes if reply.status < 300 => quote! { crate::response::ByteStream },
        Content::Bytes => quote! { bytes::Bytes },
        Content::Json(schema) => types::rust_type(schema, &format!("{} {}", operation.id, reply.status))?,
    };
    Ok(match headers::name(operation, reply) {
        Some(headers) => quote! { Response<#body, headers::#headers> },
        None => quote! { Response<#body> },
    })
}

fn error_enum(operation: &Operation<'_>) -> Result<TokenStream, EmitError> {
    let name = format_ident!("{}Error", type_name(operation.id));
    let mut variants = TokenStream::new();
    let (mut decodings, mut heads) = (TokenStream::new(), TokenStream::new());
    for reply in &operation.errors {
        let (variant, status) = (format_ident!("{}", reply.variant()), reply.status);
        let response = response_type(operation, reply)?;
        let doc = docs::attributes(&docs::prose(&format!("{status}: {}", reply.response.description)));
        let decoding = match reply.content {
            Content::Nothing => quote! { Ok(Self::#variant(answer.empty())) },
            Content::Bytes => quote! { Ok(Self::#variant(answer.bytes())) },
            Content::Json(_) => quote! { answer.json().map(Self::#variant) },
        };
        variants.extend(quote! { #doc #variant(#response), });
        decodings.extend(quote! { #status => #decoding, });
        heads.extend(quote! { Self::#variant(response) => response.head(), });
    }
    let doc = format!(" The errors that the contract declares for `{}`.", operation.id);
    let this = if operation.errors.is_empty() {
        quote! { *self }
    } else {
        quote! { self }
    };
    Ok(quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #name { #variants }

        impl DeclaredError for #name {
            fn decode(answer: Answer) -> Result<Self, UnexpectedAnswer> {
                match answer.status() {
                    #decodings
                    _ => Err(answer.undeclared()),
                }
            }

            fn head(&self) -> &Head {
                match #this { #heads }
            }
        }

        impl fmt::Display for #name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.head(), f)
            }
        }

        impl std::error::Error for #name {}
    })
}
