//! createSession, its 409 and registerFile, beside the same statements without HTTP.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use upload_server::domain::model::{FileDeclaration, SessionId, Sha256, UserId};
use upload_server::domain::ports::{Clock, NewSession, SessionStore, SystemClock};
use upload_server::{auth, config};

use super::Effort;
use super::bare::Bare;
use super::database::{self, SIZE, USERS, hash};
use super::report::{Report, median};
use super::shared::load::{Connection, throughput};
use super::shared::postgres::{Postgres, connect, settle};
use super::shared::{self, CONNECTIONS, machine};

const SECRET: &str = "the secret of the benchmark, of nothing else";
pub const USER: &str = "user-7";
const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// Numbers that no file has yet; they must be new in every run on the same database.
static NEXT: AtomicI64 = AtomicI64::new(0);

/// A server process on a database: the service, or one written by hand.
pub struct Server {
    process: Child,
    pub address: String,
    pub token: String,
}

impl Server {
    pub fn start(url: &str, folder: &Path) -> Self {
        let mut service = Command::new(env!("CARGO_BIN_EXE_upload-server"));
        service
            .env_clear()
            .envs([("DATABASE_URL", url), ("JWT_SECRET", SECRET)])
            .env("DATA_DIR", folder.join("server"))
            .args(["serve", "--bind", "127.0.0.1:0"]);
        Self::spawn(service)
    }

    /// This program itself, as the server of [`super::handwritten`].
    pub fn by_hand(url: &str, folder: &Path) -> Self {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args([super::BY_HAND, url]).arg(folder);
        Self::spawn(program)
    }

    fn spawn(mut program: Command) -> Self {
        let mut process = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let address = shared::address(&mut process);
        let settings = config::load(None, &|name| (name == "JWT_SECRET").then(|| SECRET.into()), Default::default());
        let token = auth::issue(&settings.unwrap(), USER, false, Duration::from_secs(86_400)).unwrap();
        Self { process, address, token }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The head of a request with a body of this length.
    pub fn head(&self, method: &str, path: &str, media: &str, length: usize) -> String {
        let token = &self.token;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n"
        )
    }

    fn json(&self, path: &str, body: &str) -> String {
        self.head("POST", path, "application/json", body.len()) + body
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What is asked over HTTP and of the database alike.
#[derive(Clone, Copy)]
pub enum Question {
    Create,
    Duplicate,
    Register,
}

impl Question {
    /// How it is named on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Duplicate => "duplicate",
            Self::Register => "register",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::Create | Self::Register => 201,
            Self::Duplicate => 409,
        }
    }

    /// Three files with hashes: all new, or all uploaded before by the user.
    pub fn files(self) -> [FileDeclaration; 3] {
        [0, 1, 2].map(|n| {
            let number = match self {
                Self::Duplicate => 7 + n * USERS,
                _ => NEXT.fetch_add(1, Ordering::Relaxed),
            };
            let key = format!("file {n}");
            FileDeclaration { key, size: SIZE, hash: Some(Sha256(hash(number))), content_type: None }
        })
    }

    pub fn request(self, server: &Server, session: &str) -> String {
        if let Self::Register = self {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let body = format!(r#"{{"key":"{number}","size":{SIZE},"hash":"{}"}}"#, hash(number));
            return server.json(&format!("{SESSIONS}/{session}/files"), &body);
        }
        let files = self
            .files()
            .map(|file| format!(r#"{{"key":"{}","size":{SIZE},"hash":"{}"}}"#, file.key, file.hash.unwrap().0));
        server.json(SESSIONS, &format!(r#"{{"files":[{}]}}"#, files.join(",")))
    }
}

/// Measures some questions.
pub async fn measure(folder: &Path, questions: &[Question], effort: &Effort, report: &mut Report) {
    let (postgres, database) = database::open(folder, effort).await;
    NEXT.store(chrono::Utc::now().timestamp_micros(), Ordering::Relaxed);
    let store = database.sessions();
    let server = Arc::new(Server::start(&postgres.url(), folder));
    let by_hand = Arc::new(Server::by_hand(&postgres.url(), &folder.join("by-hand")));
    for &question in questions {
        let figures = compare(question, [&server, &by_hand], &postgres, &store, effort).await;
        tell(question, &figures, report);
    }
    report.add(
        "memory of the server after all these",
        format!("{:.0} MiB", machine::memory_mib(server.id(), "VmRSS")),
        "≤ 32 MiB",
    );
    drop((server, by_hand));
    drop(database);
    postgres.stop().await;
}

fn tell(question: Question, Figures { http, by_hand, bare }: &Figures, report: &mut Report) {
    let (name, ratio, cpu) = match question {
        Question::Create => ("createSession, three hashed files", "≥ 0.55", "≤ 90 µs"),
        Question::Duplicate => ("createSession → 409", "≥ 0.55", "≤ 60 µs"),
        Question::Register => ("registerFile", "≥ 0.60", "≤ 65 µs"),
    };
    let [http_rate, bare_rate] = [http, bare].map(|rounds| middle(rounds, |round| round.rate));
    report.add(
        format!("{name}: of the same statement by tokio-postgres"),
        format!("{:.2} ({http_rate:.0} of {bare_rate:.0} a second)", http_rate / bare_rate),
        ratio,
    );
    let [server, least] = [http, by_hand].map(|rounds| middle(rounds, |round| round.server) * 1e6);
    report.add(
        format!("{name}: processor time of the server"),
        format!("{server:.0} µs, {:.2} times that of a server written by hand ({least:.0} µs)", server / least),
        cpu,
    );
    let database = [http, bare].map(|rounds| middle(rounds, |round| round.database) * 1e6);
    let client = [http, bare].map(|rounds| middle(rounds, |round| round.client) * 1e6);
    report.add(
        format!("{name}: processor time of database + client, with HTTP and without"),
        format!("{:.0} + {:.0} and {:.0} + {:.0} µs", database[0], client[0], database[1], client[1]),
        "",
    );
}

/// What one round shows: calls a second, and seconds of processor time a call.
struct Round {
    rate: f64,
    server: f64,
    database: f64,
    client: f64,
}

struct Figures {
    http: Vec<Round>,
    by_hand: Vec<Round>,
    bare: Vec<Round>,
}

fn middle(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> f64 {
    median(rounds.iter().map(figure).collect())
}

async fn compare(
    question: Question,
    [service, by_hand]: [&Arc<Server>; 2],
    postgres: &Postgres,
    store: &dyn SessionStore,
    effort: &Effort,
) -> Figures {
    settle(&connect(&postgres.url()).await).await;
    let sessions: Vec<SessionId> = new_sessions(store).await;
    let connections = Bare::connect(&postgres.url(), CONNECTIONS).await;
    let connections: Vec<_> = connections.into_iter().map(Arc::new).collect();
    let mut figures = Figures { http: Vec::new(), by_hand: Vec::new(), bare: Vec::new() };
    // One round to warm up, which does not count.
    for round in 0..=effort.rounds {
        let with = measured(service, postgres, over_http(question, service, &sessions, effort.time)).await;
        let least = measured(by_hand, postgres, over_http(question, by_hand, &sessions, effort.time)).await;
        let without = measured(service, postgres, without_http(question, &connections, &sessions, effort.time)).await;
        if round > 0 {
            figures.http.push(with);
            figures.by_hand.push(least);
            figures.bare.push(without);
        }
    }
    figures
}

/// A round, with what it cost.
async fn measured(server: &Server, postgres: &Postgres, work: impl Future<Output = (f64, f64)>) -> Round {
    let used = || {
        let client = machine::cpu_seconds(std::process::id());
        [machine::cpu_seconds(server.id()), postgres.cpu_seconds(), client]
    };
    let before = used();
    let (rate, calls) = work.await;
    let after = used();
    let [server, database, client] = [0, 1, 2].map(|of| (after[of] - before[of]) / calls);
    Round { rate, server, database, client }
}

/// Calls a second, and calls in all.
async fn over_http(question: Question, server: &Arc<Server>, sessions: &[SessionId], time: Duration) -> (f64, f64) {
    throughput(time, |number, stop: &'static AtomicBool| {
        let (server, session) = (Arc::clone(server), sessions[number].to_string());
        async move {
            let mut connection = Connection::open(&server.address).await;
            let mut calls = 0;
            while !stop.load(Ordering::Relaxed) {
                let status = connection.ask(question.request(&server, &session).as_bytes(), &[]).await;
                assert_eq!(status, question.status(), "{}", connection.last());
                calls += 1;
            }
            calls
        }
    })
    .await
}

async fn without_http(
    question: Question,
    connections: &[Arc<Bare>],
    sessions: &[SessionId],
    time: Duration,
) -> (f64, f64) {
    throughput(time, |number, stop: &'static AtomicBool| {
        let (connection, session) = (Arc::clone(&connections[number]), sessions[number]);
        async move {
            let mut calls = 0;
            while !stop.load(Ordering::Relaxed) {
                connection.ask(question, session.0).await;
                calls += 1;
            }
            calls
        }
    })
    .await
}

async fn new_sessions(store: &dyn SessionStore) -> Vec<SessionId> {
    let mut sessions = Vec::new();
    for _ in 0..CONNECTIONS {
        sessions.push(store.create_session(&new_session()).await.unwrap().session);
    }
    sessions
}

fn new_session() -> NewSession {
    let now = SystemClock.now();
    NewSession {
        id: SessionId::generate(),
        owner: UserId(USER.to_owned()),
        files: Question::Create.files().to_vec(),
        allow_duplicates: false,
        part_size_bytes: 5 * 1024 * 1024,
        now,
        expires_at: now + TimeDelta::minutes(30),
        idempotency: None,
    }
}
