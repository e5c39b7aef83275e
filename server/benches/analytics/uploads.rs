//! createSession and registerFile with events and without: client, server and database share the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio_postgres::Client;

use super::Effort;
use super::report::{Report, median, quantile};
use super::server::Server;
use super::shared::load::Connection;
use super::shared::postgres::{Postgres, connect, settle};
use super::shared::{CONNECTIONS, machine};

const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// Numbers that no file has yet.
static NEXT: AtomicI64 = AtomicI64::new(0);

#[derive(Clone, Copy)]
enum Operation {
    CreateSession,
    RegisterFile,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::CreateSession => "createSession",
            Self::RegisterFile => "registerFile",
        }
    }

    fn request(self, server: &Server, session: &str) -> String {
        let file = || {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            format!(r#"{{"key":"{number}","size":4096,"hash":"{number:064x}"}}"#)
        };
        match self {
            Self::CreateSession => {
                let body = format!(r#"{{"files":[{},{},{}]}}"#, file(), file(), file());
                server.request("POST", SESSIONS, &body)
            }
            Self::RegisterFile => server.request("POST", &format!("{SESSIONS}/{session}/files"), &file()),
        }
    }
}

/// What one measurement shows.
struct Figures {
    /// Calls a second.
    rate: f64,
    /// The share of their events that waited to be moved when the last call was answered.
    left: f64,
    calls: f64,
    /// The time that one of a hundred calls exceeds, in seconds, and the same counted from when calls were due.
    p99: f64,
    p99_since_due: f64,
    /// Seconds of processor time a call, of the server and of the database.
    server: f64,
    database: f64,
}

/// Measures both operations: as fast as it goes, and at half of that speed.
pub async fn measure(postgres: &Postgres, effort: &Effort, report: &mut Report) {
    let url = postgres.new_database("uploads").await;
    for operation in [Operation::CreateSession, Operation::RegisterFile] {
        let name = operation.name();
        let fast = compare(postgres, &url, operation, effort, None).await;
        let ([with, without], of) = (fast.rates(), fast.cpu());
        report.add(
            format!("{name} with events: throughput of that without"),
            format!(
                "{:.2} ({with:.0} of {without:.0} a second, and {:.0} % of the events waited at the end)",
                with / without,
                fast.left() * 100.0
            ),
            "≥ 0.85",
        );
        report.add(
            format!("{name}: processor time with and without events, server + database"),
            format!(
                "{:.0} + {:.0} and {:.0} + {:.0} µs",
                of.with.0 * 1e6,
                of.with.1 * 1e6,
                of.without.0 * 1e6,
                of.without.1 * 1e6
            ),
            "",
        );
        let slow = compare(postgres, &url, operation, effort, Some(with / 2.0)).await;
        let times =
            |[with, without]: [f64; 2]| format!("{:.2} ({:.2} of {:.2} ms)", with / without, with * 1e3, without * 1e3);
        report.add(
            format!("{name} with events at half of that rate: p99 of that without"),
            format!("{}, of {:.0} calls a round", times(slow.both(|figures| figures.p99)), slow.calls()),
            "≤ 1.1",
        );
        report.add(
            format!("{name}: the same, from when calls were due: with what the client's own timer was late"),
            times(slow.both(|figures| figures.p99_since_due)),
            "",
        );
    }
}

/// The rounds with events and those without.
struct Comparison {
    with: Vec<Figures>,
    without: Vec<Figures>,
}

/// Processor time of server and database.
struct Cpu {
    with: (f64, f64),
    without: (f64, f64),
}

impl Comparison {
    fn both(&self, figure: impl Fn(&Figures) -> f64) -> [f64; 2] {
        [&self.with, &self.without].map(|rounds| median(&rounds.iter().map(&figure).collect::<Vec<_>>()))
    }

    fn rates(&self) -> [f64; 2] {
        self.both(|figures| figures.rate)
    }

    fn left(&self) -> f64 {
        self.both(|figures| figures.left)[0]
    }

    fn calls(&self) -> f64 {
        self.both(|figures| figures.calls)[0]
    }

    fn cpu(&self) -> Cpu {
        let ([server, without_server], [database, without_database]) =
            (self.both(|figures| figures.server), self.both(|figures| figures.database));
        Cpu { with: (server, database), without: (without_server, without_database) }
    }
}

async fn compare(
    postgres: &Postgres,
    url: &str,
    operation: Operation,
    effort: &Effort,
    rate: Option<f64>,
) -> Comparison {
    let mut all = Comparison { with: Vec::new(), without: Vec::new() };
    // One round to warm up, which does not count; who begins takes turns.
    for round in 0..=effort.rounds {
        for events in [round % 2 == 0, round % 2 != 0] {
            let time = if rate.is_some() { effort.paced } else { effort.time };
            let figures = measure_once(postgres, url, operation, time, rate, events).await;
            if round > 0 {
                (if events { &mut all.with } else { &mut all.without }).push(figures);
            }
        }
    }
    all
}

async fn measure_once(
    postgres: &Postgres,
    url: &str,
    operation: Operation,
    time: Duration,
    rate: Option<f64>,
    events: bool,
) -> Figures {
    let client = connect(url).await;
    // All rounds are on one database: none pays for what the one before it has left.
    settle(&client).await;
    let server = Arc::new(Server::start(url, &postgres.folder, events));
    let sessions = join_all((0..CONNECTIONS).map(|_| session(&server))).await;
    load(&server, operation, &sessions, time / 4, rate).await;
    moved(&client).await;

    let (of_server, of_database) = (machine::cpu_seconds(server.id()), postgres.cpu_seconds());
    let begun = Instant::now();
    let times = load(&server, operation, &sessions, time, rate).await;
    let took = begun.elapsed().as_secs_f64();
    let left = waiting(&client).await as f64;
    moved(&client).await;
    let calls = times.len() as f64;
    let p99 = |time: fn(&Call) -> f64| quantile(&times.iter().map(time).collect::<Vec<_>>(), 0.99);
    Figures {
        rate: calls / took,
        left: left / calls,
        calls,
        p99: p99(|call| call.took),
        p99_since_due: p99(|call| call.since_due),
        server: (machine::cpu_seconds(server.id()) - of_server) / calls,
        database: (postgres.cpu_seconds() - of_database) / calls,
    }
}

async fn waiting(client: &Client) -> i64 {
    client.query_one("select count(*) from upload_session_outbox", &[]).await.unwrap().get(0)
}

/// Waits until no event waits to be moved: what was put off has been paid for then, in processor time.
async fn moved(client: &Client) {
    while waiting(client).await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn session(server: &Server) -> String {
    let mut connection = Connection::open(&server.address).await;
    let status = connection.ask(Operation::CreateSession.request(server, "").as_bytes(), &[]).await;
    let answer = connection.last();
    assert_eq!(status, 201, "{answer}");
    let id = answer.split(r#""sessionId":""#).nth(1).and_then(|rest| rest.split('"').next());
    id.unwrap().to_owned()
}

/// How long a call took, in seconds.
struct Call {
    /// Since it was sent or, if it had to wait for the one before it, since it was due.
    took: f64,
    /// Since it was due: with what the client's timer was late, which on a busy machine the server has its part in.
    since_due: f64,
}

/// Calls for a while on all connections, as fast as they go or at a rate.
async fn load(
    server: &Arc<Server>,
    operation: Operation,
    sessions: &[String],
    time: Duration,
    rate: Option<f64>,
) -> Vec<Call> {
    let begin = Instant::now() + Duration::from_millis(20);
    let clients = sessions.iter().enumerate().map(|(number, session)| {
        let (server, session) = (Arc::clone(server), session.clone());
        let every = rate.map(|rate| Duration::from_secs_f64(CONNECTIONS as f64 / rate));
        tokio::spawn(async move {
            let mut connection = Connection::open(&server.address).await;
            let mut times = Vec::new();
            let mut due = begin + every.unwrap_or_default().mul_f64(number as f64 / CONNECTIONS as f64);
            tokio::time::sleep_until(due.into()).await;
            while begin.elapsed() < time {
                // A call that had to wait for the one before it has waited since it was due.
                let late = every.is_some() && due < Instant::now() && !times.is_empty();
                if every.is_some() && !late {
                    tokio::time::sleep_until(due.into()).await;
                }
                let begun = if late { due } else { Instant::now() };
                let status = connection.ask(operation.request(&server, &session).as_bytes(), &[]).await;
                assert_eq!(status, 201, "{}", connection.last());
                let took = begun.elapsed().as_secs_f64();
                let since_due = if every.is_some() { due.elapsed().as_secs_f64() } else { took };
                times.push(Call { took, since_due });
                due += every.unwrap_or_default();
            }
            times
        })
    });
    join_all(clients).await.into_iter().flat_map(Result::unwrap).collect()
}
