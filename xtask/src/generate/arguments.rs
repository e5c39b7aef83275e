//! The flags of `generate-sdk`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::targets::Target;
use crate::Names;
use crate::report::MessageFormat;

/// What to generate from, where to, and under which names.
#[derive(Args, Clone, Debug, Default)]
pub struct Arguments {
    /// The folder of .http files [default: __http__ of the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) contract: Option<PathBuf>,
    /// The folder that the outputs are written below [default: the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write nothing; list what is stale, missing or extra, and exit with 1 if anything is
    #[arg(long)]
    pub(super) check: bool,
    /// Leave a target as it is; may be given several times
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    pub(super) skip: Vec<Target>,
    /// How mistakes are printed; json and github go to standard output
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub(super) message_format: MessageFormat,
    /// The environment to take variables from, of http-client.env.json and http-client.private.env.json
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// A variable; wins over the files
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(super) variables: Vec<(String, String)>,
    /// The title of the document and of the packages made from it [default: the contract's @api]
    #[arg(long, value_name = "TEXT")]
    pub(super) title: Option<String>,
    /// The cargo package of the Rust client [default: made from the title]
    #[arg(long, value_name = "NAME", value_parser = cargo_package)]
    pub(super) rust_package: Option<String>,
    /// The npm package of the TypeScript client [default: made from the title]
    #[arg(long, value_name = "NAME", value_parser = npm_package)]
    pub(super) typescript_package: Option<String>,
    /// The cargo package of the server interface [default: server-api]
    #[arg(long, value_name = "NAME", value_parser = cargo_package)]
    pub(super) server_package: Option<String>,
}

impl Arguments {
    /// The arguments that ask whether everything in the workspace is up to date.
    #[must_use]
    pub fn freshness() -> Self {
        Self { check: true, ..Self::default() }
    }

    /// The arguments that make everything from another contract, in another folder.
    #[must_use]
    pub fn between(contract: &Path, out: &Path) -> Self {
        Self { contract: Some(contract.to_owned()), out: Some(out.to_owned()), ..Self::default() }
    }

    /// How mistakes are printed.
    #[must_use]
    pub fn message_format(&self) -> MessageFormat {
        self.message_format
    }

    /// Every target that is not skipped.
    pub(super) fn targets(&self) -> Vec<Target> {
        Target::ALL.into_iter().filter(|target| !self.skip.contains(target)).collect()
    }

    /// The names that follow from the document, unless a flag says otherwise.
    pub(super) fn names(&self, info: &openapiv3::Info) -> Names {
        let mut names = Names::from_title(&info.title, &info.version);
        let overrides = [
            (&self.rust_package, &mut names.rust),
            (&self.typescript_package, &mut names.typescript),
            (&self.server_package, &mut names.server),
        ];
        for (given, name) in overrides {
            if let Some(given) = given {
                name.clone_from(given);
            }
        }
        names
    }
}

/// `name=value`
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

fn cargo_package(name: &str) -> Result<String, String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if starts_well && is_word {
        Ok(name.to_owned())
    } else {
        Err("a cargo package begins with a letter and holds letters, digits, `-` and `_`".to_owned())
    }
}

fn npm_package(name: &str) -> Result<String, String> {
    let is_word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    let fits = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_word(scope) && is_word(name)),
        None => is_word(name),
    };
    if fits { Ok(name.to_owned()) } else { Err("an npm package is `name` or `@scope/name`, in lower case".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_are_checked_before_anything_is_written() {
        assert!(cargo_package("pet-shop_2").is_ok());
        assert!(cargo_package("2-pets").is_err());
        assert!(cargo_package("pet shop").is_err());
        assert!(npm_package("@acme/pet-shop").is_ok());
        assert!(npm_package("Pet-Shop").is_err());
        assert!(npm_package("@acme").is_err());
    }

    #[test]
    fn a_variable_may_hold_equals_signs() {
        assert_eq!(assignment("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(assignment("a").is_err());
    }
}
