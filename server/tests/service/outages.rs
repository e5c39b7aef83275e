//! The database is paused, killed or locked: every operation says so in time, and works again when the database does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::join_all;
use reqwest::RequestBuilder;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};
use upload_server::postgres::embedded::{Embedded, EmbeddedSettings};

use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::operations::Fixture;
use crate::support::process::Process;
use crate::support::world::{SESSIONS, User};

/// No request may take longer, whatever happens to the database.
const LONGEST: Duration = Duration::from_secs(5);
/// How soon after the database's return requests succeed again.
const BACK: Duration = Duration::from_secs(1);
/// Everything that a request could have to do with.
const ALL_TABLES: &str = "upload_sessions, upload_session_files, upload_session_parts, upload_session_idempotency_keys, \
                          upload_session_outbox, upload_session_analytics, upload_session_rollups";

/// A PostgreSQL of its own, so that it can be disturbed, and a server on it.
struct Disturbed {
    settings: EmbeddedSettings,
    /// None while it is given up.
    postgres: Option<Embedded>,
    server: Process,
    fixture: Fixture,
    folder: tempfile::TempDir,
}

impl Disturbed {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = EmbeddedSettings::new(folder.path().join("database"));
        let postgres = Embedded::start(settings.clone(), Arc::new(|_: &str| {})).await.unwrap();
        let server = Process::in_folder(folder.path().join("server"), &postgres.url(), &[]);
        let fixture = Fixture::make(server.user("ada"), server.admin()).await;
        Self { settings, postgres: Some(postgres), server, fixture, folder }
    }

    fn postgres(&self) -> &Embedded {
        self.postgres.as_ref().expect("it is not given up")
    }

    async fn stop(self) {
        self.postgres.expect("it is not given up").stop().await.unwrap();
    }

    /// Every operation is answered 503 in time, and so is a part whose bytes were on their way.
    async fn all_unavailable(&self, on_its_way: OnItsWay) {
        let operations = self.fixture.every_operation().map(|(name, request)| self.unavailable(name, request));
        tokio::join!(join_all(operations), on_its_way.finish_unavailable());
    }

    async fn unavailable(&self, name: &str, request: RequestBuilder) {
        let start = Instant::now();
        let answer = self.fixture.user.send(request).await;
        assert!(start.elapsed() < LONGEST, "{name} took {:?}", start.elapsed());
        assert_eq!(answer.status, 503, "{name}: {:#}", answer.body);
        answer.expect_error(503, "UNAVAILABLE");
    }

    /// A request of another file's part whose body is not finished yet.
    async fn part_on_its_way(&self) -> OnItsWay {
        let (user, session) = (self.fixture.user.clone(), self.fixture.session.clone());
        let file = user.file(&session, "on its way").await;
        let (sender, receiver) = unbounded::<Result<&str, std::io::Error>>();
        sender.unbounded_send(Ok("he")).unwrap();
        let answer =
            tokio::spawn(async move { user.upload(&session, &file, 1, reqwest::Body::wrap_stream(receiver)).await });
        eventually(|| async { self.has_unfinished_part().then_some(()) }).await;
        OnItsWay { sender, answer }
    }

    fn has_unfinished_part(&self) -> bool {
        let scratch = std::fs::read_dir(self.folder.path().join("server/scratch")).unwrap();
        let folders = scratch.filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok());
        folders.flatten().count() > 0
    }

    /// Sends a signal to every process of the database.
    fn signal_postgres(&self, signal: Signal) {
        let postmaster = self.postgres().process_id().unwrap();
        for id in children(postmaster).into_iter().chain([postmaster]) {
            let _ = kill_process(Pid::from_raw(id).unwrap(), signal);
        }
    }

    /// A connection that holds locks until [`Locker::release`].
    async fn lock(&self, what: &str) -> Locker {
        let (client, connection) = tokio_postgres::connect(&self.postgres().url(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(&format!("begin; lock table {what} mode")).await.unwrap();
        Locker { client, connection }
    }

    /// After an outage: everything works within a second, and nothing needs more than one try.
    async fn works_again(&self) {
        let returned = Instant::now();
        let session = eventually(|| async {
            let body = json!({ "files": [{ "key": "after", "size": 5 }] });
            let answer = self.fixture.user.post(SESSIONS, &body).await;
            (answer.status == 201).then(|| answer.text("/sessionId"))
        })
        .await;
        assert!(returned.elapsed() < BACK, "the first success came after {:?}", returned.elapsed());
        self.fixture.user.hello(&session, "after").await;
        self.fixture.user.finalize(&session).await.expect(200);
        self.fixture.admin.get(&format!("{SESSIONS}/analytics")).await.expect(200);
        let ready = format!("{}/readyz", self.server.base);
        eventually(|| async { (reqwest::get(&ready).await.unwrap().status() == 200).then_some(()) }).await;
    }
}

fn children(parent: i32) -> Vec<i32> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    list.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// A part of which the first bytes have arrived.
struct OnItsWay {
    sender: UnboundedSender<Result<&'static str, std::io::Error>>,
    answer: JoinHandle<Answer>,
}

impl OnItsWay {
    async fn finish_unavailable(self) {
        let start = Instant::now();
        self.sender.unbounded_send(Ok("llo")).unwrap();
        drop(self.sender);
        self.answer.await.unwrap().expect_error(503, "UNAVAILABLE");
        assert!(start.elapsed() < LONGEST, "the end of uploadPart took {:?}", start.elapsed());
    }
}

struct Locker {
    client: Client,
    connection: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Locker {
    async fn release(self) {
        self.client.batch_execute("rollback").await.unwrap();
        drop(self.client);
        self.connection.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn every_operation_is_answered_in_time_when_the_database_is_paused() {
    let world = Disturbed::start().await;
    let part = world.part_on_its_way().await;
    world.signal_postgres(Signal::STOP);
    world.all_unavailable(part).await;
    let ready = reqwest::get(format!("{}/readyz", world.server.base)).await.unwrap();
    assert_eq!(ready.status(), 503);
    world.signal_postgres(Signal::CONT);
    world.works_again().await;
    world.stop().await;
}

#[tokio::test]
async fn every_operation_is_answered_in_time_when_the_database_is_killed() {
    let mut world = Disturbed::start().await;
    let part = world.part_on_its_way().await;
    // Whoever holds the folder starts a killed database again, so it is given up before the requests are made.
    world.signal_postgres(Signal::KILL);
    world.postgres.take().unwrap().stop().await.unwrap();
    world.all_unavailable(part).await;
    world.postgres = Some(Embedded::start(world.settings.clone(), Arc::new(|_: &str| {})).await.unwrap());
    world.works_again().await;
    world.stop().await;
}

#[tokio::test]
async fn every_operation_is_answered_in_time_when_the_tables_are_locked() {
    let world = Disturbed::start().await;
    let part = world.part_on_its_way().await;
    let locker = world.lock(&format!("{ALL_TABLES} in access exclusive")).await;
    world.all_unavailable(part).await;
    locker.release().await;
    world.works_again().await;
    world.stop().await;
}

#[tokio::test]
async fn an_operation_of_several_steps_is_answered_in_time_when_a_later_one_waits() {
    let world = Disturbed::start().await;
    for (locked, names) in [
        // Reading is possible, so that each gets as far as its change.
        ("upload_session_files, upload_session_parts in share", ["uploadPart", "completeFile"]),
        ("upload_session_parts in access exclusive", ["completeFile", "getSession"]),
    ] {
        let locker = world.lock(locked).await;
        let operations = world.fixture.every_operation().into_iter().filter(|(name, _)| names.contains(name));
        join_all(operations.map(|(name, request)| world.unavailable(name, request))).await;
        locker.release().await;
    }
    world
        .fixture
        .user
        .complete(&world.fixture.session, &world.fixture.file, std::slice::from_ref(&world.fixture.etag))
        .await
        .expect(200);
    world.works_again().await;
    world.stop().await;
}

/// Goes through all operations again and again until told to stop. Every answer is a good one or a 503, and none takes
/// long. The number of 503.
async fn keep_working(user: User, admin: User, stop: Arc<AtomicBool>) -> usize {
    let mut unavailable = 0;
    while !stop.load(Ordering::SeqCst) {
        if work(&user, &admin).await.is_none() {
            unavailable += 1;
        }
    }
    unavailable
}

/// Goes through all operations, until one is answered 503.
async fn work(user: &User, admin: &User) -> Option<()> {
    let create = || user.create(json!([{ "key": "a", "size": 5 }]));
    let session = in_time(create(), 201).await?.text("/sessionId");
    let file = in_time(user.register(&session, &json!({ "key": "a", "size": 5 })), 201).await?.text("/fileId");
    let etag = in_time(user.upload(&session, &file, 1, "hello"), 200).await?.text("/etag");
    in_time(user.complete(&session, &file, &[etag]), 200).await?;
    in_time(user.finalize(&session), 200).await?;
    in_time(user.read(&session), 200).await?;
    in_time(admin.get(&format!("{SESSIONS}/analytics")), 200).await?;
    let session = in_time(create(), 201).await?.text("/sessionId");
    in_time(user.delete(&format!("{SESSIONS}/{session}")), 204).await?;
    Some(())
}

async fn in_time(request: impl Future<Output = Answer>, good: u16) -> Option<Answer> {
    let start = Instant::now();
    let answer = request.await;
    assert!(start.elapsed() < LONGEST, "an answer took {:?}", start.elapsed());
    if answer.status == good {
        return Some(answer);
    }
    answer.expect_error(503, "UNAVAILABLE");
    None
}

/// Disturbs the database while several clients work.
async fn disturb(world: &Disturbed, during: impl AsyncFnOnce(&Disturbed)) {
    let stop = Arc::new(AtomicBool::new(false));
    let work =
        |_| tokio::spawn(keep_working(world.fixture.user.clone(), world.fixture.admin.clone(), Arc::clone(&stop)));
    let clients: Vec<_> = (0..8).map(work).collect();
    during(world).await;
    world.works_again().await;
    stop.store(true, Ordering::SeqCst);
    let unavailable: usize = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    assert!(unavailable > 0, "the disturbance was felt");
}

/// Until a request is answered 503, though it needs the database only to say 404.
async fn felt(world: &Disturbed) {
    let nothing = "00000000-0000-4000-8000-000000000000";
    eventually(|| async { (world.fixture.user.read(nothing).await.status == 503).then_some(()) }).await;
}

#[tokio::test]
async fn a_pause_under_load_is_answered_503_only() {
    let world = Disturbed::start().await;
    disturb(&world, async |world| {
        world.signal_postgres(Signal::STOP);
        felt(world).await;
        world.signal_postgres(Signal::CONT);
    })
    .await;
    world.stop().await;
}

#[tokio::test]
async fn a_kill_under_load_is_answered_503_only() {
    let world = Disturbed::start().await;
    disturb(&world, async |world| {
        world.signal_postgres(Signal::KILL);
        felt(world).await;
        eventually(|| async { tokio_postgres::connect(&world.postgres().url(), NoTls).await.is_ok().then_some(()) })
            .await;
    })
    .await;
    world.stop().await;
}

#[tokio::test]
async fn locks_under_load_are_answered_503_only() {
    let world = Disturbed::start().await;
    disturb(&world, async |world| {
        // One table that every operation needs; several at once could deadlock with the requests.
        let locker = world.lock("upload_sessions in access exclusive").await;
        felt(world).await;
        locker.release().await;
    })
    .await;
    world.stop().await;
}
