//! The TypeScript client: openapi-generator's `typescript-fetch` with templates of our own, and a hand-written runtime.

pub mod adapt;
mod check;
mod generator;
mod names;
mod operations;

use openapiv3::OpenAPI;

use super::EmitError;
use crate::names::Names;
use crate::output::Output;
use crate::tools::Toolbox;

/// The files of the TypeScript client.
///
/// # Errors
/// If the document says something that the client cannot express, or the generator cannot be had.
pub fn emit(document: &OpenAPI, names: &Names) -> Result<Vec<Output>, EmitError> {
    emit_with(document, names, &Toolbox::from_environment()?)
}

/// The same with tools from a given place.
///
/// # Errors
/// As [`emit`].
pub fn emit_with(document: &OpenAPI, names: &Names, toolbox: &Toolbox) -> Result<Vec<Output>, EmitError> {
    check::check(document)?;
    let type_names = names::TypeNames::new(document);
    let adapted = adapt::adapt(document, &type_names)?;
    let made = generator::generate(toolbox, &adapted)?;
    let path = |file: &str| format!("sdk/typescript/src/generated/{file}");
    Ok(generator::GENERATED.iter().zip(made).map(|(file, text)| Output::generated(path(file), text)).collect())
}
