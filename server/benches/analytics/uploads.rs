//! createSession and registerFile with events and without: client, server and database share the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::report::{Report, median, quantile};
use super::server::Server;
use super::shared::load::Connection;
use super::shared::postgres::{Postgres, connect, settle};
use super::shared::{CONNECTIONS, machine};
use super::{Effort, Rounds};

const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// Numbers that no file has yet.
static NEXT: AtomicI64 = AtomicI64::new(0);

/// Sessions that files are registered in, on each connection one after the other: as many at once as there are users.
const SESSIONS_EACH: usize = 100;

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
    /// By how many events more waited to be moved after the last call than before the first, as a share of the calls.
    put_off: f64,
    calls: f64,
    /// The time that one of a hundred calls exceeds, in seconds, and the same counted from when calls were due.
    p99: f64,
    p99_since_due: f64,
    /// How long each call took.
    times: Vec<f64>,
    /// Seconds of processor time a call, of the server and of the database.
    server: f64,
    database: f64,
}

/// Measures both operations: as fast as it goes, and at half of that speed.
pub async fn measure(postgres: &Postgres, effort: &Effort, report: &mut Report) {
    // One of each: looks for events that are missing would find all those of the server that has none.
    let urls = [postgres.new_database("with_events").await, postgres.new_database("without_events").await];
    for operation in [Operation::CreateSession, Operation::RegisterFile] {
        let name = operation.name();
        let fast = compare(postgres, &urls, operation, &effort.fast, None).await;
        let [with, without] = fast.medians(|figures| figures.rate);
        let [put_off, _] = fast.medians(|figures| figures.put_off);
        report.add(
            format!("{name} with events: throughput of that without"),
            format!(
                "{} ({with:.0} of {without:.0} a second, and {:.0} % of the events were put off)",
                fast.ratio(|figures| figures.rate),
                put_off * 100.0
            ),
            "≥ 0.85",
        );
        let ([server, bare_server], [database, bare_database]) =
            (fast.medians(|figures| figures.server), fast.medians(|figures| figures.database));
        report.add(
            format!("{name}: processor time with and without events, server + database"),
            format!(
                "{} ({:.0} + {:.0} and {:.0} + {:.0} µs)",
                fast.ratio(|figures| figures.server + figures.database),
                server * 1e6,
                database * 1e6,
                bare_server * 1e6,
                bare_database * 1e6
            ),
            "",
        );
        let slow = compare(postgres, &urls, operation, &effort.slow, Some(with / 2.0)).await;
        let times = |time: fn(&Figures) -> f64| {
            let [with, without] = slow.medians(time);
            format!("{} ({:.2} of {:.2} ms)", slow.ratio(time), with * 1e3, without * 1e3)
        };
        let [calls, _] = slow.medians(|figures| figures.calls);
        report.add(
            format!("{name} with events at half of that rate: p99 of that without"),
            format!("{}, of {calls:.0} calls a round", times(|figures| figures.p99)),
            "≤ 1.1",
        );
        let [with, without] = slow.p99_of_all();
        report.add(
            format!("{name}: the same, of the calls of all rounds together"),
            format!("{:.2} ({:.2} of {:.2} ms)", with / without, with * 1e3, without * 1e3),
            "≤ 1.1",
        );
        report.add(
            format!("{name}: the same, from when calls were due: with what the client's own timer was late"),
            times(|figures| figures.p99_since_due),
            "",
        );
    }
}

/// Rounds, each of a measurement with events and one without, which followed one another.
struct Comparison(Vec<[Figures; 2]>);

impl Comparison {
    /// The medians of a figure with events and without.
    fn medians(&self, figure: impl Fn(&Figures) -> f64) -> [f64; 2] {
        [0, 1].map(|which| median(&self.0.iter().map(|round| figure(&round[which])).collect::<Vec<_>>()))
    }

    /// The time that one of a hundred calls exceeds, of those of all rounds, with events and without. Where the disk makes all
    /// calls wait now and then, few rounds decide on it; where rounds are short, few calls decide on that of a round.
    fn p99_of_all(&self) -> [f64; 2] {
        [0, 1].map(|which| {
            let times: Vec<f64> = self.0.iter().flat_map(|round| round[which].times.iter().copied()).collect();
            quantile(&times, 0.99)
        })
    }

    /// A figure with events as a multiple of that without: the median of the rounds, and the limits between which it would be in
    /// 19 of 20 such runs (a median's rank is binomial). The machine's own speed changes from minute to minute; within a round
    /// it is much the same.
    fn ratio(&self, figure: impl Fn(&Figures) -> f64) -> String {
        let ratios: Vec<f64> = self.0.iter().map(|[with, without]| figure(with) / figure(without)).collect();
        let off = (0.98 / (ratios.len() as f64).sqrt()).min(0.5);
        let [low, middle, high] = [-off, 0.0, off].map(|off| quantile(&ratios, 0.5 + off));
        format!("{middle:.2} [{low:.2}, {high:.2}]")
    }
}

async fn compare(
    postgres: &Postgres,
    urls: &[String; 2],
    operation: Operation,
    rounds: &Rounds,
    rate: Option<f64>,
) -> Comparison {
    let mut sides = Vec::new();
    for (url, events) in urls.iter().zip([true, false]) {
        let server = Arc::new(Server::start(url, &postgres.folder, events));
        let sessions = join_all((0..CONNECTIONS).map(|_| sessions(&server))).await;
        sides.push((url, server, sessions));
    }
    let mut measured = Vec::new();
    // One round to warm up, which does not count; who begins takes turns.
    for round in 0..=rounds.count {
        let settles = round % rounds.settle_every == 0;
        let mut figures = [None, None];
        for which in [round % 2, 1 - round % 2] {
            let (url, server, sessions) = &sides[which];
            if settles {
                // None pays for what the one before it has left.
                settle(&connect(url).await).await;
            }
            figures[which] = Some(measure_once(postgres, operation, rounds.time, rate, server, sessions).await);
        }
        if round > 0 {
            measured.push(figures.map(Option::unwrap));
        }
    }
    Comparison(measured)
}

async fn measure_once(
    postgres: &Postgres,
    operation: Operation,
    time: Duration,
    rate: Option<f64>,
    server: &Arc<Server>,
    sessions: &[Vec<String>],
) -> Figures {
    load(server, operation, sessions, time / 4, rate).await;

    // Events of these first calls wait still, as some of the last calls will: all who are measured move as many as they leave.
    let (of_server, of_database) = (machine::cpu_seconds(server.id()), postgres.cpu_seconds());
    let waited = server.waiting().await;
    let begun = Instant::now();
    let times = load(server, operation, sessions, time, rate).await;
    let took = begun.elapsed().as_secs_f64();
    let put_off = (server.waiting().await - waited) as f64;
    let calls = times.len() as f64;
    let p99 = |time: fn(&Call) -> f64| quantile(&times.iter().map(time).collect::<Vec<_>>(), 0.99);
    let figures = Figures {
        rate: calls / took,
        put_off: put_off / calls,
        calls,
        p99: p99(|call| call.took),
        p99_since_due: p99(|call| call.since_due),
        server: (machine::cpu_seconds(server.id()) - of_server) / calls,
        database: (postgres.cpu_seconds() - of_database) / calls,
        times: times.iter().map(|call| call.took).collect(),
    };
    moved(server).await;
    figures
}

/// Waits until no event waits to be moved: the next to be measured pays for nobody else's.
async fn moved(server: &Server) {
    while server.waiting().await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sessions for one connection.
async fn sessions(server: &Server) -> Vec<String> {
    let mut connection = Connection::open(&server.address).await;
    let mut sessions = Vec::new();
    while sessions.len() < SESSIONS_EACH {
        let status = connection.ask(Operation::CreateSession.request(server, "").as_bytes(), &[]).await;
        let answer = connection.last();
        assert_eq!(status, 201, "{answer}");
        let id = answer.split(r#""sessionId":""#).nth(1).and_then(|rest| rest.split('"').next());
        sessions.push(id.unwrap().to_owned());
    }
    sessions
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
    sessions: &[Vec<String>],
    time: Duration,
    rate: Option<f64>,
) -> Vec<Call> {
    let begin = Instant::now() + Duration::from_millis(20);
    let clients = sessions.iter().enumerate().map(|(number, sessions)| {
        let (server, sessions) = (Arc::clone(server), sessions.clone());
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
                let session = &sessions[times.len() % sessions.len()];
                let status = connection.ask(operation.request(&server, session).as_bytes(), &[]).await;
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
