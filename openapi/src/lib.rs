//! The contract model: `.http` trees go in, one [`Contract`] and its OpenAPI document come out.
//!
//! [`compile`] is the whole way: every file is parsed, its annotations are sorted by what they are about, requests
//! are grouped into operations, schemas are inferred and refined, and every example is held against the final schema.
//! No stage stops at a mistake; all of them are reported together.

mod base;
mod check;
pub mod codes;
mod conformance;
mod document;
mod expansion;
mod group;
mod infer;
mod locate;
mod lower;
mod model;
mod nearest;
mod operation;
pub mod pattern;
mod schemas;
mod text;
mod validate;
mod value;
mod variables;

pub use conformance::Mismatch;
pub use model::*;
pub use value::MAX_SAFE_INTEGER;
pub use variables::Variables;

use std::ops::Deref;

use httpfile::{Diagnostic, FileId, Location, Profile, Severity, Source, Sources, Span};

use crate::lower::{Declarations, Files, RequestFile};
use crate::operation::Assembler;

/// What has been checked and found right.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid<T>(T);

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Valid<Contract> {
    /// The contract as an OpenAPI 3.0.3 document. It depends on nothing but the contract.
    #[must_use]
    pub fn document(&self) -> openapiv3::OpenAPI {
        document::document(self)
    }
}

/// A contract, if its files hold one, and everything there is to say about them.
#[derive(Debug)]
pub struct Compiled {
    /// The contract; `None` as soon as there is one error.
    pub contract: Option<Valid<Contract>>,
    /// Sorted by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the request files among the sources (`.http`, `.rest`) as one contract. Other sources are what they refer to.
///
/// Without any request file there is no place to report: both the contract and the diagnostics are empty.
#[must_use]
pub fn compile(sources: &Sources, variables: &Variables) -> Compiled {
    let mut diagnostics = Vec::new();
    let files = parse(sources, variables, &mut diagnostics);
    let contract = contract(&files, sources, &mut diagnostics);
    diagnostics.sort_by_key(|d| (d.primary.location, d.code, d.severity));
    diagnostics.dedup();
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    Compiled { contract: contract.filter(|_| !failed).map(Valid), diagnostics }
}

fn is_request_file(source: &Source) -> bool {
    [".http", ".rest"].iter().any(|end| source.path().ends_with(end))
}

fn parse<'s>(sources: &'s Sources, variables: &Variables, out: &mut Vec<Diagnostic>) -> Vec<RequestFile<'s>> {
    let mut files = Vec::new();
    for (id, source) in sources.iter().filter(|(_, s)| is_request_file(s)) {
        let parsed = httpfile::parse(source, id, Profile::Contract);
        files.push(RequestFile::new(id, source, parsed, variables, out));
    }
    files
}

/// The stages in their order.
fn contract(files: &[RequestFile], sources: &Sources, out: &mut Vec<Diagnostic>) -> Option<Contract> {
    let first = files.first()?;
    let example_files = Files::new(sources);
    let mut declarations = Declarations::read(files, &example_files, out);
    if declarations.requests.is_empty() {
        out.push(no_requests(first.id));
    }
    check::api(&declarations, out);
    check::names(&declarations.requests, out);

    let mut registry = schemas::registry(&declarations);
    let mut checks = Vec::new();
    schemas::declare(&mut declarations, &mut registry, &mut checks);

    let groups = group::groups(&declarations.requests, out);
    group::check(&groups, out);
    let mut assembler = Assembler { registry, files: &example_files, checks };
    let operations: Vec<Operation> = groups.iter().map(|group| assembler.operation(group)).collect();
    let mut samples: Vec<Sample> =
        groups.iter().zip(&operations).flat_map(|(group, operation)| operation::samples(group, operation)).collect();
    samples.sort_by_key(|sample| sample.location);

    let Assembler { mut registry, mut checks, .. } = assembler;
    registry.check_references();
    out.append(&mut registry.diagnostics);
    let api = declarations.apis.first();
    let contract = Contract {
        title: api.map_or_else(String::new, |a| a.title.to_owned()),
        version: api.map_or_else(String::new, |a| a.version.to_owned()),
        description: api.and_then(|a| a.description.clone()),
        location: api.map_or(Location { file: first.id, span: Span::default() }, |a| a.location),
        servers: declarations.servers.clone(),
        security_schemes: declarations.security_schemes.clone(),
        tags: declarations.tags.clone(),
        schemas: std::mem::take(&mut registry.schemas),
        operations,
        samples,
    };
    schemas::check_names(&contract.schemas, out);
    schemas::check_aliases(&contract.schemas, out);
    check::references(&contract, &declarations, out);
    base::check(&contract.servers, &declarations.requests, out);
    check::parameters(&contract, out);
    checks.retain(|check| !matches!(&check.schema.kind, Kind::Reference(name) if registry.is_broken(name)));
    check::values(&contract, &checks, out);
    // What a mistake hides would look unused.
    if out.iter().all(|d| d.severity != Severity::Error) {
        schemas::check_use(&contract, &declarations, out);
    }
    Some(contract)
}

fn no_requests(file: FileId) -> Diagnostic {
    let location = Location { file, span: Span::default() };
    Diagnostic::error(codes::NO_REQUESTS, location, "there is no request in these files")
        .help("write one, such as `GET {{baseUrl}}/pets`")
}
