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
const SESSIONS: &str = "/api/mocs/uploads/sessions";
/// Uploads at once when throughput is measured: one client alone, and as many as keep the disk busy.
const AT_ONCE: [usize; 2] = [1, 4];
/// Parts that each client sends, one after the other, when memory is measured.
const PARTS: usize = 4;

/// Measures throughput, processor time and memory.
pub async fn measure(folder: &Path, effort: &Effort, report: &mut Report) {
    let (postgres, _database) = database::open(folder, &Effort { files: 0, ..*effort }).await;
    let server = Arc::new(Server::start(&postgres.url(), folder));
    let bytes: Arc<[u8]> = (0..PART).map(|n| (n % 251) as u8).collect();
    let paths = part_paths(&server).await;

    let idle = machine::memory_mib(server.id(), "VmHWM");
    join_all(paths.iter().map(|path| put(&server, path, &bytes))).await;
    let most = machine::memory_mib(server.id(), "VmHWM");
    report.add(
        format!("memory of the server with {CONNECTIONS} parts at once, at most"),
        format!("{most:.0} MiB ({idle:.0} MiB before)"),
        "< 64 MiB",
    );

    let (bare, bare_server) = start_bare(folder.join("bare")).await;
    for at_once in AT_ONCE {
        compare(at_once, &server, &paths, &bare, &bytes, effort, report).await;
    }
    bare_server.close().await.unwrap();
    drop(server);
    postgres.stop().await;
}

async fn compare(
    at_once: usize,
    server: &Server,
    paths: &[String],
    bare: &str,
    bytes: &Arc<[u8]>,
    effort: &Effort,
    report: &mut Report,
) {
    let (mut of_service, mut of_bare, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    let heads: Vec<_> = paths.iter().take(at_once).map(|path| request(server, path)).collect();
    let bare_heads: Vec<_> = (0..at_once).map(bare_request).collect();
    for round in 0..=effort.rounds {
        let before = machine::cpu_seconds(server.id());
        let (rate, sent) = stream(&server.address, effort.time, &heads, 200, bytes).await;
        let used = (machine::cpu_seconds(server.id()) - before) / (sent / 1024.0);
        let (bare_rate, _) = stream(bare, effort.time, &bare_heads, 204, bytes).await;
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

fn request(server: &Server, path: &str) -> String {
    server.head("PUT", path, "application/octet-stream", PART)
}

fn bare_request(number: usize) -> String {
    format!(
        "PUT /{number} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: {PART}\r\n\r\n"
    )
}

async fn put(server: &Server, path: &str, bytes: &[u8]) {
    let mut connection = Connection::open(&server.address).await;
    for _ in 0..PARTS {
        let status = connection.ask(request(server, path).as_bytes(), bytes).await;
        assert_eq!(status, 200, "{}", connection.last());
    }
}

/// Where a part can be put, once for each connection.
async fn part_paths(server: &Server) -> Vec<String> {
    let client = reqwest::Client::new();
    let post = async |path: &str, body: serde_json::Value| {
        let request = client.post(format!("http://{}{path}", server.address)).bearer_auth(&server.token).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json::<serde_json::Value>().await.unwrap()
    };
    let created = post(SESSIONS, serde_json::json!({ "files": [{ "key": "a", "size": PART }] })).await;
    let session = created["sessionId"].as_str().unwrap().to_owned();
    let mut paths = Vec::new();
    for n in 0..CONNECTIONS {
        let file = serde_json::json!({ "key": format!("file {n}"), "size": PART });
        let file = post(&format!("{SESSIONS}/{session}/files"), file).await["fileId"].as_str().unwrap().to_owned();
        paths.push(format!("{SESSIONS}/{session}/files/{file}/parts/1"));
    }
    paths
}

/// Sends parts for a while; mebibytes a second, and mebibytes in all.
async fn stream(address: &str, time: Duration, heads: &[String], status: u16, bytes: &Arc<[u8]>) -> (f64, f64) {
    let stop = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let tasks: Vec<_> = heads
        .iter()
        .map(|head| {
            let (address, head) = (address.to_owned(), head.clone());
            let (bytes, stop) = (Arc::clone(bytes), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await;
                let mut sent = 0.0;
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(connection.ask(head.as_bytes(), &bytes).await, status, "{}", connection.last());
                    sent += (PART / 1024 / 1024) as f64;
                }
                sent
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let sent: f64 = join_all(tasks).await.into_iter().map(Result::unwrap).sum();
    (sent / start.elapsed().as_secs_f64(), sent)
}

/// A server that does nothing but write what it gets, sync it and give it its name.
async fn start_bare(folder: PathBuf) -> (String, dropshot::HttpServer<PathBuf>) {
    std::fs::create_dir_all(&folder).unwrap();
    let mut api = ApiDescription::new();
    api.register(write).unwrap();
    let config = ConfigDropshot { default_request_body_max_bytes: PART, ..ConfigDropshot::default() };
    let log = slog::Logger::root(slog::Discard, slog::o!());
    let server = ServerBuilder::new(api, folder, log).config(config).start().unwrap();
    (server.local_addr().to_string(), server)
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
