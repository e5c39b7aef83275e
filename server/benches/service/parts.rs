//! uploadPart of 5 MiB to the local folder, beside a bare Dropshot that writes and syncs the same bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::report::{Report, median};
use super::requests::Server;
use super::shared::load::Connection;
use super::shared::{CONNECTIONS, machine};
use super::{Effort, database};

const PART: usize = 5 * 1024 * 1024;
/// Parts that a file can have.
const MOST_PARTS: usize = 10_000;
const SESSIONS: &str = "/api/mocs/uploads/sessions";
/// Uploads at once when throughput is measured: one client alone, and as many as keep the disk busy.
const AT_ONCE: [usize; 2] = [1, 4];
/// Parts that each client sends, one after the other, when memory is measured.
const PARTS: usize = 4;

/// Measures throughput, processor time and memory. Each part is a new one of its file.
pub async fn measure(folder: &Path, effort: &Effort, report: &mut Report) {
    let (postgres, _database) = database::open(folder, &Effort { files: 0, ..*effort }).await;
    let service = Arc::new(Server::start(&postgres.url(), folder));
    let bytes: Arc<[u8]> = (0..PART).map(|n| (n % 251) as u8).collect();
    let service = Service { server: service, client: reqwest::Client::new() };

    let idle = machine::memory_mib(service.server.id(), "VmHWM");
    let upload = service.begin(CONNECTIONS).await;
    join_all(upload.files.iter().map(|file| put_all(&service.server, file, &bytes))).await;
    service.abort(upload).await;
    let most = machine::memory_mib(service.server.id(), "VmHWM");
    report.add(
        format!("memory of the server with {CONNECTIONS} parts at once, at most"),
        format!("{most:.0} MiB ({idle:.0} MiB before)"),
        "< 64 MiB",
    );

    let bare = folder.join("bare");
    let bare = Bare { server: Server::by_hand(&postgres.url(), &bare), folder: bare };
    for at_once in AT_ONCE {
        compare(at_once, &service, &bare, &bytes, effort, report).await;
    }
    drop(bare);
    drop(service);
    postgres.stop().await;
}

async fn compare(
    at_once: usize,
    service: &Service,
    bare: &Bare,
    bytes: &Arc<[u8]>,
    effort: &Effort,
    report: &mut Report,
) {
    let server = &service.server;
    let (mut of_service, mut of_bare) = (Vec::new(), Vec::new());
    let (mut cpu, mut bare_cpu) = (Vec::new(), Vec::new());
    for round in 0..=effort.rounds {
        let upload = service.begin(at_once).await;
        let used = processor_time(server);
        let heads = upload.files.iter().map(|file| heads_of_parts(server, file)).collect();
        let (rate, sent) = stream(&server.address, effort.time, heads, 200, bytes).await;
        let used = used(sent);
        service.abort(upload).await;

        let bare_used = processor_time(&bare.server);
        let heads = (0..at_once).map(bare_heads).collect();
        let (bare_rate, sent) = stream(&bare.server.address, effort.time, heads, 204, bytes).await;
        let bare_used = bare_used(sent);
        bare.remove_all();
        if round > 0 {
            of_service.push(rate);
            of_bare.push(bare_rate);
            cpu.push(used);
            bare_cpu.push(bare_used);
        }
    }
    let (service, bare) = (median(of_service), median(of_bare));
    report.add(
        format!("uploadPart of 5 MiB, {at_once} at once: of a bare Dropshot that writes and syncs"),
        format!("{:.2} ({service:.0} of {bare:.0} MiB a second)", service / bare),
        "≥ 0.9",
    );
    let (cpu, bare_cpu) = (median(cpu), median(bare_cpu));
    report.add(
        format!("uploadPart of 5 MiB, {at_once} at once: processor time with hashing"),
        format!(
            "{cpu:.2} s a GiB, {:.2} times that of the bare one, which hashes nothing ({bare_cpu:.2} s)",
            cpu / bare_cpu
        ),
        "≤ 1.7 s",
    );
}

/// From now on: seconds of processor time a GiB, once it is known how many mebibytes were sent.
fn processor_time(server: &Server) -> impl FnOnce(f64) -> f64 {
    let (id, before) = (server.id(), machine::cpu_seconds(server.id()));
    move |sent| (machine::cpu_seconds(id) - before) / (sent / 1024.0)
}

/// A server that does nothing but write what it gets, sync it and give it its name; and where.
struct Bare {
    server: Server,
    folder: PathBuf,
}

impl Bare {
    fn remove_all(&self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
        std::fs::create_dir_all(&self.folder).unwrap();
    }
}

/// The head of the request for each part of a file, from 1.
type Heads = Box<dyn Fn(usize) -> String + Send>;

fn heads_of_parts(server: &Arc<Server>, file: &str) -> Heads {
    let (server, file) = (Arc::clone(server), file.to_owned());
    Box::new(move |number| server.head("PUT", &format!("{file}/parts/{number}"), "application/octet-stream", PART))
}

fn bare_heads(file: usize) -> Heads {
    Box::new(move |number| {
        format!(
            "PUT /parts/{file}-{number} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: {PART}\r\n\r\n"
        )
    })
}

async fn put_all(server: &Arc<Server>, file: &str, bytes: &[u8]) {
    let head = heads_of_parts(server, file);
    let mut connection = Connection::open(&server.address).await;
    for number in 1..=PARTS {
        let status = connection.ask(head(number).as_bytes(), bytes).await;
        assert_eq!(status, 200, "{}", connection.last());
    }
}

/// The service, and what prepares and ends uploads.
struct Service {
    server: Arc<Server>,
    client: reqwest::Client,
}

/// A session, and the paths of its files.
struct Upload {
    session: String,
    files: Vec<String>,
}

impl Service {
    /// A session with some files that have as many parts as there can be.
    async fn begin(&self, files: usize) -> Upload {
        let declared = |key: String| serde_json::json!({ "key": key, "size": PART * MOST_PARTS });
        let created = self.post(SESSIONS, serde_json::json!({ "files": [declared("0".to_owned())] })).await;
        let session = format!("{SESSIONS}/{}", created["sessionId"].as_str().unwrap());
        let mut paths = Vec::new();
        for file in 0..files {
            let registered = self.post(&format!("{session}/files"), declared(file.to_string())).await;
            paths.push(format!("{session}/files/{}", registered["fileId"].as_str().unwrap()));
        }
        Upload { session, files: paths }
    }

    async fn post(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        let request = self.client.post(format!("http://{}{path}", self.server.address));
        let request = request.bearer_auth(&self.server.token).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Ends a session, with all that was stored.
    async fn abort(&self, upload: Upload) {
        let request = self.client.delete(format!("http://{}{}", self.server.address, upload.session));
        request.bearer_auth(&self.server.token).send().await.unwrap().error_for_status().unwrap();
    }
}

/// Sends parts for a while; mebibytes a second, and mebibytes in all.
async fn stream(address: &str, time: Duration, heads: Vec<Heads>, status: u16, bytes: &Arc<[u8]>) -> (f64, f64) {
    let stop = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let tasks: Vec<_> = heads
        .into_iter()
        .map(|head| {
            let (address, bytes, stop) = (address.to_owned(), Arc::clone(bytes), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await;
                let mut parts = 0;
                while !stop.load(Ordering::Relaxed) {
                    parts += 1;
                    let answered = connection.ask(head(parts).as_bytes(), &bytes).await;
                    assert_eq!(answered, status, "{}", connection.last());
                }
                (parts * PART) as f64 / f64::from(1024 * 1024)
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let sent: f64 = join_all(tasks).await.into_iter().map(Result::unwrap).sum();
    (sent / start.elapsed().as_secs_f64(), sent)
}
