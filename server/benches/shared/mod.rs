//! What the benchmarks of the service and of its analytics have in common.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod load;
pub mod machine;
pub mod postgres;

/// Requests at once: as many as the service has connections to the database.
pub const CONNECTIONS: usize = 32;
