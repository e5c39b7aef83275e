//! Progenitor, called so that nothing it does takes the command down.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use openapiv3::{AnySchema, OpenAPI, ReferenceOr, Schema, SchemaData, SchemaKind};
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TagStyle};
use quote::quote;

use super::docs;
use super::model::unsupported;
use crate::emit::{EmitError, all};

thread_local! {
    /// While it is set, this thread's panics are kept here instead of printed.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The client that progenitor makes from a derived document.
pub fn generate(document: &OpenAPI) -> Result<syn::File, EmitError> {
    let tokens = attempt(document).map_err(|reason| locate(document, &reason))?;
    syn::parse2(docs::by_line(tokens))
        .map_err(|error| unsupported("the Rust client", &format!("progenitor's code does not parse: {error}")))
}

fn attempt(document: &OpenAPI) -> Result<TokenStream, String> {
    caught(|| Generator::new(&settings()).generate_tokens(document))?.map_err(|error| error.to_string())
}

/// Progenitor does not say which parts of the document it means: they are those that fail by themselves.
fn locate(document: &OpenAPI, reason: &str) -> EmitError {
    let mut part = document.clone();
    part.paths.paths.clear();
    if let Err(reason) = attempt(&part) {
        return locate_schemas(&part).err().unwrap_or_else(|| refused("the schemas", &reason));
    }
    let paths = all(document.paths.paths.iter().map(|(path, item)| {
        part.paths.paths = [(path.clone(), item.clone())].into_iter().collect();
        attempt(&part).map_err(|reason| refused(path, &reason))
    }));
    paths.err().unwrap_or_else(|| refused("the Rust client", reason))
}

/// The schemas that fail with all others open.
fn locate_schemas(document: &OpenAPI) -> Result<(), EmitError> {
    let names = document.components.iter().flat_map(|components| components.schemas.keys());
    let alone = |name: &String| {
        let mut document = document.clone();
        let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
        for (_, other) in schemas.filter(|(other, _)| *other != name) {
            *other = ReferenceOr::Item(Schema {
                schema_data: SchemaData::default(),
                schema_kind: SchemaKind::Any(AnySchema::default()),
            });
        }
        attempt(&document).map(drop).map_err(|reason| refused(name, &reason))
    };
    all(names.map(alone)).map(drop)
}

/// Progenitor's messages may go on with a dump of the document: the first line says what is wrong.
fn refused(place: &str, reason: &str) -> EmitError {
    let reason = reason.lines().next().unwrap_or_default();
    let reason = reason.split_once(": Item(Schema {").map_or(reason, |(reason, _)| reason);
    unsupported(place, &format!("progenitor cannot make a client from this: {reason}"))
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_inner_type(quote! { crate::transport::Transport })
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    settings
}

/// Runs `work`; a panic becomes its message, and nothing is printed.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = CAUGHT.with_borrow_mut(|caught| match caught {
                Some(message) => {
                    *message = info.payload_as_str().unwrap_or("it stopped without a reason").to_owned();
                    true
                }
                None => false,
            });
            if !kept {
                previous(info);
            }
        }));
    });
    CAUGHT.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let message = CAUGHT.take().unwrap_or_default();
    result.map_err(|_| message)
}
