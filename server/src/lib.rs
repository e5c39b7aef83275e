//! Multipart upload sessions on PostgreSQL: the service behind the command line of `upload-server`.

pub mod domain;
