//! How fast the service is, beside the same work without it, in one run on one machine.
//!
//! `cargo bench -p upload-server --bench service`. With `FULL` in the environment the database holds five million
//! completed files and each measurement takes longer; the folder below `target/` is kept for the next run. With `MEMORY` in
//! the environment it measures, instead of all that, what memory the server has after a million calls, for some minutes.

mod bare;
mod database;
mod load;
mod machine;
mod memory;
mod parts;
mod report;
mod requests;

use std::path::Path;
use std::time::Duration;

use report::Report;

/// What is measured at once: as many connections as the service has to the database.
pub const CONNECTIONS: usize = 32;

/// How much is measured.
pub struct Effort {
    /// Completed files in the database.
    pub files: i64,
    /// Rounds, of which the median counts.
    pub rounds: usize,
    /// How long one measurement of a round takes.
    pub time: Duration,
}

fn main() {
    // `cargo bench` asks every target for its tests as well; there are none here.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let full = std::env::var_os("FULL").is_some();
    let effort = match full {
        true => Effort { files: 5_000_000, rounds: 5, time: Duration::from_secs(5) },
        false => Effort { files: 100_000, rounds: 3, time: Duration::from_secs(1) },
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut report = Report::new(&effort);
    runtime.block_on(async {
        if std::env::var_os("MEMORY").is_some() {
            memory::measure(&folder, &effort, &mut report).await;
            return;
        }
        requests::measure(&folder, &effort, &mut report).await;
        parts::measure(&folder, &effort, &mut report).await;
    });
    println!("{report}");
}
