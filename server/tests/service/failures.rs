//! What happens when something breaks: processes that are killed, a database that is away, a stop under load.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tokio_postgres::NoTls;
use upload_server::postgres::embedded::{Embedded, EmbeddedSettings};

use crate::support::database::TestDatabase;
use crate::support::process::{Process, program};
use crate::support::world::{SESSIONS, User};
use crate::support::{PATIENT, effort, eventually};

/// No request may take longer, whatever happens to the database.
const LONGEST: Duration = Duration::from_secs(5);

/// What was acknowledged: session, file.
type Acknowledged = Arc<Mutex<BTreeSet<(String, String)>>>;

/// Uploads small files one after the other until something fails, and notes what was acknowledged.
async fn upload_until_it_fails(user: User, acknowledged: Acknowledged, client: usize) -> Option<()> {
    for round in 0.. {
        let body = json!({ "files": [{ "key": "a", "size": 5 }] });
        let session = user.try_post(SESSIONS, &body).await.filter(|answer| answer.status == 201)?.text("/sessionId");
        let file = json!({ "key": format!("{client} {round}"), "size": 5 });
        let path = format!("{SESSIONS}/{session}/files");
        let file = user.try_post(&path, &file).await.filter(|answer| answer.status == 201)?.text("/fileId");
        let part = user.request(Method::PUT, &format!("{path}/{file}/parts/1"));
        let part = user.try_send(part.header("content-type", "application/octet-stream").body("hello")).await;
        let etag = part.filter(|answer| answer.status == 200)?.text("/etag");
        let parts = json!({ "parts": [{ "partNumber": 1, "etag": etag }] });
        user.try_post(&format!("{path}/{file}/complete"), &parts).await.filter(|answer| answer.status == 200)?;
        acknowledged.lock().unwrap().insert((session, file));
    }
    None
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_when_servers_are_killed() {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let acknowledged = Acknowledged::default();
    for round in 1..=effort(2, 10) {
        let mut server = Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
        let clients: Vec<_> = (0..8)
            .map(|client| tokio::spawn(upload_until_it_fails(server.user("ada"), Arc::clone(&acknowledged), client)))
            .collect();
        eventually(|| async { (acknowledged.lock().unwrap().len() >= round * 40).then_some(()) }).await;
        server.kill();
        join_all(clients).await;
    }
    let server = Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
    audit(&server.user("ada"), &acknowledged).await;
    no_halves(folder.path());
}

/// Every acknowledged file is there, completed, with its bytes.
async fn audit(user: &User, acknowledged: &Acknowledged) {
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(!acknowledged.is_empty());
    for (session, file) in &acknowledged {
        let read = user.read(session).await.expect(200);
        assert_eq!(read.body["files"][0]["fileId"], json!(file));
        assert_eq!(read.body["files"][0]["status"], "completed");
        let url = read.text("/files/0/fileUrl");
        assert_eq!(std::fs::read_to_string(url.strip_prefix("file://").unwrap()).unwrap(), "hello");
    }
}

/// No file below the objects is anything but whole, and nothing unfinished of the killed processes is left.
fn no_halves(data_dir: &Path) {
    for path in files_below(&data_dir.join("objects")) {
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 5, "{}", path.display());
    }
    let unfinished: Vec<_> = std::fs::read_dir(data_dir.join("scratch")).unwrap().collect();
    assert_eq!(unfinished.len(), 2, "only the running server's folder and lock: {unfinished:?}");
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// A PostgreSQL of its own, so that it can be disturbed, and a server on it.
struct Disturbed {
    postgres: Embedded,
    server: Process,
    _folder: tempfile::TempDir,
}

impl Disturbed {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = EmbeddedSettings::new(folder.path().join("database"));
        let postgres = Embedded::start(settings, Arc::new(|_: &str| {})).await.unwrap();
        let server = Process::in_folder(folder.path().join("server"), &postgres.url(), &[]);
        Self { postgres, server, _folder: folder }
    }

    /// Sends a signal to every process of the database.
    fn signal_postgres(&self, signal: Signal) {
        let postmaster = self.postgres.process_id().unwrap();
        for id in children(postmaster).into_iter().chain([postmaster]) {
            let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal);
        }
    }
}

fn children(parent: i32) -> Vec<i32> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    list.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// Asks all the time until told to stop. Every answer must be a good one or a 503, and none may take long.
async fn keep_asking(user: User, session: String, stop: Arc<AtomicBool>) -> Vec<(u16, Instant)> {
    let mut answers = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let start = Instant::now();
        let answer = user.read(&session).await;
        assert!([200, 503].contains(&answer.status), "{} {:#}", answer.status, answer.body);
        if answer.status == 503 {
            answer.assert_error_shape();
        }
        assert!(start.elapsed() < LONGEST, "an answer took {:?}", start.elapsed());
        answers.push((answer.status, Instant::now()));
    }
    answers
}

/// Asks with several clients while the database is disturbed; answers how long after its return the first success came.
async fn disturb(world: &Disturbed, during: impl AsyncFnOnce(&Disturbed)) -> Duration {
    let user = world.server.user("ada");
    let session = user.session().await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..8).map(|_| tokio::spawn(keep_asking(user.clone(), session.clone(), Arc::clone(&stop)))).collect();
    during(world).await;
    let returned = Instant::now();
    eventually(|| async { (user.read(&session).await.status == 200).then_some(()) }).await;
    stop.store(true, Ordering::SeqCst);
    let answers: Vec<_> = join_all(clients).await.into_iter().flat_map(Result::unwrap).collect();
    assert!(answers.iter().any(|(status, _)| *status == 503), "the disturbance was felt");
    let good = answers.iter().filter(|(status, at)| *status == 200 && *at > returned).map(|(_, at)| *at).min();
    good.map_or_else(|| returned.elapsed(), |at| at - returned)
}

#[tokio::test]
async fn a_database_that_is_paused_is_answered_503_in_time_and_used_again_at_once() {
    let world = Disturbed::start().await;
    let ready = format!("{}/readyz", world.server.base);
    let back = disturb(&world, async |world| {
        world.signal_postgres(Signal::STOP);
        eventually(|| async { (reqwest::get(&ready).await.unwrap().status() == 503).then_some(()) }).await;
        let create = world.server.user("ada").create(json!([{ "key": "a", "size": 5 }])).await;
        create.expect_error(503, "UNAVAILABLE");
        world.signal_postgres(Signal::CONT);
    })
    .await;
    assert!(back < Duration::from_secs(1), "the first success came after {back:?}");
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);
    world.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_killed_is_used_again_when_it_is_back() {
    let world = Disturbed::start().await;
    disturb(&world, async |world| {
        world.signal_postgres(Signal::KILL);
        let user = world.server.user("ada");
        eventually(|| async { (user.read("00000000-0000-4000-8000-000000000000").await.status == 503).then_some(()) })
            .await;
        eventually(|| async { tokio_postgres::connect(&world.postgres.url(), NoTls).await.is_ok().then_some(()) })
            .await;
    })
    .await;
    world.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn tables_that_are_locked_are_answered_503_in_time() {
    let world = Disturbed::start().await;
    disturb(&world, async |world| {
        let (client, connection) = tokio_postgres::connect(&world.postgres.url(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("begin; lock table upload_sessions in access exclusive mode").await.unwrap();
        let user = world.server.user("ada");
        user.create(json!([{ "key": "a", "size": 5 }])).await.expect_error(503, "UNAVAILABLE");
        client.batch_execute("rollback").await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    })
    .await;
    world.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_starts_without_its_database_and_is_ready_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let settings = EmbeddedSettings::new(folder.path().join("database"));
    let nobody: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(|_: &str| {});
    let postgres = Embedded::start(settings.clone(), Arc::clone(&nobody)).await.unwrap();
    let url = postgres.url();
    postgres.stop().await.unwrap();

    let server = Process::in_folder(folder.path().join("server"), &url, &[]);
    let ready = format!("{}/readyz", server.base);
    assert_eq!(reqwest::get(format!("{}/healthz", server.base)).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 503);
    server.user("ada").create(json!([{ "key": "a", "size": 5 }])).await.expect_error(503, "UNAVAILABLE");
    assert!(server.log().contains("the database is not available; waiting for it"), "{}", server.log());

    let postgres = Embedded::start(settings, nobody).await.unwrap();
    eventually(|| async { (reqwest::get(&ready).await.unwrap().status() == 200).then_some(()) }).await;
    server.user("ada").session().await;
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_stop_finishes_what_was_accepted() {
    let database = TestDatabase::new().await;
    let mut server = Process::start(&database.url, &[PATIENT, ("SHUTDOWN_DELAY_SECONDS", "0")]);
    let user = server.user("ada");
    let session = user.session().await;
    let file = user.file(&session, "a").await;

    let (mut sender, receiver) = futures::channel::mpsc::unbounded::<Result<&str, std::io::Error>>();
    sender.start_send(Ok("he")).unwrap();
    let uploading = tokio::spawn({
        let (user, session, file) = (user.clone(), session.clone(), file.clone());
        async move { user.upload(&session, &file, 1, reqwest::Body::wrap_stream(receiver)).await }
    });
    let metrics = format!("{}/metrics", server.base);
    eventually(|| async {
        let text = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
        text.contains("http_requests_in_flight 1").then_some(())
    })
    .await;
    server.signal(Signal::TERM);
    eventually(|| async { server.log().contains("taking no more connections").then_some(()) }).await;
    assert!(server.is_running(), "the part in flight is waited for");
    sender.start_send(Ok("llo")).unwrap();
    drop(sender);
    uploading.await.unwrap().expect(200);
    assert!(server.wait(), "a good end");
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_is_not_ready_and_still_answers() {
    let database = TestDatabase::new().await;
    let mut server = Process::start(&database.url, &[PATIENT, ("SHUTDOWN_DELAY_SECONDS", "3")]);
    let user = server.user("ada");
    let ready = format!("{}/readyz", server.base);
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);
    server.signal(Signal::TERM);
    eventually(|| async { (reqwest::get(&ready).await.unwrap().status() == 503).then_some(()) }).await;
    user.session().await;
    assert!(server.wait());
}

#[tokio::test]
async fn what_was_created_before_a_kill_is_there_after_it_on_the_embedded_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Process::spawn(program(), folder.path().into());
    let user = first.developer();
    let session = user.session().await;
    user.hello(&session, "a").await;
    first.kill();
    let mut second = Process::spawn(program(), folder.path().into());
    let read = second.developer().read(&session).await.expect(200);
    assert_eq!(read.body["files"][0]["status"], "completed");
    second.signal(Signal::TERM);
    assert!(second.wait());
}
