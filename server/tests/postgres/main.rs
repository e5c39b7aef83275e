//! The PostgreSQL adapter against a real PostgreSQL.

#[path = "../support/database.rs"]
mod database;

mod analytics;
mod buffers;
mod create;
mod embedded;
mod failures;
mod files;
mod finish;
mod migrations;
mod outbox;
mod plans;
mod queries;
mod races;
mod recorder;
mod rollups;
mod seed;
mod support;
mod uploads;
