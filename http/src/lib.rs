//! The `.http` request file language.
//!
//! Text goes in, a [`syntax::File`] and [`Diagnostic`]s come out, always both: a mistake in one block never hides the
//! others. The stages are [`Sources`] (text with places), segmenting (one block a request), parsing (the tree) and
//! validation (the rules of the contract profile). [`render`] shows diagnostics, [`print()`] writes a tree as text.

mod annotation;
mod block;
pub mod codes;
mod diagnostic;
mod grammar;
mod leading;
mod parse;
mod payload;
mod print;
mod problem;
pub mod render;
mod request;
mod scan;
mod source;
mod subject;
pub mod syntax;
mod text;
mod types;
mod validate;
mod variable;

pub use annotation::*;
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use parse::{MAX_FILE_BYTES, Parsed, Profile, parse};
pub use print::print;
pub use source::{FileId, Location, Source, Sources, Span, Spanned};
pub use text::{LineIndex, Position};
pub use variable::{Reference, references};
