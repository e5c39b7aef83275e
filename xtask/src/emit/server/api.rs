//! `api.rs`: the trait that a server implements.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Model, Operation};
use super::operations::{module_name, trait_name};
use super::words::{ident, prose};

/// The file with the trait that a server implements.
pub(super) fn api_file(model: &Model) -> TokenStream {
    let name = format_ident!("{}", trait_name(model));
    let doc = prose(model.description.as_deref().unwrap_or(&model.title));
    let secured = model.operations.iter().any(is_secured);
    let caller = secured.then(caller_items);
    let methods = model.operations.iter().map(method);
    let modules = model.operations.iter().map(|operation| ident(&module_name(operation)));
    let requirement = secured.then(|| {
        quote!(
            use crate::operation::SecurityRequirement;
        )
    });
    quote! {
        #![doc = " The trait that a server implements: one method for each operation of the contract."]

        use std::future::Future;

        use dropshot::RequestContext;

        use super::operations::{#(#modules),*};
        use crate::error::ApiFailure;
        #requirement
        use crate::settings::ApiContext;

        #doc
        #[doc = ""]
        #[doc = " A method is called with a request that the contract allows, and answers what the contract declares; an"]
        #[doc = " [`ApiFailure`] is for the failures that any operation can have."]
        pub trait #name: Send + Sync + Sized + 'static {
            #[doc = " The state of the server."]
            type Context: ApiContext;
            #caller
            #(#methods)*
        }
    }
}

fn caller_items() -> TokenStream {
    quote! {
        #[doc = " Who calls, as far as the server knows."]
        type Caller: Send + Sync;

        #[doc = " Finds out who calls, and refuses who may not. It is asked before anything of the request is read."]
        fn authenticate(
            rqctx: &RequestContext<Self::Context>,
            requirement: &'static SecurityRequirement,
        ) -> impl Future<Output = Result<Self::Caller, ApiFailure>> + Send;
    }
}

pub(super) fn is_secured(operation: &Operation) -> bool {
    !operation.security.is_empty()
}

fn operation_doc(operation: &Operation) -> TokenStream {
    let mut text = String::new();
    for part in [operation.summary.as_deref(), operation.description.as_deref()].into_iter().flatten() {
        text.push_str(part);
        text.push_str("\n\n");
    }
    text.push_str(&format!("`{} {}`", operation.method, operation.path));
    prose(&text)
}

fn method(operation: &Operation) -> TokenStream {
    let doc = operation_doc(operation);
    let name = ident(&module_name(operation));
    let deprecated = operation.deprecated.then(|| quote!(#[doc = ""] #[doc = " Deprecated."]));
    let caller = is_secured(operation).then(|| quote!(caller: Self::Caller,));
    quote! {
        #doc
        #deprecated
        fn #name(
            rqctx: &RequestContext<Self::Context>,
            #caller
            request: #name::Request,
        ) -> impl Future<Output = Result<#name::Response, ApiFailure>> + Send;
    }
}
