//! The requests that are made from those of a contract, and which of them are left out for what reason.

use std::collections::BTreeSet;
use std::path::Path;

use openapi::{Body, Contract, Media, Sample};

use super::Arguments;
use super::probes::{Found, Gap, Maker};
use super::rules::Rules;
use crate::failure::Failure;

/// What is made from each request that is sent, in their order.
#[derive(Default)]
pub struct Made {
    /// Requests that must be refused.
    pub probes: Vec<Vec<Sample>>,
    /// Requests that must be taken.
    pub boundaries: Vec<Vec<Sample>>,
    /// Requests to another resource, whose path is at a bound: they must not be refused for that.
    pub places: Vec<Vec<Sample>>,
    /// Constraints that nothing is made of, with the reason.
    pub gaps: Vec<Gap>,
    /// How many probes and boundaries the rules exclude.
    pub excluded: usize,
}

impl Made {
    /// What the arguments ask for. Files of bodies are found from `current`.
    pub fn of(
        contract: &Contract,
        samples: &[&Sample],
        arguments: &Arguments,
        rules: &Rules,
        current: &Path,
    ) -> Result<Self, Failure> {
        let mut made = Self::default();
        for sample in samples {
            let maker = Maker { contract, rules };
            let [probes, edges, places] = if arguments.no_probes {
                <[Found; 3]>::default()
            } else {
                let whole = with_body(contract, sample, current);
                [maker.probes(&whole), maker.boundaries(&whole), maker.places(&whole)]
            };
            made.probes.push(probes.requests);
            made.boundaries.push(edges.requests);
            made.places.push(places.requests);
            for gap in [probes.gaps, edges.gaps, places.gaps].concat() {
                // What cannot be broken for a reason cannot be kept only just for the same one.
                if !made.gaps.contains(&gap) {
                    made.gaps.push(gap);
                }
            }
        }
        made.exclude(rules, arguments.only.is_empty() && !arguments.no_probes)?;
        Ok(made)
    }

    /// How many requests these are.
    pub fn count(&self) -> usize {
        self.probes.iter().chain(&self.boundaries).chain(&self.places).flatten().count()
    }

    /// Takes out what the rules exclude: by name, with the reason why the service may answer otherwise. Where everything
    /// was made, a name that stands for nothing is a mistake.
    fn exclude(&mut self, rules: &Rules, all: bool) -> Result<(), Failure> {
        let before = self.count();
        let mut used = BTreeSet::new();
        for requests in self.probes.iter_mut().chain(&mut self.boundaries).chain(&mut self.places) {
            requests.retain(|request| {
                let excluded = request.name.as_ref().and_then(|name| rules.excluded.get_key_value(name));
                excluded.map(|(name, _)| used.insert(name)).is_none()
            });
        }
        self.excluded = before - self.count();
        match rules.excluded.keys().find(|name| all && !used.contains(name)) {
            Some(name) => Err(rules.unused(name)),
            None => Ok(()),
        }
    }
}

/// The request with a body that can be looked into: JSON that stands in a file is read. A file that cannot be read is a
/// finding when the request itself is sent.
fn with_body(contract: &Contract, sample: &Sample, current: &Path) -> Sample {
    let operation = contract.operations.iter().find(|operation| operation.id == sample.operation);
    let is_json = operation.and_then(|o| o.body.as_ref()).is_some_and(|body| matches!(body.media, Media::Json(_)));
    let mut whole = sample.clone();
    if let (true, Some(Body::File(file))) = (is_json, &sample.request.body) {
        let folder = current.join(&sample.file).parent().map(Path::to_owned).unwrap_or_default();
        // Variables are not replaced in files, so that braces of a file would be taken for them.
        let text = std::fs::read_to_string(folder.join(file)).ok().filter(|text| !text.contains("{{"));
        whole.request.body = text.map(Body::Text).or(whole.request.body);
    }
    whole
}
