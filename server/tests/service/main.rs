//! The service as its clients and operators see it: over HTTP, with a real database and real bytes.
//!
//! With `FULL` set in the environment, what depends on chance is tried more often.

mod descriptors;
mod events;
mod failures;
mod faults;
mod hostile;
mod media_types;
mod mock;
mod numbers;
mod object_stores;
mod operations;
mod operators;
mod outages;
mod races;
mod sdk;
mod support;
mod tokens;
