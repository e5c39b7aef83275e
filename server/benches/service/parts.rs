//! uploadPart of 5 MiB to the local folder, beside a bare Dropshot that writes and syncs the same bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dropshot::{
    ApiDescription, ConfigDropshot, HttpError, HttpResponseUpdatedNoContent, RequestContext, ServerBuilder,
    StreamingBody, endpoint,
};
use futures::TryStreamExt;
use futures::future::join_all;
use tokio::io::AsyncWriteExt;

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

    let bare = Bare::start(folder.join("bare")).await;
    for at_once in AT_ONCE {
        compare(at_once, &service, &bare, &bytes, effort, report).await;
    }
    bare.server.close().await.unwrap();
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
    let (mut of_service, mut of_bare, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=effort.rounds {
        let upload = service.begin(at_once).await;
        let before = machine::cpu_seconds(server.id());
        let heads = upload.files.iter().map(|file| heads_of_parts(server, file)).collect();
        let (rate, sent) = stream(&server.address, effort.time, heads, 200, bytes).await;
        let used = (machine::cpu_seconds(server.id()) - before) / (sent / 1024.0);
        service.abort(upload).await;

        let heads = (0..at_once).map(bare_heads).collect();
        let (bare_rate, _) = stream(&bare.address, effort.time, heads, 204, bytes).await;
        bare.remove_all();
        if round > 0 {
            of_service.push(rate);
            of_bare.push(bare_rate);
            cpu.push(used);
        }
    }
    let (service, bare) = (median(of_service), median(of_bare));
    report.add(
        format!("uploadPart of 5 MiB, {at_once} at once: of a bare Dropshot that writes and syncs"),
        format!("{:.2} ({service:.0} of {bare:.0} MiB a second)", service / bare),
        "≥ 0.9",
    );
    report.add(
        format!("uploadPart of 5 MiB, {at_once} at once: processor time with hashing"),
        format!("{:.2} s a GiB", median(cpu)),
        "≤ 1.7 s",
    );
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
            "PUT /{file}-{number} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: {PART}\r\n\r\n"
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

/// A server that does nothing but write what it gets, sync it and give it its name.
struct Bare {
    address: String,
    folder: PathBuf,
    server: dropshot::HttpServer<PathBuf>,
}

impl Bare {
    async fn start(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let mut api = ApiDescription::new();
        api.register(write).unwrap();
        let config = ConfigDropshot { default_request_body_max_bytes: PART, ..ConfigDropshot::default() };
        let log = slog::Logger::root(slog::Discard, slog::o!());
        let server = ServerBuilder::new(api, folder.clone(), log).config(config).start().unwrap();
        Self { address: server.local_addr().to_string(), folder, server }
    }

    fn remove_all(&self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
        std::fs::create_dir_all(&self.folder).unwrap();
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Name {
    name: String,
}

/// Writes a body to a file.
#[endpoint { method = PUT, path = "/{name}" }]
async fn write(
    rqctx: RequestContext<PathBuf>,
    path: dropshot::Path<Name>,
    body: StreamingBody,
) -> Result<HttpResponseUpdatedNoContent, HttpError> {
    let target = rqctx.context().join(path.into_inner().name);
    let unfinished = target.with_extension("unfinished");
    let written = async {
        let mut file = tokio::fs::File::create(&unfinished).await?;
        let mut chunks = std::pin::pin!(body.into_stream());
        while let Some(chunk) = chunks.try_next().await.map_err(std::io::Error::other)? {
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        file.sync_data().await?;
        tokio::fs::rename(&unfinished, &target).await
    };
    written.await.map_err(|error: std::io::Error| HttpError::for_internal_error(error.to_string()))?;
    Ok(HttpResponseUpdatedNoContent())
}
