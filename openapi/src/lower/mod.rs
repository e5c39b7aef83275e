//! From trees to declarations and requests: what each annotation line says, sorted by what it is about.

mod block;
mod request;
pub(crate) mod url;

pub(crate) use block::not_found;
pub(crate) use request::{BodyLine, Expectation, RequestLine, ResponseLine};

use std::collections::HashSet;
use std::rc::Rc;

use httpfile::{Declaration, Diagnostic, FileId, Location, Parsed, Span, Spanned, Type, syntax};
use indexmap::IndexMap;

use crate::codes;
use crate::text::Json;
use crate::variables::{Scope, Variables};

/// One request file with what its requests can see.
#[derive(Debug)]
pub(crate) struct RequestFile<'a> {
    pub(crate) id: FileId,
    pub(crate) path: &'a str,
    pub(crate) source: &'a str,
    pub(crate) tree: syntax::File,
    pub(crate) scope: Scope,
    /// Where JSON in comments begins whose brackets do not balance, which has been reported.
    pub(crate) unbalanced: HashSet<usize>,
}

/// Everything the files say, before anything is concluded from it.
#[derive(Debug, Default)]
pub(crate) struct Declarations<'a> {
    pub(crate) apis: Vec<ApiLine<'a>>,
    pub(crate) servers: Vec<crate::model::Server>,
    pub(crate) security_schemes: Vec<crate::model::SecurityScheme>,
    pub(crate) tags: Vec<crate::model::Tag>,
    pub(crate) schemas: IndexMap<&'a str, SchemaLine<'a>>,
    pub(crate) requests: Vec<RequestLine<'a>>,
    pub(crate) unreadable: Unreadable<'a>,
}

/// Declarations that could not be read, which has been reported.
#[derive(Debug, Default)]
pub(crate) struct Unreadable<'a> {
    pub(crate) api: bool,
    pub(crate) auth: bool,
    pub(crate) schemas: Vec<&'a str>,
}

/// `@api` with the paragraph after it.
#[derive(Debug)]
pub(crate) struct ApiLine<'a> {
    pub(crate) title: &'a str,
    pub(crate) version: &'a str,
    pub(crate) description: Option<String>,
    pub(crate) location: Location,
}

/// `@schema` with the fields and the JSON below it.
#[derive(Debug)]
pub(crate) struct SchemaLine<'a> {
    pub(crate) file: FileId,
    pub(crate) name: &'a Spanned<String>,
    pub(crate) ty: Option<&'a Spanned<Type>>,
    pub(crate) description: Option<&'a Spanned<String>>,
    pub(crate) fields: Vec<&'a Declaration>,
    pub(crate) samples: Vec<Rc<Json>>,
    /// Whether a sample could not be read, which has been reported.
    pub(crate) unreadable: bool,
}

impl<'a> RequestFile<'a> {
    /// A parsed file; its variables are looked at here. One that they make too large is reported, and has no blocks.
    pub(crate) fn new(
        id: FileId,
        source: &'a httpfile::Source,
        parsed: Parsed,
        outside: &Variables,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let Parsed { file: tree, diagnostics } = parsed;
        let unbalanced = diagnostics.iter().filter(|d| d.code == codes::UNBALANCED_JSON);
        let unbalanced = unbalanced.map(|d| d.primary.location.span.start).collect();
        out.extend(diagnostics);
        let scope = Scope::new(id, &tree, outside, out);
        let too_large = scope.check_size(id, source.text());
        let tree = if too_large.is_some() { syntax::File::default() } else { tree };
        out.extend(too_large);
        Self { id, path: source.path(), source: source.text(), tree, scope, unbalanced }
    }

    pub(crate) fn at(&self, span: Span) -> Location {
        Location { file: self.id, span }
    }
}

impl<'a> Declarations<'a> {
    /// Reads every block of every file.
    pub(crate) fn read(files: &'a [RequestFile<'a>], sources: &Files<'_>, out: &mut Vec<Diagnostic>) -> Self {
        let mut all = Self::default();
        for file in files {
            for block in &file.tree.blocks {
                block::read(file, block, sources, &mut all, out);
            }
        }
        all
    }

    fn add_schema(&mut self, line: SchemaLine<'a>, out: &mut Vec<Diagnostic>) -> bool {
        let location = Location { file: line.file, span: line.name.span };
        if let Some(first) = self.schemas.get(line.name.value.as_str()) {
            let message = format!("`{}` is declared twice", line.name.value);
            let first = Location { file: first.file, span: first.name.span };
            out.push(
                Diagnostic::error(codes::SCHEMA_CONFLICT, location, message)
                    .label("declared again here")
                    .also(first, "declared here first")
                    .help("keep one of them, or give one of them another name"),
            );
            return false;
        }
        self.schemas.insert(&line.name.value, line);
        true
    }
}

/// The files that samples can refer to.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    by_path: std::collections::HashMap<&'a str, (FileId, &'a httpfile::Source)>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(sources: &'a httpfile::Sources) -> Self {
        Self { by_path: sources.iter().map(|(id, source)| (source.path(), (id, source))).collect() }
    }

    /// A file by its path relative to a request file.
    pub(crate) fn relative(&self, request_file: &str, path: &str) -> Result<(FileId, &'a httpfile::Source), String> {
        let folder = request_file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|p| *p != "..") => _ = parts.pop(),
                part => parts.push(part),
            }
        }
        let root = if folder.starts_with('/') { "/" } else { "" };
        let path = format!("{root}{}", parts.join("/"));
        self.by_path.get(path.as_str()).copied().ok_or(path)
    }
}
