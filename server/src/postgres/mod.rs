//! PostgreSQL behind the domain's ports, and a private one for those who bring none.

mod analytics;
mod budget;
mod cancel;
mod connect;
mod connection;
mod database;
pub mod embedded;
mod error;
mod event_queue;
mod migrations;
mod outbox;
mod pool;
pub mod question;
mod recorder;
mod rollups;
mod sessions;
pub mod statements;
mod traffic;

pub use analytics::PgAnalytics;
pub use connection::Connection;
pub use database::{Database, DatabaseSettings, SMALL_STEPS};
pub use error::domain_error;
pub use event_queue::EventQueue;
pub use migrations::MigrationError;
pub use outbox::{Backlog, PgOutbox};
pub use recorder::{Look, PgRecorder};
pub use rollups::{Check, Period, PgRollups};
pub use sessions::PgSessions;
