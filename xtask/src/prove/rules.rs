//! What people know about a service and no contract says: which requests it may refuse all the same, what shows a change,
//! what must be true at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use openapi::{Contract, Kind, Media, Sample, Schema, Variables};
use serde::Deserialize;

use super::{Arguments, service};
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
    /// Variables that have a value whatever the files say: from outside, or of the service that is started.
    #[serde(skip)]
    pub given: BTreeSet<String>,
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
    /// Those of the contract that the arguments name, where it has all that they name.
    pub fn of(
        arguments: &Arguments,
        current: &Path,
        contract: &Contract,
        outside: &Variables,
    ) -> Result<Self, Failure> {
        let told = of_service();
        let ours = told.iter().filter(|_| arguments.base_url.is_none());
        let given = outside.keys().chain(ours).cloned().collect();
        let rules = Self { given, ..Self::written(arguments, current)? };
        rules.check(contract, &told)?;
        Ok(rules)
    }

    fn written(arguments: &Arguments, current: &Path) -> Result<Self, Failure> {
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
    fn check(&self, contract: &Contract, told: &[String]) -> Result<(), Failure> {
        let operations: Vec<_> = contract.operations.iter().map(|operation| operation.id.as_str()).collect();
        if let Some(name) = self.once.keys().find(|name| !operations.contains(&name.as_str())) {
            let help = format!("the operations are: {}", operations.join(", "));
            return Err(self.wrong(&format!("`once` names `{name}`, which is no operation"), &help));
        }
        for reader in &self.readers {
            let sample = self.reader(contract, reader)?;
            self.check_values(contract, reader, sample)?;
        }
        self.check_tokens(contract, told)
    }

    /// Fails where a token to refuse is none: a variable that nothing gives would be sent as it is written. `told` are the
    /// variables of the workspace's service, which have no value where another server is proved.
    fn check_tokens(&self, contract: &Contract, told: &[String]) -> Result<(), Failure> {
        let mut known: BTreeSet<_> = self.given.iter().chain(told).map(String::as_str).collect();
        for sample in &contract.samples {
            known.extend(sample.variables.keys().map(String::as_str));
            known.extend(sample.captures.iter().map(|capture| capture.variable.value.as_str()));
        }
        match self.refused_tokens.iter().find(|name| !known.contains(name.as_str())) {
            Some(name) => {
                let list: Vec<_> = known.into_iter().collect();
                let help = format!("the variables are: {}; another one is given with --var", list.join(", "));
                Err(self.wrong(&format!("`refused-tokens` names `{name}`, which is no variable"), &help))
            }
            None => Ok(()),
        }
    }

    /// Fails where a reader names values that its answer cannot have, so that it would watch nothing.
    fn check_values(&self, contract: &Contract, reader: &Reader, sample: &Sample) -> Result<(), Failure> {
        let name = &reader.request;
        if reader.values.is_empty() {
            let message = format!("the reader `{name}` names no values");
            return Err(self.wrong(&message, "name what stays the same as long as nothing changes"));
        }
        let operation = contract.operations.iter().find(|operation| operation.id == sample.operation);
        let mut responses = operation.iter().flat_map(|operation| &operation.responses);
        let response = responses.find(|response| response.status == sample.expect);
        let schema = response.and_then(|response| match &response.content.as_ref()?.media {
            Media::Json(schema) => Some(schema),
            Media::Binary => None,
        });
        let has = |path: &&String| schema.is_some_and(|schema| has_value(contract, schema, path.split('.')));
        match reader.values.iter().find(|path| !has(path)) {
            Some(path) => {
                let message = format!("the reader `{name}` names the value `{path}`, which its answer does not have");
                Err(self.wrong(&message, "name fields of the declared answer, such as `metrics.sessionsCreated`"))
            }
            None => Ok(()),
        }
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

/// The variables that the workspace's own service tells, where there is one.
fn of_service() -> Vec<String> {
    let settings = workspace::root().and_then(|root| workspace::metadata::<service::Settings>(&root, "service"));
    // What is wrong with the table is said when the service is to be started.
    settings.ok().flatten().into_iter().flat_map(|settings| settings.variables.into_keys()).collect()
}

/// Whether a value of a schema can have fields below fields of these names.
fn has_value<'p>(contract: &Contract, schema: &Schema, mut path: impl Iterator<Item = &'p str>) -> bool {
    let Some(name) = path.next() else { return true };
    match &contract.resolve(schema).kind {
        Kind::Object(properties) => {
            properties.get(name).is_some_and(|property| has_value(contract, &property.schema, path))
        }
        Kind::Map { values: Some(values), .. } => has_value(contract, values, path),
        Kind::Map { values: None, .. } | Kind::Any => true,
        _ => false,
    }
}
