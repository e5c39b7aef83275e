//! The requests that are made from those of a contract, and which of them the workspace excludes.

use std::collections::BTreeMap;

use openapi::{Contract, Sample};

use super::{Arguments, probes};
use crate::failure::{Failure, Problem};
use crate::workspace;

/// What is made from each request that is sent, in their order.
pub struct Made {
    /// Requests that must be refused.
    pub probes: Vec<Vec<Sample>>,
    /// Requests that must be taken.
    pub boundaries: Vec<Vec<Sample>>,
    /// How many boundaries `[workspace.metadata.contract.boundaries]` excludes.
    pub excluded: usize,
}

impl Made {
    /// What the arguments ask for.
    pub fn of(contract: &Contract, samples: &[&Sample], arguments: &Arguments) -> Result<Self, Failure> {
        if arguments.no_probes {
            let none = || samples.iter().map(|_| Vec::new()).collect();
            return Ok(Self { probes: none(), boundaries: none(), excluded: 0 });
        }
        let probes = samples.iter().map(|sample| probes::of_operation(contract, sample)).collect();
        let boundaries = samples.iter().map(|sample| probes::boundaries(contract, sample)).collect();
        let mut made = Self { probes, boundaries, excluded: 0 };
        // Another contract has other boundaries.
        if arguments.contract.is_none() {
            made.exclude(arguments.only.is_empty())?;
        }
        Ok(made)
    }

    /// How many requests these are.
    pub fn count(&self) -> usize {
        self.probes.iter().chain(&self.boundaries).flatten().count()
    }

    /// Takes out what the workspace excludes: by name, with the reason why the service may refuse it all the same.
    fn exclude(&mut self, all: bool) -> Result<(), Failure> {
        let reasons: BTreeMap<String, String> =
            workspace::metadata(&workspace::root()?, "boundaries")?.unwrap_or_default();
        let before = self.count();
        let mut unused: Vec<&String> = reasons.keys().collect();
        for boundaries in &mut self.boundaries {
            boundaries.retain(|boundary| {
                let name = boundary.name.as_ref();
                unused.retain(|excluded| Some(*excluded) != name);
                !name.is_some_and(|name| reasons.contains_key(name))
            });
        }
        self.excluded = before - self.count();
        match unused.first().filter(|_| all) {
            None => Ok(()),
            Some(name) => {
                let message =
                    format!("[workspace.metadata.contract.boundaries] excludes `{name}`, which is no boundary");
                let help = "remove it; `cargo xtask prove --message-format json` prints the names";
                Err(Failure::environment(Problem::new("workspace-metadata", message).help(help)))
            }
        }
    }
}
