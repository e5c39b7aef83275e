//! Variables that do not stand in the request files: environment files, and the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::failure::{Failure, Problem};
use crate::workspace::shown;

/// The later wins; the private one is kept out of version control.
const FILE_NAMES: [&str; 2] = ["http-client.env.json", "http-client.private.env.json"];

/// Whether a JSON file holds environments, not an example.
#[must_use]
pub fn is_environment_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| FILE_NAMES.iter().any(|known| name == *known))
}

/// The variables of the chosen environment, overlaid with those of the command line.
pub fn variables(
    folder: &Path,
    from: &Path,
    environment: Option<&str>,
    assignments: &[(String, String)],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = BTreeMap::new();
    if let Some(name) = environment {
        variables.extend(chosen(&from.join(folder), from, name)?);
    }
    variables.extend(assignments.iter().cloned());
    Ok(variables)
}

fn chosen(folder: &Path, from: &Path, name: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = BTreeMap::new();
    let mut known = Vec::new();
    for path in FILE_NAMES.iter().filter_map(|file| nearest(folder, file)) {
        let environments = read(&path, from)?;
        if let Some(values) = environments.get(name).and_then(Value::as_object) {
            variables.extend(values.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?))));
        }
        known.extend(environments.into_iter().map(|(name, _)| name));
    }
    if known.iter().any(|known| known == name) { Ok(variables) } else { Err(unknown(name, &mut known, folder, from)) }
}

/// The file beside the contract, else the nearest one above it.
fn nearest(folder: &Path, file: &str) -> Option<PathBuf> {
    folder.ancestors().map(|ancestor| ancestor.join(file)).find(|path| path.is_file())
}

fn read(path: &Path, from: &Path) -> Result<Map<String, Value>, Failure> {
    let shown = shown(path, from);
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", Path::new(&shown), &error))?;
    serde_json::from_slice(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes)).map_err(|error| {
        Failure::contract(
            Problem::new("environment-file", format!("{shown} is not a JSON object of environments: {error}"))
                .help(r#"write it as { "dev": { "name": "value" } }"#),
        )
    })
}

/// Objects and arrays configure the tool of whoever wrote them (TLS, sign-in); they are no variables.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn unknown(name: &str, known: &mut Vec<String>, folder: &Path, from: &Path) -> Failure {
    known.sort();
    known.dedup();
    let help = if known.is_empty() {
        format!("write {} beside the .http files or above them", FILE_NAMES[0])
    } else {
        format!("the environments are: {}", known.join(", "))
    };
    let message = format!("no environment `{name}` for {}", shown(folder, from));
    Failure::environment(Problem::new("unknown-environment", message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        std::fs::write(folder.join(name), text).unwrap();
    }

    #[test]
    fn private_values_and_then_the_command_line_win() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("contract");
        std::fs::create_dir(&folder).unwrap();
        write(
            root.path(),
            FILE_NAMES[0],
            r#"{ "dev": { "a": "shared", "b": "shared", "c": 3, "d": { "tls": true } } }"#,
        );
        write(&folder, FILE_NAMES[1], r#"{ "dev": { "b": "private", "e": "private" } }"#);
        let given = [("e".to_owned(), "given".to_owned())];

        let variables = variables(&folder, root.path(), Some("dev"), &given).unwrap();

        let pairs: Vec<_> = variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("a", "shared"), ("b", "private"), ("c", "3"), ("e", "given")]);
    }

    #[test]
    fn an_unknown_environment_names_the_known_ones() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), FILE_NAMES[0], r#"{ "staging": {}, "dev": {} }"#);

        let failure = variables(root.path(), root.path(), Some("prod"), &[]).unwrap_err();

        assert_eq!(failure.problems[0].message, "no environment `prod` for .");
        assert_eq!(failure.problems[0].help.as_deref(), Some("the environments are: dev, staging"));
    }
}
