//! What brings events to the analytics.

mod pace;
mod recording;
pub mod worker;

pub use worker::Worker;
