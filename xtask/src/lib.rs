//! The toolchain's command line: what `cargo xtask` does.
//!
//! Emitters turn the document into [`Output`]s without touching a file; [`outputs`](crate::output) are written or
//! checked in one place.

pub mod emit;
pub mod names;
pub mod output;
pub mod tools;

pub use names::Names;
pub use output::{Output, Ownership};
