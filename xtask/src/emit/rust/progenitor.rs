//! Progenitor, called so that nothing it does takes the command down.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TagStyle};
use quote::quote;

use super::docs;
use crate::emit::EmitError;

thread_local! {
    /// While it is set, this thread's panics are kept here instead of printed.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The client that progenitor makes from a derived document.
pub fn generate(document: &OpenAPI) -> Result<syn::File, EmitError> {
    let tokens =
        caught(|| Generator::new(&settings()).generate_tokens(document)).map_err(|panic| unsupported(&panic))?;
    let tokens = tokens.map_err(|error| unsupported(&error.to_string()))?;
    syn::parse2(docs::by_line(tokens)).map_err(|error| unsupported(&format!("its output does not parse: {error}")))
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

fn unsupported(message: &str) -> EmitError {
    EmitError::Unsupported {
        place: "the Rust client".to_owned(),
        message: format!("progenitor cannot make a client from this document: {message}"),
    }
}

/// Runs `work`; a panic becomes its message, and nothing is printed.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = CAUGHT.with_borrow_mut(|caught| match caught {
                Some(message) => {
                    *message = info.to_string().replace('\n', " ");
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
