//! Reading a contract folder.

pub mod environment;
pub mod input;
