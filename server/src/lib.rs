//! Multipart upload sessions on PostgreSQL: the service behind the command line of `upload-server`.

// A panic in a handler would close the connection without an answer.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

pub mod analytics;
pub mod auth;
mod causes;
pub mod cli;
pub mod config;
pub mod domain;
#[cfg(feature = "faults")]
pub mod faults;
pub mod http;
mod listener;
pub mod objects;
pub mod postgres;
pub mod seed;
pub mod server;
pub mod service;
pub mod telemetry;
