//! What brings events to the analytics.

pub mod worker;

pub use worker::Worker;
