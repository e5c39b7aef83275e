//! How a generated server reads and checks a request: the very files that it is made of, compiled into the toolchain.
//!
//! They are hand-written, know no contract and need no server, so that the mock refuses what a server refuses, at the
//! same path and in the same words, and there is one validator instead of two. No package that is generated is needed.

#![allow(dead_code, unreachable_pub, reason = "the server uses what is not used here")]

#[path = "../../../server/api/src/check.rs"]
pub mod check;
#[path = "../../../server/api/src/contract.rs"]
pub mod contract;
#[path = "../../../server/api/src/error.rs"]
pub mod error;
#[path = "../../../server/api/src/format.rs"]
pub mod format;
#[path = "../../../server/api/src/json.rs"]
pub mod json;
#[path = "../../../server/api/src/media.rs"]
pub mod media;
#[path = "../../../server/api/src/parameter.rs"]
pub mod parameter;
