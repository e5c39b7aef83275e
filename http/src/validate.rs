//! The rules that one tree can be held to.

mod annotations;
mod request;

use std::collections::HashMap;

use crate::syntax::{Block, File, Leading, NotPortable, NotPortableKind, Variable};
use crate::text::quoted;
use crate::{Code, Diagnostic, FileId, Location, Profile, Span, Spanned, codes, references};

/// What is wrong with a file, in the order of the places.
pub(crate) fn validate(file: &File, text: &str, id: FileId, profile: Profile) -> Vec<Diagnostic> {
    let mut report = Report { text, file: id, diagnostics: Vec::new() };
    for block in &file.blocks {
        if let Some(request) = &block.request {
            report.method_case(request);
        }
    }
    if profile == Profile::Contract {
        report.contract(file);
    }
    report.diagnostics.sort_by_key(|diagnostic| diagnostic.primary.location.span);
    report.diagnostics
}

struct Report<'t> {
    text: &'t str,
    file: FileId,
    diagnostics: Vec<Diagnostic>,
}

impl Report<'_> {
    fn location(&self, span: Span) -> Location {
        Location { file: self.file, span }
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>, label: &str, help: &str) {
        let diagnostic = Diagnostic::error(code, self.location(span), message);
        self.diagnostics.push(diagnostic.label(label).help(help));
    }

    fn contract(&mut self, file: &File) {
        for (index, block) in file.blocks.iter().enumerate() {
            if index > 0 && block.separators.is_empty() {
                self.missing_separator(block);
            }
            self.leading(block);
            if let Some(request) = &block.request {
                self.request(request);
            }
        }
        self.duplicate_names(file);
        self.duplicate_variables(file);
    }

    fn missing_separator(&mut self, block: &Block) {
        let Some(request) = &block.request else { return };
        self.error(
            codes::MISSING_SEPARATOR,
            Span::new(request.span.start, request.url.span.end),
            "this request line stands in the body of the request above it",
            "sent as a part of that body by some tools",
            "write a line `### title` above it; if it belongs to the body, indent it or put the body in a file (`< ./file`)",
        );
    }

    fn leading(&mut self, block: &Block) {
        for item in &block.leading {
            match item {
                Leading::Variable(variable) => self.chaining(&variable.value.value, |range| {
                    let start = variable.value.span.start;
                    Span::new(start + range.start, start + range.end)
                }),
                Leading::NotPortable(item) => self.not_portable(item),
                Leading::Json(json) if !crate::leading::is_balanced(json) => self.error(
                    codes::UNBALANCED_JSON,
                    Span::new(json.span.start, json.span.start + 1),
                    "the brackets of this JSON document do not balance before the comment ends",
                    "this bracket is never closed",
                    "close every bracket; a string ends on the line it begins on",
                ),
                _ => {}
            }
        }
        self.annotations(block);
    }

    fn not_portable(&mut self, item: &NotPortable) {
        let (what, help) = not_portable_words(item.kind);
        let first_line = item.text.split('\n').next().map_or(0, str::len);
        let span = Span::new(item.span.start, item.span.start + first_line);
        self.error(codes::NON_PORTABLE_TRAILER, span, format!("{what} is not understood by every tool"), "", help);
    }

    /// Reports variables that take their value from another request.
    fn chaining(&mut self, text: &str, locate: impl Fn(std::ops::Range<usize>) -> Span) {
        for reference in references(text).filter(crate::Reference::is_chained) {
            self.error(
                codes::RESPONSE_CHAINING,
                locate(reference.span.start..reference.span.end),
                format!("{} takes its value from another request, which not every tool supports", quoted(&text[reference.span.start..reference.span.end])),
                "",
                "use a plain variable (`@id = …` and `{{id}}`), and `# @capture id = $.id` on the request that answers it",
            );
        }
    }

    fn duplicate_names(&mut self, file: &File) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for block in &file.blocks {
            for name in annotations::names(block) {
                let Some(first) = seen.get(name.value.as_str()) else {
                    seen.insert(&name.value, name.span);
                    continue;
                };
                let message = format!("two requests have the name {}", quoted(&name.value));
                let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, self.location(name.span), message)
                    .label("the second one")
                    .also(self.location(*first), "the first one")
                    .help("give each request a name of its own");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn duplicate_variables(&mut self, file: &File) {
        let mut seen: HashMap<&str, &Spanned<String>> = HashMap::new();
        let leading = file.blocks.iter().flat_map(|block| &block.leading);
        for Variable { name, value } in leading.filter_map(|item| match item {
            Leading::Variable(variable) => Some(variable),
            _ => None,
        }) {
            let Some(first) = seen.get(name.value.as_str()).filter(|first| first.value != value.value) else {
                seen.entry(&name.value).or_insert(value);
                continue;
            };
            let message =
                format!("{} has another value further up, and tools differ in which one counts", quoted(&name.value));
            let diagnostic = Diagnostic::warning(codes::DUPLICATE_VARIABLE, self.location(value.span), message)
                .also(self.location(first.span), "the other value")
                .help("give one of them another name");
            self.diagnostics.push(diagnostic);
        }
    }
}

/// What a construct is called, and what stands in its place in a contract.
fn not_portable_words(kind: NotPortableKind) -> (&'static str, &'static str) {
    match kind {
        NotPortableKind::Handler | NotPortableKind::HandlerFile => (
            "a script that handles the answer",
            "say what must hold with `# @assert $.path == value` above the request line, or keep a value with `# @capture name = $.path`",
        ),
        NotPortableKind::Redirect => {
            ("saving the answer to a file", "remove the line; an editor can save an answer by hand")
        }
        NotPortableKind::ResponseFile => (
            "a reference to an earlier answer",
            "show an answer with `# @response 200 Name` and `# < ./file.json` above the request line",
        ),
        NotPortableKind::Assertion => {
            ("a `??` assertion", "write `# @assert $.path == value` or `# @expect status 200` above the request line")
        }
        NotPortableKind::InlineResponse => (
            "an answer that is written out in the file",
            "write `# @response 200 Name` above the request line, and the JSON of the answer in the comment below it",
        ),
        NotPortableKind::Script => {
            ("a script block", "use plain variables (`@name = value`) and `# @capture name = $.path`")
        }
        NotPortableKind::Import => {
            ("a statement that runs another file", "run the files in the order of their names instead")
        }
    }
}
