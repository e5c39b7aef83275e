//! The `.http` request file language.
//!
//! Text goes in, a [`syntax::File`] and [`Diagnostic`]s come out, always both: a mistake in one block never hides the
//! others. The stages are [`Sources`] (text with places), segmenting (one block a request), parsing (the tree) and
//! validation (the rules of the contract profile).

mod annotation;
mod diagnostic;
mod source;
pub mod syntax;

pub use annotation::*;
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use source::{FileId, Location, Source, Sources, Span, Spanned};
