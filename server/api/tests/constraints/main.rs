//! A contract with every kind of constraint, implemented by a stub and called over HTTP.
//!
//! The generated code names the modules of the package it is in; here these are those of `server_api`.

use server_api::{
    ByteStream, check, contract, cors, document, error, extract, format, input, methods, operation, reply,
};
use server_api::{exact_enums, exact_objects, settings, strict};

mod agreement;
mod bodies;
// The stub answers a few of the declared responses only.
#[allow(dead_code, unused_imports)]
#[rustfmt::skip]
mod generated;
mod parameters;
mod routes;
mod stub;
mod transport;
