//! PostgreSQL behind the domain's ports, and a private one for those who bring none.

mod connect;
mod database;
pub mod embedded;
mod error;
mod migrations;
mod sessions;
pub mod statements;

pub use database::{Connection, Database, DatabaseSettings};
pub use error::domain_error;
pub use migrations::MigrationError;
pub use sessions::PgSessions;
