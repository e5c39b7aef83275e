//! What an upload session is and what may happen to it, free of HTTP, SQL and disks.
//!
//! Entry points translate a request into a call of [`Uploads`], which decides; [`ports`] say what it needs of the
//! outside, and adapters answer them. Rules that can be wrong in interesting ways ([`extension`], [`duplicates`],
//! [`parts`]) are pure functions.

pub mod analytics;
pub mod duplicates;
pub mod error;
mod exact;
pub mod extension;
mod keep_alive;
pub mod model;
pub mod parts;
pub mod policy;
pub mod ports;
#[cfg(test)]
mod tests;
mod uploads;

pub use error::{DomainError, Violation};
pub use model::{FileId, SessionId, Sha256, UserId};
pub use uploads::{PartUpload, Uploads};
