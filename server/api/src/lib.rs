//! The server's interface, made from the contract.
//!
//! [`generated`] holds what follows from the contract: the types, one module per operation with its request and its
//! responses, the trait that a server implements, and the Dropshot routes that call it. The other modules know no
//! contract: they read requests, check them and write replies for any of them.
//!
//! A server implements the trait in `generated::api` and gives itself to `generated::api_description`. Before one of
//! its methods is called, the caller is authenticated and the whole request is checked against the contract: a method
//! never sees a value that the contract does not allow.

// A panic in a handler would close the connection without an answer.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

pub mod check;
pub mod contract;
pub mod cors;
pub mod document;
mod drain;
pub mod error;
pub mod exact;
pub mod extract;
pub mod format;
#[rustfmt::skip]
pub mod generated;
pub mod input;
pub mod json;
pub mod media;
pub mod methods;
pub mod operation;
pub mod parameter;
pub mod reply;
pub mod settings;
pub mod stream;
pub mod strict;

pub use error::{ApiFailure, Violation};
pub use generated::*;
pub use operation::SecurityRequirement;
pub use reply::Reply;
pub use settings::{ApiContext, ApiSettings};
pub use stream::ByteStream;
