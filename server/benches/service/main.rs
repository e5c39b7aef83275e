//! How fast the service is, beside the same work without it, in one run on one machine.
//!
//! `cargo bench -p upload-server --bench service`. With `FULL` in the environment the database holds five million
//! completed files and each measurement takes longer; the folder below `target/` is kept for the next run. `-- start`,
//! `-- create`, `-- duplicate`, `-- register` and `-- parts` measure only that; `-- memory`, what memory the server has after
//! a million calls, which takes some minutes and is measured only when it is named.

mod bare;
mod database;
mod handwritten;
mod memory;
mod parts;
mod report;
mod requests;
#[path = "../shared/mod.rs"]
mod shared;
mod start;

use std::path::Path;
use std::time::Duration;

use report::Report;
use requests::Question;

/// The argument that makes this program the server written by hand.
const BY_HAND: &str = "by-hand";

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
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    if let [_, BY_HAND, url, folder] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return handwritten::serve(url, Path::new(folder));
    }
    let named = shared::named(&["start", "create", "duplicate", "register", "parts", "memory"]);
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let full = std::env::var_os("FULL").is_some();
    let effort = match full {
        true => Effort { files: 5_000_000, rounds: 5, time: Duration::from_secs(5) },
        false => Effort { files: 100_000, rounds: 3, time: Duration::from_secs(1) },
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut report = Report::new(&effort);
    runtime.block_on(async {
        if named.iter().any(|name| name == "memory") {
            memory::measure(&folder, &effort, &mut report).await;
        }
        if wanted("start") {
            start::measure(&folder, &effort, &mut report).await;
        }
        let questions = [Question::Create, Question::Duplicate, Question::Register];
        let questions: Vec<Question> = questions.into_iter().filter(|question| wanted(question.name())).collect();
        if !questions.is_empty() {
            requests::measure(&folder, &questions, &effort, &mut report).await;
        }
        if wanted("parts") {
            parts::measure(&folder, &effort, &mut report).await;
        }
    });
    println!("{report}");
}
