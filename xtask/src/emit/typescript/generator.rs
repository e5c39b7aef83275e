//! Running openapi-generator with our templates, and keeping what it made.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::adapt::Adapted;
use crate::emit::EmitError;
use crate::tools::openapi_generator::OpenApiGenerator;
use crate::tools::pinned::OPENAPI_GENERATOR;
use crate::tools::{Toolbox, cache, environment, hash};

/// What the templates make, in this order.
pub const GENERATED: [&str; 2] = ["types.ts", "client.ts"];
const TEMPLATES: [(&str, &str); 2] = [
    ("types.mustache", include_str!("templates/types.mustache")),
    ("client.mustache", include_str!("templates/client.mustache")),
];
const CHECKSUM: &str = "sha256";

/// The generated files, in the order of [`GENERATED`]. The same input was perhaps seen before: then they are in the
/// cache, and nothing has to run.
///
/// # Errors
/// If the generator cannot be had or fails.
pub fn generate(toolbox: &Toolbox, adapted: &Adapted) -> Result<[String; 2], EmitError> {
    let [document, config] = [&adapted.document, &adapted.config].map(Value::to_string);
    let input = [OPENAPI_GENERATOR.sha256, TEMPLATES[0].1, TEMPLATES[1].1, &config, &document].join("\0");
    let name = format!("typescript-{}", hash::of_bytes(input.as_bytes()));
    let place = cache::entry(&toolbox.cache, &name, is_intact, |folder| {
        let generator = OpenApiGenerator::find(toolbox)?;
        run(&generator, &document, &config, folder)
    })?;
    let read = |file| Ok(named(&fs::read_to_string(place.join(file)).map_err(failed)?, &adapted.placeholders));
    Ok([read(GENERATED[0])?, read(GENERATED[1])?])
}

fn is_intact(place: &Path) -> bool {
    fs::read_to_string(place.join(CHECKSUM)).is_ok_and(|expected| checksum(place).is_ok_and(|found| found == expected))
}

fn checksum(place: &Path) -> io::Result<String> {
    let hashes = GENERATED.map(|file| hash::of_file(&place.join(file)));
    Ok(hashes.into_iter().collect::<io::Result<Vec<_>>>()?.join("\n"))
}

/// Generates into an empty folder, because the generator never removes what it made before, and keeps the two files.
fn run(generator: &OpenApiGenerator, document: &str, config: &str, folder: &Path) -> Result<(), EmitError> {
    let work = tempfile::tempdir().map_err(failed)?;
    let path = |name: &str| work.path().join(name);
    let (input, settings, templates, made) =
        (path("openapi.json"), path("config.json"), path("templates"), path("made"));
    let prepare = || {
        fs::write(&input, document)?;
        fs::write(&settings, config)?;
        fs::create_dir(&templates)?;
        TEMPLATES.iter().try_for_each(|(name, text)| fs::write(templates.join(name), text))
    };
    prepare().map_err(failed)?;
    let words = ["generate", "--generator-name", "typescript-fetch", "--global-property"].map(OsStr::new);
    let which = OsStr::new("models,apis,supportingFiles=types.ts:client.ts,modelDocs=false,apiDocs=false");
    let paths =
        [("--input-spec", &input), ("--config", &settings), ("--template-dir", &templates), ("--output", &made)];
    let mut arguments = [&words[..], &[which]].concat();
    arguments.extend(paths.iter().flat_map(|(option, path)| [OsStr::new(option), path.as_os_str()]));
    let said = generator.run(&arguments)?;
    let keep = || {
        for file in GENERATED {
            fs::write(folder.join(file), tidy(&fs::read_to_string(made.join(file))?))?;
        }
        fs::write(folder.join(CHECKSUM), checksum(folder)?)
    };
    keep().map_err(|error: io::Error| {
        environment(format!("openapi-generator made no client ({error}):\n{}", said.trim()))
    })
}

/// The text with the names that its placeholders stand for.
fn named(text: &str, placeholders: &[(String, String)]) -> String {
    placeholders.iter().fold(text.to_owned(), |text, (placeholder, name)| text.replace(placeholder, name))
}

/// No blanks at the ends of lines, one line break at the end: what the templates' sections leave behind is gone.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn failed(error: io::Error) -> EmitError {
    environment(format!("cannot generate the TypeScript client: {error}"))
}
