//! What brings events to the analytics.

mod pace;
pub mod worker;

pub use worker::Worker;
