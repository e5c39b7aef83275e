//! From one text to its tree and its mistakes.

use crate::{Diagnostic, FileId, Location, Source, Span, block, codes, syntax, validate};

/// No file may be larger: a request file is written by people.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// Which rules a file is held to. The tree is the same for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Any request file of any tool; what is not portable becomes a typed node.
    Lenient,
    /// A file of a contract: whatever the tools do not agree on is a coded error.
    Contract,
}

/// A tree and what is wrong with its text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; it is complete also when there are errors.
    pub file: syntax::File,
    /// In the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one request file.
#[must_use]
pub fn parse(source: &Source, file: FileId, profile: Profile) -> Parsed {
    let text = source.text();
    if text.len() > MAX_FILE_BYTES {
        return Parsed { file: syntax::File::default(), diagnostics: vec![too_large(text.len(), file)] };
    }
    let tree = syntax::File { blocks: block::blocks(text) };
    let diagnostics = validate::validate(&tree, text, file, profile);
    Parsed { file: tree, diagnostics }
}

fn too_large(bytes: usize, file: FileId) -> Diagnostic {
    let location = Location { file, span: Span::new(0, 0) };
    let message = format!("the file has {bytes} bytes, and at most {MAX_FILE_BYTES} (8 MiB) are read");
    Diagnostic::error(codes::FILE_TOO_LARGE, location, message)
        .help("split it into several request files, or send large bodies from a file with `< ./file`")
}
