//! The TypeScript client: openapi-generator's `typescript-fetch` with templates of our own, and a hand-written runtime.

mod adapt;
mod check;
mod example;
mod generator;
mod names;
mod operations;
mod readme;
mod readme_errors;
mod scaffold;
mod wire;

use std::fs;
use std::io;
use std::path::Path;

use openapiv3::OpenAPI;

use super::EmitError;
use crate::names::Names;
use crate::output::Output;
use crate::tools::Toolbox;

/// What the program that sends the contract's requests through the client knows of its operations.
const WIRE: &str = "sdk/typescript/wire/generated/operations.ts";
const README: &str = "sdk/typescript/README.md";
/// The hand-written beginning of the README, if there is one.
pub const INTRO: &str = "sdk/typescript/INTRO.md";

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
    let types = names::TypeNames::new(document);
    let made = generator::generate(toolbox, &adapt::adapt(document, &types)?)?;
    let path = |file: &str| format!("sdk/typescript/src/generated/{file}");
    let generated = generator::GENERATED.iter().zip(made).map(|(file, text)| Output::generated(path(file), text));
    let mut outputs: Vec<Output> = generated.collect();
    outputs.push(Output::generated(WIRE, wire::file(document, names)));
    outputs.push(Output::generated(README, readme::readme(document, names, &types)));
    outputs.extend(scaffold::scaffold(names));
    Ok(outputs)
}

/// Puts a hand-written text, if there is one, before the generated README, below the line that says how that is made.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn add_intro(outputs: &mut [Output], intro: &Path) -> io::Result<()> {
    let intro = match fs::read_to_string(intro) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if let Some(readme) = outputs.iter_mut().find(|output| output.path == Path::new(README)) {
        readme.contents = readme.contents.replacen("-->\n\n", &format!("-->\n\n{}\n\n", intro.trim()), 1);
    }
    Ok(())
}
