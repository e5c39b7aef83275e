//! The `@field` lines of one body, as a tree.

use httpfile::{Declaration, Diagnostic, FileId, Location, Step};
use indexmap::IndexMap;

use crate::codes;

/// What is declared at one place and below it.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    file: FileId,
    declaration: Option<&'a Declaration>,
    children: IndexMap<&'a Step, Fields<'a>>,
}

impl<'a> Fields<'a> {
    /// Sorts declarations into a tree; a place that is declared twice is reported.
    pub(crate) fn new(
        file: FileId,
        declarations: impl IntoIterator<Item = &'a Declaration>,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut root = Self::empty(file);
        for declaration in declarations {
            let node = root.node(&declaration.path.value);
            if let Some(other) = node.declaration {
                let message = format!("`{}` is declared twice", path_text(&declaration.path.value));
                let first = Location { file, span: other.path.span };
                out.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, Location { file, span: declaration.path.span }, message)
                        .also(first, "declared here first")
                        .help("remove one of the two lines"),
                );
                continue;
            }
            node.declaration = Some(declaration);
        }
        root
    }

    fn empty(file: FileId) -> Self {
        Self { file, declaration: None, children: IndexMap::new() }
    }

    fn node(&mut self, path: &'a [Step]) -> &mut Self {
        let file = self.file;
        path.iter().fold(self, |node, step| node.children.entry(step).or_insert_with(|| Self::empty(file)))
    }

    pub(crate) fn file(&self) -> FileId {
        self.file
    }

    pub(crate) fn declaration(&self) -> Option<&'a Declaration> {
        self.declaration
    }

    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    pub(crate) fn child(&self, step: &Step) -> Option<&Self> {
        self.children.get(step)
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Self> {
        self.child(&Step::Property(name.to_owned()))
    }

    /// The declared keys in the order written.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&'a str, &Self)> {
        self.children.iter().filter_map(|(step, node)| match step {
            Step::Property(name) => Some((name.as_str(), node)),
            _ => None,
        })
    }

    /// The first declaration at this place or below it.
    pub(crate) fn first(&self) -> Option<&'a Declaration> {
        self.declaration.or_else(|| self.children.iter().find_map(|(_, node)| node.first()))
    }

    /// Where the first declaration at this place or below it stands.
    pub(crate) fn location(&self) -> Option<Location> {
        self.first().map(|d| Location { file: self.file, span: d.path.span })
    }
}

/// `files[].hash`
pub(crate) fn path_text(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Property(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Items => out.push_str("[]"),
            Step::Values => out.push_str(".*"),
        }
    }
    out
}
