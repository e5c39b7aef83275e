//! Multipart upload sessions on PostgreSQL: the service behind the command line of `upload-server`.

pub mod auth;
pub mod cli;
pub mod config;
pub mod domain;
pub mod objects;
pub mod postgres;
pub mod telemetry;
