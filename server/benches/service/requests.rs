//! createSession, its 409 and registerFile, beside the same calls of the store without HTTP.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use upload_server::domain::DomainError;
use upload_server::domain::extension::ExtensionPolicy;
use upload_server::domain::model::{FileDeclaration, FileId, SessionId, Sha256, UserId};
use upload_server::domain::ports::{Clock, FileAddress, NewFile, NewSession, SessionStore, SystemClock};
use upload_server::{auth, config};

use super::database::{self, SIZE, USERS, hash};
use super::load::{Connection, throughput};
use super::report::{Report, median};
use super::{CONNECTIONS, Effort, machine};

const SECRET: &str = "the secret of the benchmark, of nothing else";
const USER: &str = "user-7";
const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// Numbers that no file has yet; they must be new in every run on the same database.
static NEXT: AtomicI64 = AtomicI64::new(0);

/// A server process on a database.
pub struct Server {
    process: Child,
    pub address: String,
    pub token: String,
}

impl Server {
    pub fn start(url: &str, folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_upload-server"))
            .env_clear()
            .envs([("DATABASE_URL", url), ("JWT_SECRET", SECRET), ("DATABASE_CONNECTIONS", "32")])
            .env("DATA_DIR", folder.join("server"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned)).unwrap();
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

/// What is asked of the service and of the store alike.
#[derive(Clone, Copy)]
enum Question {
    Create,
    Duplicate,
    Register,
}

impl Question {
    fn status(self) -> u16 {
        match self {
            Self::Create | Self::Register => 201,
            Self::Duplicate => 409,
        }
    }

    /// Three files with hashes: all new, or all uploaded before by the user.
    fn files(self) -> [FileDeclaration; 3] {
        [0, 1, 2].map(|n| {
            let number = match self {
                Self::Duplicate => 7 + n * USERS,
                _ => NEXT.fetch_add(1, Ordering::Relaxed),
            };
            let key = format!("file {n}");
            FileDeclaration { key, size: SIZE, hash: Some(Sha256(hash(number))), content_type: None }
        })
    }

    fn request(self, server: &Server, session: &str) -> String {
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

/// Measures all questions.
pub async fn measure(folder: &Path, effort: &Effort, report: &mut Report) {
    let (postgres, database) = database::open(folder, effort).await;
    NEXT.store(chrono::Utc::now().timestamp_micros(), Ordering::Relaxed);
    let store: Arc<dyn SessionStore> = Arc::new(database.sessions());
    let server = Arc::new(Server::start(&postgres.url(), folder));
    for (question, name, ratio, cpu) in [
        (Question::Create, "createSession, three hashed files", "≥ 0.55", "≤ 90 µs"),
        (Question::Duplicate, "createSession → 409", "≥ 0.55", "≤ 60 µs"),
        (Question::Register, "registerFile", "≥ 0.60", "≤ 65 µs"),
    ] {
        let figures = compare(question, &server, &store, effort).await;
        report.add(
            format!("{name}: of what the store does without HTTP"),
            format!("{:.2} ({:.0} of {:.0} a second)", figures.http / figures.store, figures.http, figures.store),
            ratio,
        );
        report.add(format!("{name}: processor time of the server"), format!("{:.0} µs", figures.cpu * 1e6), cpu);
    }
    report.add(
        "memory of the server after all these",
        format!("{:.0} MiB", machine::memory_mib(server.id(), "VmRSS")),
        "≤ 32 MiB",
    );
    drop(server);
    drop(database);
    postgres.stop().await.unwrap();
}

struct Figures {
    http: f64,
    store: f64,
    cpu: f64,
}

async fn compare(question: Question, server: &Arc<Server>, store: &Arc<dyn SessionStore>, effort: &Effort) -> Figures {
    let (mut http, mut direct, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    let sessions: Vec<SessionId> = new_sessions(&**store).await;
    // One round to warm up, which does not count.
    for round in 0..=effort.rounds {
        let before = machine::cpu_seconds(server.id());
        let (of_http, calls) = over_http(question, server, &sessions, effort.time).await;
        let used = (machine::cpu_seconds(server.id()) - before) / calls;
        let of_store = by_store(question, store, &sessions, effort.time).await;
        if round > 0 {
            http.push(of_http);
            direct.push(of_store);
            cpu.push(used);
        }
    }
    Figures { http: median(http), store: median(direct), cpu: median(cpu) }
}

async fn over_http(question: Question, server: &Arc<Server>, sessions: &[SessionId], time: Duration) -> (f64, f64) {
    let rate = throughput(time, |number, stop: &'static AtomicBool| {
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
    .await;
    (rate, rate * time.as_secs_f64())
}

async fn by_store(question: Question, store: &Arc<dyn SessionStore>, sessions: &[SessionId], time: Duration) -> f64 {
    throughput(time, |number, stop: &'static AtomicBool| {
        let (store, session) = (Arc::clone(store), sessions[number]);
        async move {
            let mut calls = 0;
            while !stop.load(Ordering::Relaxed) {
                match question {
                    Question::Create => drop(store.create_session(&new_session(question)).await.unwrap()),
                    Question::Duplicate => {
                        let refused = store.create_session(&new_session(question)).await;
                        assert!(matches!(refused, Err(DomainError::DuplicateFiles(_))), "{refused:?}");
                    }
                    Question::Register => drop(store.register_file(&new_file(session)).await.unwrap()),
                }
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
        sessions.push(store.create_session(&new_session(Question::Create)).await.unwrap().session);
    }
    sessions
}

fn new_session(question: Question) -> NewSession {
    let now = SystemClock.now();
    NewSession {
        id: SessionId::generate(),
        owner: UserId(USER.to_owned()),
        files: question.files().to_vec(),
        allow_duplicates: false,
        part_size_bytes: 5 * 1024 * 1024,
        now,
        expires_at: now + TimeDelta::minutes(30),
        idempotency: None,
    }
}

fn new_file(session: SessionId) -> NewFile {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let (key, hash) = (number.to_string(), Some(Sha256(hash(number))));
    NewFile {
        address: FileAddress { owner: UserId(USER.to_owned()), session, file: FileId::generate() },
        declaration: FileDeclaration { key, size: SIZE, hash, content_type: None },
        window: ExtensionPolicy::default().at(SystemClock.now()),
        idempotency: None,
    }
}
