#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod body;
mod client;
mod error;
#[rustfmt::skip]
mod generated;
mod response;
mod retry;
mod token;
mod transport;

pub use body::Body;
pub use client::{BuildError, Client, ClientBuilder};
pub use error::{DeclaredError, Error, UnexpectedAnswer};
pub use generated::client::types;
pub use generated::{errors, headers, operations};
pub use response::{ByteStream, FromHeaders, Response};
pub use retry::RetryPolicy;

pub use {bytes, chrono, reqwest, serde_json, uuid};
