//! Reading contracts from folders, and showing what came of them.

use std::fmt::Write;
use std::path::Path;

use httpfile::{Diagnostic, LineIndex, Location, Severity, Source, Sources};
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

/// The document as text; panics with the report where there is none.
pub fn document(sources: Vec<Source>) -> String {
    let (sources, compiled) = compile(sources);
    let Some(contract) = compiled.contract else { panic!("no contract:\n{}", report(&sources, &compiled.diagnostics)) };
    serde_json::to_string_pretty(&contract.document()).unwrap() + "\n"
}

/// Every diagnostic: where, which rule, what, the text at the place, further places, what to do.
pub fn report(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let severity = if d.severity == Severity::Error { "error" } else { "warning" };
        writeln!(out, "{}: {severity}[{}]: {}", place(sources, d.primary.location), d.code.0, d.message).unwrap();
        writeln!(out, "  at   {}", quoted(sources, d.primary.location, &d.primary.text)).unwrap();
        for label in &d.secondary {
            let at = place(sources, label.location);
            writeln!(out, "  also {at} {}", quoted(sources, label.location, &label.text)).unwrap();
        }
        if let Some(help) = &d.help {
            writeln!(out, "  help {help}").unwrap();
        }
    }
    out
}

fn place(sources: &Sources, location: Location) -> String {
    let source = sources.get(location.file);
    let position = LineIndex::new(source.text()).position(location.span.start);
    format!("{}:{}:{}", source.path(), position.line, position.column)
}

fn quoted(sources: &Sources, location: Location, label: &str) -> String {
    let text = &sources.get(location.file).text()[location.span.start..location.span.end];
    let text = text.lines().next().unwrap_or_default();
    if label.is_empty() { format!("`{text}`") } else { format!("`{text}` {label}") }
}
