//! What people know about a service and no contract says: which requests it may refuse all the same, what shows a change,
//! what must be true at the end.

use std::collections::BTreeMap;
use std::path::Path;

use openapi::{Contract, Sample};
use serde::Deserialize;

use super::Arguments;
use crate::failure::{Failure, Problem};
use crate::workspace;

/// The file beside the requests of another contract than the workspace's.
const FILE: &str = "prove.toml";
/// The table of the workspace's own.
const TABLE: &str = "[workspace.metadata.contract.prove]";

/// `[workspace.metadata.contract.prove]` of the root `Cargo.toml`, or the file `prove.toml` of a folder that is given with
/// `--contract`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rules {
    /// Probes and boundaries that are not sent, by name, each with the reason.
    pub excluded: BTreeMap<String, String>,
    /// Operations whose own request is taken once only, each with the reason; they have no boundaries.
    pub once: BTreeMap<String, String>,
    /// Variables that hold tokens which no operation may accept, such as one that has expired.
    pub refused_tokens: Vec<String>,
    /// Where what the contract does not declare is refused, and not ignored.
    pub undeclared: Vec<Undeclared>,
    /// What shows that a refused request has changed something, beside the resources that the requests have made.
    pub readers: Vec<Reader>,
    /// What must be true when everything has been sent.
    pub invariants: Vec<Invariant>,
    /// Where these rules stand, for messages.
    #[serde(skip)]
    place: String,
}

/// A part of a request in which something undeclared may stand.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Undeclared {
    /// Parameters after the `?`.
    Query,
    /// Fields of objects in a body.
    Body,
}

/// A request that only reads, and what of its answer stays the same as long as nothing changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// The test id or the name of the request.
    pub request: String,
    /// Paths of values in its answer, such as `metrics.sessionsCreated`.
    pub values: Vec<String>,
}

/// A command of the workspace whose output is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// What is true, in words.
    pub title: String,
    /// The command line, with the placeholders of `[workspace.metadata.contract.service]`.
    pub run: String,
    /// What it prints, without the white space around it.
    #[serde(default)]
    pub prints: String,
}

impl Rules {
    /// Those of the contract that the arguments name.
    pub fn of(arguments: &Arguments, current: &Path) -> Result<Self, Failure> {
        let root = workspace::root();
        let folder = arguments.contract.as_ref().map(|folder| current.join(folder));
        let is_own = |folder: &Path, root: &Path| {
            folder
                .canonicalize()
                .is_ok_and(|folder| root.join("__http__").canonicalize().is_ok_and(|own| own == folder))
        };
        match (folder, root) {
            (Some(folder), Ok(root)) if !is_own(&folder, &root) => Self::of_folder(&folder),
            (Some(folder), Err(_)) => Self::of_folder(&folder),
            (_, root) => {
                let rules: Self = workspace::metadata(&root?, "prove")?.unwrap_or_default();
                Ok(Self { place: TABLE.to_owned(), ..rules })
            }
        }
    }

    fn of_folder(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io("read", &path, &error)),
        };
        let rules: Self = toml::from_str(&text).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            Failure::environment(Problem::new("bad-rules", message).help("repair the file"))
        })?;
        Ok(Self { place: path.display().to_string(), ..rules })
    }

    /// Fails where they name what the contract does not have.
    pub fn check(&self, contract: &Contract) -> Result<(), Failure> {
        let operations: Vec<_> = contract.operations.iter().map(|operation| operation.id.as_str()).collect();
        if let Some(name) = self.once.keys().find(|name| !operations.contains(&name.as_str())) {
            let help = format!("the operations are: {}", operations.join(", "));
            return Err(self.wrong(&format!("`once` names `{name}`, which is no operation"), &help));
        }
        for reader in &self.readers {
            self.reader(contract, reader)?;
        }
        Ok(())
    }

    /// The request of a reader.
    pub fn reader<'c>(&self, contract: &'c Contract, reader: &Reader) -> Result<&'c Sample, Failure> {
        let is = |sample: &&Sample| [&sample.test_id, &sample.name].into_iter().flatten().any(|n| *n == reader.request);
        let found = contract.samples.iter().find(is).ok_or_else(|| {
            let message = format!("a reader names `{}`, which is no request", reader.request);
            self.wrong(&message, "name the test id or the name of a request")
        })?;
        if found.request.method == "GET" && found.expect < 300 {
            return Ok(found);
        }
        let message = format!("the reader `{}` is no GET that succeeds", reader.request);
        Err(self.wrong(&message, "only what changes nothing can show a change"))
    }

    /// A name in the table of exclusions that stands for nothing.
    pub fn unused(&self, name: &str) -> Failure {
        let message = format!("`excluded` names `{name}`, which is neither a probe nor a boundary");
        self.wrong(&message, "remove it; `cargo xtask prove --message-format json` prints the names")
    }

    fn wrong(&self, message: &str, help: &str) -> Failure {
        Failure::environment(Problem::new("bad-rules", format!("{}: {message}", self.place)).help(help))
    }
}
