//! From the OpenAPI document to the files of each target.

pub mod rust;
pub mod server;
mod status;
pub mod typescript;

/// Why a target cannot be made from a document.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The document says something that this target cannot express; the place is an operation or a schema.
    #[error("{place}: {message}")]
    Unsupported {
        /// The operation or schema.
        place: String,
        /// What cannot be expressed, and what to do.
        message: String,
    },
    /// Something on this machine is missing or failed.
    #[error("{message}")]
    Environment {
        /// What is missing and what to do.
        message: String,
    },
}
