//! The layers that settings come from, the strongest last: defaults, file, environment, flags.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value as Node};
use figment::{Figment, Metadata, Profile, Provider};

use super::value::Value;
use super::{Setting, Settings};

/// One mistake in the settings, in words that say where it is and what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that is wrong, and the settings of which nothing is known therefore.
#[derive(Default)]
pub(super) struct Mistakes {
    pub(super) problems: Vec<Problem>,
    unknown: BTreeSet<&'static str>,
}

impl Mistakes {
    /// Adds a mistake that leaves all settings known.
    pub(super) fn add(&mut self, text: String) {
        self.problems.push(Problem(text));
    }

    /// Adds a mistake that leaves a setting unknown.
    fn add_about(&mut self, setting: &'static str, text: String) {
        self.unknown.insert(setting);
        self.add(text);
    }

    /// Adds a mistake that leaves every setting unknown.
    fn add_about_all(&mut self, text: String) {
        self.unknown.extend(Settings::ALL.iter().map(|setting| setting.name));
        self.add(text);
    }

    /// Whether all of these settings are known.
    pub(super) fn know(&self, settings: &[&str]) -> bool {
        !settings.iter().any(|setting| self.unknown.contains(setting))
    }
}

/// A flat layer of texts. Figment's own environment provider guesses types, which would turn the secret `0123` into a
/// number.
struct Texts {
    name: &'static str,
    values: BTreeMap<&'static str, String>,
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        let name = self.name;
        Metadata::named(name).interpolater(move |_, keys| {
            let key = keys.join(".");
            Settings::ALL.iter().find(|setting| setting.name == key).map_or(key.clone(), |setting| match name {
                COMMAND_LINE => format!("--{}", setting.flag()),
                _ => setting.variable(),
            })
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = self.values.iter().map(|(key, value)| ((*key).to_owned(), Node::from(value.as_str()))).collect();
        Ok(Profile::Default.collect(dict))
    }
}

const COMMAND_LINE: &str = "command line";
const ENVIRONMENT: &str = "environment";

/// Everything that was given, by layer.
pub struct Layers(Figment);

impl Layers {
    /// Puts the layers on top of each other.
    pub fn new(
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<OsString>,
        flags: BTreeMap<&'static str, String>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut figment = Figment::new();
        if let Some(path) = file {
            figment = merge_file(figment, path, mistakes);
        }
        let values = read_environment(environment, mistakes);
        Self(figment.merge(Texts { name: ENVIRONMENT, values }).merge(Texts { name: COMMAND_LINE, values: flags }))
    }

    /// The value of a setting, `absent` when it is optional and was not given. One that is wrong is read as if it were not
    /// given, so that the mistakes of the others are found.
    pub(super) fn read<T: Value>(&self, name: &str, absent: Option<T>, mistakes: &mut Mistakes) -> Option<T> {
        let setting = Settings::ALL.iter().find(|setting| setting.name == name)?;
        let otherwise = || setting.default.map_or(absent, |default| T::parse(default).ok());
        let Ok(node) = self.0.find_value(name) else { return otherwise() };
        let place = self.place(&node, name);
        let Some(text) = text_of(&node) else {
            mistakes.add_about(setting.name, format!("{place}: must be a single value"));
            return otherwise();
        };
        let expected = match T::parse(&text) {
            Ok(value) => return Some(value),
            Err(expected) => expected,
        };
        let given = if setting.secret { String::new() } else { format!(" = `{text}`") };
        mistakes.add_about(setting.name, format!("{place}{given}: {expected}"));
        otherwise()
    }

    /// Where a value was given: the flag, the variable, or the key and its file.
    fn place(&self, node: &Node, name: &str) -> String {
        match self.0.get_metadata(node.tag()) {
            Some(metadata) => match metadata.source.as_ref().and_then(figment::Source::file_path) {
                Some(path) => format!("{name} in {}", path.display()),
                None => metadata.interpolate(&Profile::Default, &[name]),
            },
            None => name.to_owned(),
        }
    }
}

/// A number, a switch or a list in a file reads like the text that a flag would have.
fn text_of(node: &Node) -> Option<String> {
    match node {
        Node::String(_, text) => Some(text.clone()),
        Node::Bool(_, value) => Some(value.to_string()),
        Node::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Node::Array(_, items) => items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}

/// Adds a file, if it can be read and says only what is known.
fn merge_file(figment: Figment, path: &Path, mistakes: &mut Mistakes) -> Figment {
    // Reading it here gives a better message than figment, for which a missing file is an empty one.
    if let Err(error) = std::fs::metadata(path) {
        mistakes.add_about_all(format!("{}: {error}", path.display()));
        return figment;
    }
    let provider = Toml::file_exact(path);
    match provider.data() {
        Ok(profiles) => {
            for key in profiles.values().flat_map(|dict| dict.keys()) {
                if !Settings::ALL.iter().any(|setting| setting.name == key) {
                    mistakes.add(format!("{key} in {}: there is no such setting{}", path.display(), near(key)));
                }
            }
            figment.merge(provider)
        }
        Err(error) => {
            // The text of a parse error would quote the line, which may hold a secret.
            let kind = first_line(&error.to_string());
            mistakes.add_about_all(format!("{}: not a TOML file: {kind}", path.display()));
            figment
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The setting that was probably meant.
fn near(key: &str) -> String {
    let wanted = key.to_ascii_lowercase().replace('-', "_");
    let shares =
        |setting: &&Setting| setting.name == wanted || setting.name.contains(&wanted) || wanted.contains(setting.name);
    Settings::ALL.iter().find(shares).map_or_else(String::new, |setting| format!("; did you mean `{}`?", setting.name))
}

/// Reads the variables of all settings; a secret may also stand in the file that `…_FILE` names.
fn read_environment(
    environment: &dyn Fn(&str) -> Option<OsString>,
    mistakes: &mut Mistakes,
) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    for setting in Settings::ALL {
        let variable = setting.variable();
        let direct = environment(&variable).filter(|value| !value.is_empty());
        let by_file = environment(&format!("{variable}_FILE")).filter(|value| setting.secret && !value.is_empty());
        match (direct, by_file) {
            (Some(_), Some(_)) => {
                let text = format!("{variable} and {variable}_FILE: only one of them can be given");
                mistakes.add_about(setting.name, text);
            }
            (Some(value), None) => match value.into_string() {
                Ok(text) => drop(values.insert(setting.name, text)),
                Err(_) => mistakes.add_about(setting.name, format!("{variable}: is not valid UTF-8")),
            },
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => drop(values.insert(setting.name, text)),
                Err(error) => {
                    let text = format!("{variable}_FILE = `{}`: {error}", Path::new(&path).display());
                    mistakes.add_about(setting.name, text);
                }
            },
            (None, None) => {}
        }
    }
    values
}
