//! What the tests need.
pub mod answer;
#[path = "../../support/database.rs"]
pub mod database;
#[path = "../../support/keys.rs"]
pub mod keys;
pub mod moto;
pub mod operations;
pub mod process;
pub mod raw;
pub mod scene;
pub mod world;

use std::io::Write;

/// The secret that tokens of tests are signed with.
pub const SECRET: &str = "a secret of the tests, and of nothing else";

/// A deadline that a busy machine does not reach, for tests that are not about deadlines.
pub const PATIENT: (&str, &str) = ("DATABASE_TIMEOUT_MS", "60000");

/// Tells that a test has shown nothing here, and why. Not by a macro: what those print of a good test is not shown.
pub fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// How many times as much is tried as usual: 1, or what `FULL` says.
pub fn effort(usual: usize, full: usize) -> usize {
    if std::env::var_os("FULL").is_some() { full } else { usual }
}

/// Asks until there is an answer, as a client would that waits for something to happen.
pub async fn eventually<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), asking).await.expect("it happens")
}
