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
    let read = |file| Ok(named(&tidy(&fs::read_to_string(place.join(file)).map_err(failed)?), &adapted.placeholders));
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
            fs::copy(made.join(file), folder.join(file))?;
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

/// No blanks at the ends of lines, one line break at the end, no import that this document has no use for: templates
/// cannot look ahead, and the compiler takes an unused import for an error.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    let code: Vec<&str> = lines.iter().copied().filter(|line| !line.trim_start().starts_with(['*', '/'])).collect();
    let is_used = |line: &str| match line.strip_prefix("import type { ").and_then(|rest| rest.split_once(" }")) {
        Some((names, _)) => {
            let body = || code.iter().filter(|other| !other.starts_with("import "));
            names.split(", ").any(|name| body().any(|other| has_word(other, name)))
        }
        None => true,
    };
    lines.iter().filter(|line| is_used(line)).map(|line| format!("{line}\n")).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

fn failed(error: io::Error) -> EmitError {
    environment(format!("cannot generate the TypeScript client: {error}"))
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn imports_without_use_go_and_blank_ends_too() {
        let text = "import type { Reply } from '../call.js';\nimport type { BinaryBody } from '../options.js';\n\n\
                    /** Not a BinaryBody. */\nexport type A = Reply<200>;  \n\n\n";
        let expected =
            "import type { Reply } from '../call.js';\n\n/** Not a BinaryBody. */\nexport type A = Reply<200>;\n";
        assert_eq!(tidy(text), expected);
    }
}
