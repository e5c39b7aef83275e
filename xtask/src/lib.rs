//! The toolchain's command line: what `cargo xtask` does.
//!
//! Emitters turn the document into [`Output`]s without touching a file; [`generate`] writes or checks them in one place.

pub mod annotations;
pub mod check;
pub mod cli;
pub mod dev;
pub mod emit;
pub mod failure;
pub mod generate;
pub mod list;
pub mod mock;
pub mod names;
mod npm;
pub mod output;
pub mod progress;
pub mod prove;
pub mod report;
pub mod tools;
pub mod workspace;

pub use names::Names;
pub use output::{Output, Ownership};
