//! What happens when something breaks: processes that are killed, a database that is away, a stop under load.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use upload_server::postgres::embedded::{Embedded, EmbeddedSettings};

use crate::support::answer::Answer;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, program};
use crate::support::world::{SESSIONS, User};
use crate::support::{PATIENT, effort, eventually};

/// What was acknowledged of a session, one change after the other.
#[derive(Clone, Default)]
struct Acknowledged {
    file: Option<String>,
    etag: Option<String>,
    url: Option<String>,
    finalized: bool,
}

/// What was acknowledged of every session.
type Journal = Arc<Mutex<BTreeMap<String, Acknowledged>>>;

/// Uploads small files one after the other until something fails, and notes every change that was acknowledged.
async fn upload_until_it_fails(user: User, journal: Journal, client: usize) -> Option<()> {
    for round in 0.. {
        let body = json!({ "files": [{ "key": "a", "size": 5 }] });
        let session = user.try_post(SESSIONS, &body).await.filter(|answer| answer.status == 201)?.text("/sessionId");
        let note = |change: &dyn Fn(&mut Acknowledged)| {
            change(journal.lock().unwrap().entry(session.clone()).or_default());
        };
        note(&|_| {});
        let file = json!({ "key": format!("{client} {round}"), "size": 5 });
        let path = format!("{SESSIONS}/{session}/files");
        let file = user.try_post(&path, &file).await.filter(|answer| answer.status == 201)?.text("/fileId");
        note(&|noted| noted.file = Some(file.clone()));
        let part = user.request(Method::PUT, &format!("{path}/{file}/parts/1"));
        let part = user.try_send(part.header("content-type", "application/octet-stream").body("hello")).await;
        let etag = part.filter(|answer| answer.status == 200)?.text("/etag");
        note(&|noted| noted.etag = Some(etag.clone()));
        let parts = json!({ "parts": [{ "partNumber": 1, "etag": etag }] });
        let completed = user.try_post(&format!("{path}/{file}/complete"), &parts).await;
        let url = completed.filter(|answer| answer.status == 200)?.text("/fileUrl");
        note(&|noted| noted.url = Some(url.clone()));
        let finalize = user.request(Method::POST, &format!("{SESSIONS}/{session}/finalize"));
        user.try_send(finalize).await.filter(|answer| answer.status == 200)?;
        note(&|noted| noted.finalized = true);
    }
    None
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_when_servers_are_killed() {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::default();
    for round in 1..=effort(2, 10) {
        let mut server = Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
        let clients: Vec<_> = (0..8)
            .map(|client| tokio::spawn(upload_until_it_fails(server.user("ada"), Arc::clone(&journal), client)))
            .collect();
        eventually(|| async { (finalized(&journal) >= round * 40).then_some(()) }).await;
        server.kill();
        join_all(clients).await;
    }
    let server = Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
    audit(&server.user("ada"), &journal).await;
    no_halves(folder.path());
}

/// Every acknowledged change is there, and the bytes of every completed file. A change that was not acknowledged may be.
async fn audit(user: &User, journal: &Journal) {
    let journal = journal.lock().unwrap().clone();
    for (session, noted) in &journal {
        let read = user.read(session).await.expect(200);
        let Some(file) = &noted.file else { continue };
        let found = &read.body["files"][0];
        assert_eq!(found["fileId"], json!(file));
        let completed = found["status"] == "completed";
        if let Some(etag) = noted.etag.as_ref().filter(|_| !completed) {
            assert_eq!(found["parts"][0]["etag"], json!(etag), "{:#}", read.body);
        }
        if let Some(url) = &noted.url {
            assert_eq!((completed, &found["fileUrl"]), (true, &json!(url)), "{:#}", read.body);
            assert_eq!(std::fs::read_to_string(url.strip_prefix("file://").unwrap()).unwrap(), "hello");
        }
        assert!(!noted.finalized || read.text("/status") == "completed", "{:#}", read.body);
    }
}

fn finalized(journal: &Journal) -> usize {
    journal.lock().unwrap().values().filter(|noted| noted.finalized).count()
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
    let refused = reqwest::get(&metrics).await.unwrap_err();
    assert!(refused.is_connect(), "new connections are refused, so that clients go elsewhere: {refused:?}");
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
    let created = user.create(json!([{ "key": "a", "size": 5 }])).await.expect(201);
    assert_eq!(created.header("connection"), "close", "the next request should go elsewhere");
    assert_eq!(user.read("nonsense").await.expect(422).header("connection"), "close");
    assert!(server.wait());
}

/// Creates sessions on connections that are kept or made anew, until there is nobody to connect to; how many.
async fn create_until_refused(user: User) -> i64 {
    let mut created = 0;
    loop {
        let body = json!({ "files": [{ "key": "a", "size": 5 }] });
        match user.request(Method::POST, SESSIONS).json(&body).send().await {
            Ok(response) => {
                Answer::read(response).await.expect(201);
                created += 1;
            }
            Err(error) if error.is_connect() => return created,
            // A connection that was made and not accepted any more.
            Err(error) => assert!(error.is_request(), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_stop_under_load_loses_no_accepted_request() {
    for delay in ["1", "0"] {
        let database = TestDatabase::new().await;
        let mut server = Process::start(&database.url, &[PATIENT, ("SHUTDOWN_DELAY_SECONDS", delay)]);
        let clients: Vec<_> = (0..16).map(|_| tokio::spawn(create_until_refused(server.user("ada")))).collect();
        let count = async || {
            let rows = database.client().await.query_one("select count(*) from upload_sessions", &[]).await.unwrap();
            rows.get::<_, i64>(0)
        };
        eventually(|| async { (count().await > 100).then_some(()) }).await;
        server.signal(Signal::TERM);
        let created: i64 = join_all(clients).await.into_iter().map(Result::unwrap).sum();
        assert!(server.wait(), "a good end:\n{}", server.log());
        assert_eq!(count().await, created, "every session that was created was acknowledged");
        assert!(!server.log().contains("accept error"), "{}", server.log());
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_events_that_cannot_be_moved() {
    let database = TestDatabase::new().await;
    let environment = [PATIENT, ("SHUTDOWN_DELAY_SECONDS", "0"), ("DRAIN_SECONDS", "1")];
    let mut server = Process::start(&database.url, &environment);
    let locker = database.client().await;
    locker.batch_execute("begin; lock table upload_session_outbox in access exclusive mode").await.unwrap();
    let waiting = "select from pg_locks where not granted and relation = 'upload_session_outbox'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    eventually(|| async { (!locker.query(waiting, &[]).await.unwrap().is_empty()).then_some(()) }).await;
    server.signal(Signal::TERM);
    let stopped = tokio::task::spawn_blocking(move || server.wait());
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(20), stopped).await;
    assert!(stopped.expect("the server stops").unwrap());
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
