//! Reading contracts from folders, and showing what came of them.

use std::path::Path;

use httpfile::render::Colors;
use httpfile::{Diagnostic, Source, Sources};
use openapi::{Compiled, Variables};

/// The request files of a folder and what they refer to; not what is expected of them.
pub fn sources(folder: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(folder, folder, &mut sources);
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        if path.is_dir() {
            collect(root, &path, sources);
        } else if !["openapi.json", "report.txt"].contains(&name.as_str()) {
            sources.push(Source::new(name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

pub fn compile(sources: Vec<Source>) -> (Sources, Compiled) {
    let sources = Sources::new(sources);
    let compiled = openapi::compile(&sources, &Variables::new());
    (sources, compiled)
}

/// What a person reads.
pub fn report(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    httpfile::render::human(diagnostics, sources, Colors::Off)
}
