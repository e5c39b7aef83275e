//! The PostgreSQL adapter against a real PostgreSQL.

#[path = "../support/database.rs"]
mod database;

mod create;
mod embedded;
mod files;
mod finish;
mod races;
mod support;
