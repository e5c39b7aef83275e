//! A service that has one fault, to measure what a proof of it finds.
//!
//! `UPLOAD_FAULT` names the fault when the service starts; without it, the service is right. The faults are decorators
//! around the ports, around the operations and, for what a typed answer cannot get wrong, around the connection, so that
//! the service itself knows nothing of them.

#[cfg(not(debug_assertions))]
compile_error!("the feature `faults` is for tests: no release build of the service has it");

mod analytics;
mod catalog;
mod entry;
mod front;
mod objects;
mod sessions;

use std::sync::{Arc, LazyLock};

use self::analytics::{AnalyticsFault, FaultyAnalytics};
pub use self::catalog::Fault;
use self::entry::EntryFault;
pub use self::entry::FaultyEntry;
pub use self::front::Front;
use self::front::{AnswerFault, RequestFault};
use self::objects::{FaultyObjects, ObjectFault};
use self::sessions::{FaultySessions, SessionFault};
use crate::postgres::Database;
use crate::service::Ports;

/// The variable that names the fault.
pub const VARIABLE: &str = "UPLOAD_FAULT";

static CHOSEN: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::var(VARIABLE).ok().filter(|name| !name.is_empty()));

/// Every fault, in the order of the listing.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    let at_the_edge = [AnswerFault::FAULTS, RequestFault::FAULTS, EntryFault::FAULTS];
    let behind = [SessionFault::FAULTS, ObjectFault::FAULTS, AnalyticsFault::FAULTS];
    at_the_edge.into_iter().chain(behind).flatten()
}

/// A line for each fault: its name and what goes wrong.
pub fn listing() -> String {
    all().map(|fault| format!("{:<28}{}\n", fault.name, fault.about)).collect()
}

/// The name of the fault that this process was started with.
fn chosen() -> Option<&'static str> {
    CHOSEN.as_deref()
}

/// Refuses a name that no fault has: a run with it would prove the service as it is.
fn check() -> Result<(), String> {
    match chosen() {
        Some(name) if all().all(|fault| fault.name != name) => {
            Err(format!("{VARIABLE}: there is no fault `{name}`; `upload-server faults` lists them"))
        }
        _ => Ok(()),
    }
}

/// The ports, with the fault in the one that it is about.
pub fn injected(mut ports: Ports, database: &Database) -> Ports {
    if let Some(fault) = SessionFault::chosen() {
        ports.sessions = Arc::new(FaultySessions::new(ports.sessions, fault, database.clone()));
    }
    if let Some(fault) = ObjectFault::chosen() {
        ports.objects = Arc::new(FaultyObjects::new(ports.objects, fault));
    }
    if let Some(fault) = AnalyticsFault::chosen() {
        ports.analytics = Arc::new(FaultyAnalytics::new(ports.analytics, fault));
    }
    ports
}
