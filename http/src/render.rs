//! Shows diagnostics: to people, one line each, or as JSON.

use std::collections::HashMap;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::{Diagnostic, FileId, Label, LineIndex, Location, Severity, Sources};

/// Whether a report for people has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// ANSI colours, for a terminal.
    On,
    /// Plain text.
    Off,
}

/// File, line and column, the source line with a marker, and what to do; one paragraph a mistake.
#[must_use]
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, colors: Colors) -> String {
    let renderer = match colors {
        Colors::On => Renderer::styled(),
        Colors::Off => Renderer::plain(),
    };
    let mut places = Places::new(sources);
    diagnostics.iter().map(|diagnostic| format!("{}\n\n", paragraph(&renderer, diagnostic, &mut places))).collect()
}

/// One line a mistake: `file:line:column: error[code]: message`.
#[must_use]
pub fn short(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let line = |diagnostic: &Diagnostic| {
        let Location { file, span } = diagnostic.primary.location;
        let position = places.index(file).position(span.start);
        let Diagnostic { code, message, .. } = diagnostic;
        let (path, severity) = (sources.get(file).path(), severity(diagnostic));
        let message = printable(message);
        format!("{path}:{}:{}: {severity}[{}]: {message}\n", position.line, position.column, code.0)
    };
    diagnostics.iter().map(line).collect()
}

/// A message may quote a file: control characters of it must not reach a terminal.
fn printable(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// One JSON object a line and mistake.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let line = |diagnostic: &Diagnostic| {
        let record = JsonDiagnostic {
            code: diagnostic.code.0,
            severity: severity(diagnostic),
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
            place: places.json(&diagnostic.primary),
            labels: diagnostic.secondary.iter().map(|label| places.json(label)).collect(),
        };
        // Texts and numbers always have a JSON form.
        serde_json::to_string(&record).map_or(String::new(), |line| line + "\n")
    };
    diagnostics.iter().map(line).collect()
}

#[derive(Serialize)]
struct JsonDiagnostic<'d> {
    code: &'static str,
    severity: &'static str,
    message: &'d str,
    help: Option<&'d str>,
    #[serde(flatten)]
    place: JsonPlace<'d>,
    labels: Vec<JsonPlace<'d>>,
}

/// Bytes count from 0, lines and columns from 1, columns in characters; every end is exclusive.
#[derive(Serialize)]
struct JsonPlace<'d> {
    file: &'d str,
    byte_start: usize,
    byte_end: usize,
    line_start: usize,
    column_start: usize,
    line_end: usize,
    column_end: usize,
    label: &'d str,
}

/// The line index of each file that is reported on, made once.
struct Places<'s> {
    sources: &'s Sources,
    indexes: HashMap<FileId, LineIndex<'s>>,
}

impl<'s> Places<'s> {
    fn new(sources: &'s Sources) -> Self {
        Self { sources, indexes: HashMap::new() }
    }

    fn index(&mut self, file: FileId) -> &LineIndex<'s> {
        self.indexes.entry(file).or_insert_with(|| LineIndex::new(self.sources.get(file).text()))
    }

    fn json<'d>(&mut self, label: &'d Label) -> JsonPlace<'d>
    where
        's: 'd,
    {
        let Location { file, span } = label.location;
        let (start, end) = (self.index(file).position(span.start), self.index(file).position(span.end));
        JsonPlace {
            file: self.sources.get(file).path(),
            byte_start: span.start,
            byte_end: span.end,
            line_start: start.line,
            column_start: start.column,
            line_end: end.line,
            column_end: end.column,
            label: &label.text,
        }
    }
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn paragraph(renderer: &Renderer, diagnostic: &Diagnostic, places: &mut Places<'_>) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.0).elements(snippets(diagnostic, places));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group as Group<'_>])
}

/// Places that are further apart stand in snippets of their own: whatever lies between would have to be read to be folded.
const MAX_GAP_BYTES: usize = 4096;

type KindOfLabel<'d> = (AnnotationKind, &'d Label);

/// One snippet for each file, or for each part of it; that of the primary place first.
fn snippets<'d, 's: 'd>(
    diagnostic: &'d Diagnostic,
    places: &mut Places<'s>,
) -> Vec<Snippet<'d, annotate_snippets::Annotation<'d>>> {
    let secondary = diagnostic.secondary.iter().map(|label| (AnnotationKind::Context, label));
    let mut labels: Vec<KindOfLabel<'d>> =
        std::iter::once((AnnotationKind::Primary, &diagnostic.primary)).chain(secondary).collect();
    labels.sort_by_key(|(_, label)| label.location);
    let is_near = |one: &KindOfLabel<'_>, next: &KindOfLabel<'_>| {
        let (one, next) = (one.1.location, next.1.location);
        one.file == next.file && next.span.start.saturating_sub(one.span.end) <= MAX_GAP_BYTES
    };
    let mut parts: Vec<&[KindOfLabel<'d>]> = labels.chunk_by(is_near).collect();
    parts.sort_by_key(|part| part.iter().all(|(kind, _)| !matches!(kind, AnnotationKind::Primary)));
    parts.into_iter().map(|part| snippet(part, places)).collect()
}

/// The lines from the first to the last of several places in one file; what lies between is folded.
fn snippet<'d, 's: 'd>(
    labels: &[KindOfLabel<'d>],
    places: &mut Places<'s>,
) -> Snippet<'d, annotate_snippets::Annotation<'d>> {
    let file = labels[0].1.location.file;
    let source = places.sources.get(file);
    let index = places.index(file);
    let first = labels.iter().map(|(_, label)| label.location.span.start).min().unwrap_or_default();
    let last = labels.iter().map(|(_, label)| label.location.span.end).max().unwrap_or_default();
    let (first_line, window) = (index.position(first).line, index.window(first, last));
    let shown = &source.text()[window.start..window.end];
    // Carriage returns would be shown as symbols, so line ends are shown as `\n`.
    let place = |byte: usize| {
        let before = source.text().floor_char_boundary(byte.clamp(window.start, window.end)) - window.start;
        before - shown[..before].matches("\r\n").count()
    };
    let annotations = labels.iter().map(|(kind, label)| {
        let range = place(label.location.span.start)..place(label.location.span.end);
        kind.span(range).label((!label.text.is_empty()).then_some(label.text.as_str()))
    });
    Snippet::source(shown.replace("\r\n", "\n").trim_end_matches('\r').to_owned())
        .line_start(first_line)
        .path(source.path())
        .annotations(annotations.collect::<Vec<_>>())
}
