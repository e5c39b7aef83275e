//! What several test programs need.
#![allow(dead_code, reason = "each test program uses a part of this")]

pub mod moto;
