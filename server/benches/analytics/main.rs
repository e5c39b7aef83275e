//! What the analytics cost those who upload, what they cost the database, and how fast they answer: each beside the same
//! without them, in one run on one machine.
//!
//! `cargo bench -p upload-server --bench analytics`. With `FULL` in the environment there are five million events and each
//! measurement takes longer; the folder below `target/` is kept for the next run. `-- uploads`, `-- writer` and `-- endpoint`
//! measure only that.

mod endpoint;
mod history;
mod look;
mod report;
mod server;
#[path = "../shared/mod.rs"]
mod shared;
mod uploads;
mod writer;

use std::path::Path;
use std::time::Duration;

use report::Report;
use shared::postgres::Postgres;

/// How much is measured.
pub struct Effort {
    /// Events of ninety days, which the endpoint is asked about.
    pub history: i64,
    /// Events that the writer brings there.
    pub moved: i64,
    /// Rounds, of which the median counts.
    pub rounds: usize,
    /// Uploads with and without events, as fast as they go, and at half of that rate.
    pub fast: Rounds,
    pub slow: Rounds,
    /// How often the endpoint is asked each question.
    pub questions: usize,
}

/// Rounds of one measurement with events and one without: long enough for thousands of calls, and short enough for the machine
/// to be as fast in both.
pub struct Rounds {
    /// How many.
    pub count: usize,
    /// How long a measurement takes.
    pub time: Duration,
    /// After how many rounds the tables are vacuumed and the disk is given what it is owed.
    pub settle_every: usize,
}

impl Rounds {
    const fn new(count: usize, seconds: u64, settle_every: usize) -> Self {
        Self { count, time: Duration::from_secs(seconds), settle_every }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo bench` asks every target for its tests as well; there are none here.
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    if let Some(("serve", events)) = arguments.get(1).map(String::as_str).zip(arguments.get(2)) {
        return server::serve(events == "with-events");
    }
    let named = shared::named(&["uploads", "writer", "endpoint"]);
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let full = std::env::var_os("FULL").is_some();
    let effort = match full {
        true => Effort {
            history: 5_000_000,
            moved: 500_000,
            rounds: 5,
            fast: Rounds::new(20, 3, 1),
            // A few moments in which the disk or the machine stands still decide on the slowest calls of a round.
            slow: Rounds::new(120, 1, 10),
            questions: 25,
        },
        false => Effort {
            history: 100_000,
            moved: 50_000,
            rounds: 3,
            fast: Rounds::new(3, 1, 1),
            slow: Rounds::new(5, 1, 5),
            questions: 9,
        },
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-analytics");
    let mut report = Report::new(&effort);
    runtime.block_on(async {
        let postgres = Postgres::start(&folder).await;
        if wanted("uploads") {
            uploads::measure(&postgres, &effort, &mut report).await;
        }
        if wanted("writer") {
            writer::measure(&postgres, &effort, &mut report).await;
        }
        if wanted("endpoint") {
            let history = history::open(&postgres, &effort).await;
            endpoint::measure(&postgres, &history, &effort, &mut report).await;
            look::measure(&postgres, &history, &mut report).await;
        }
        postgres.stop().await;
    });
    println!("{report}");
}
