//! Every step of a session is one event, and every sum is right, whatever is killed or locked meanwhile.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tokio_postgres::Client;
use upload_server::domain::analytics::AnalyticsQuery;
use upload_server::domain::ports::AnalyticsStore;
use upload_server::postgres::embedded::{Embedded, EmbeddedSettings};
use upload_server::postgres::{Database, DatabaseSettings};

use crate::support::database::{TestDatabase, connect};
use crate::support::process::Process;
use crate::support::world::{SESSIONS, User};
use crate::support::{PATIENT, effort, eventually};

/// Clients at once.
const CLIENTS: usize = 8;
/// Sessions from beginning to end between two kills.
const BETWEEN_KILLS: usize = 25;

/// Sessions of past hours that are still open: their end changes sums that were made long ago.
const PLANT: &str = "
    with planted as (
      insert into upload_sessions (user_id, created_at, expires_at)
      select 'ada', now() - interval '3 days' + n * interval '2 minutes', now() + interval '6 hours'
      from generate_series(1, 2000) n
      returning id, created_at
    )
    insert into upload_session_analytics (session_id, event_type, created_at)
    select id, 'session_created', created_at from planted";

/// Steps and events that do not belong together: what the sessions say happened, beside what was recorded.
const DIFFERENCES: &str = "
    with steps as (
      select id as session_id, 'session_created' as event_type, 1::bigint as n from upload_sessions
      union all
      select session_id, 'file_registered', count(*) from upload_session_files group by 1
      union all
      select session_id, 'file_completed', count(*) from upload_session_files where status = 'completed' group by 1
      union all
      select id, 'session_finalized', 1 from upload_sessions where status = 'completed'
      union all
      select id, 'session_failed', 1 from upload_sessions where status = 'failed'
    ),
    events as (
      select session_id, event_type, count(*) as n from upload_session_analytics group by 1, 2
    )
    select format('%s of %s: %s steps, %s events', event_type, session_id, coalesce(s.n, 0), coalesce(e.n, 0))
    from steps s full join events e using (session_id, event_type)
    where s.n is distinct from e.n";

/// The differences that are left when all is recorded, or after a while that should be enough.
async fn differences(client: &Client) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let rows = client.query(DIFFERENCES, &[]).await.unwrap();
        if rows.is_empty() || begun.elapsed() > Duration::from_secs(20) {
            return rows.iter().map(|row| row.get(0)).collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What clients do, and what they were told has happened.
#[derive(Default)]
struct Load {
    planted: Mutex<Vec<String>>,
    finalized: Mutex<BTreeSet<String>>,
    aborted: Mutex<BTreeSet<String>>,
    ended: AtomicUsize,
    stop: AtomicBool,
}

impl Load {
    async fn on(client: &Client) -> Arc<Self> {
        client.batch_execute(PLANT).await.unwrap();
        let rows = client.query("select id::text from upload_sessions order by random()", &[]).await.unwrap();
        Arc::new(Self { planted: Mutex::new(rows.iter().map(|row| row.get(0)).collect()), ..Self::default() })
    }

    /// Uploads with several clients while `meanwhile` happens. What fails is left as it is.
    async fn run(self: &Arc<Self>, user: &User, meanwhile: impl AsyncFnOnce()) {
        self.stop.store(false, Ordering::SeqCst);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (load, user) = (Arc::clone(self), user.clone());
                tokio::spawn(async move {
                    for round in number.. {
                        if load.stop.load(Ordering::SeqCst) {
                            break;
                        }
                        if load.session(&user, round).await.is_some() {
                            load.ended.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        meanwhile().await;
        self.stop.store(true, Ordering::SeqCst);
        join_all(clients).await.into_iter().for_each(|client| client.unwrap());
    }

    /// Waits until so many more sessions have come to their end.
    async fn progress(&self) {
        let wanted = self.ended.load(Ordering::SeqCst) + BETWEEN_KILLS;
        eventually(|| async { (self.ended.load(Ordering::SeqCst) >= wanted).then_some(()) }).await;
    }

    /// A session with one file: aborted, left open, or finalized; every other one is of days ago.
    async fn session(&self, user: &User, round: usize) -> Option<()> {
        let planted = if round.is_multiple_of(2) { self.planted.lock().unwrap().pop() } else { None };
        let session = match planted {
            Some(session) => session,
            None => {
                let body = json!({ "files": [{ "key": "a", "size": 5 }] });
                let created = user.try_post(SESSIONS, &body).await.filter(|answer| answer.status == 201)?;
                created.text("/sessionId")
            }
        };
        let path = format!("{SESSIONS}/{session}");
        let file = json!({ "key": format!("file {round}"), "size": 5 });
        let file = user.try_post(&format!("{path}/files"), &file).await.filter(|answer| answer.status == 201)?;
        if round % 4 == 3 {
            user.try_send(user.request(Method::DELETE, &path)).await.filter(|answer| answer.status == 204)?;
            self.aborted.lock().unwrap().insert(session);
            return Some(());
        }
        let file = format!("{path}/files/{}", file.text("/fileId"));
        let part = user.request(Method::PUT, &format!("{file}/parts/1"));
        let part = part.header("content-type", "application/octet-stream").body("hello");
        let etag = user.try_send(part).await.filter(|answer| answer.status == 200)?.text("/etag");
        let parts = json!({ "parts": [{ "partNumber": 1, "etag": etag }] });
        user.try_post(&format!("{file}/complete"), &parts).await.filter(|answer| answer.status == 200)?;
        if round % 4 != 1 {
            let request = user.request(Method::POST, &format!("{path}/finalize"));
            user.try_send(request).await.filter(|answer| answer.status == 200)?;
            self.finalized.lock().unwrap().insert(session);
        }
        Some(())
    }

    /// Everything that was acknowledged is there, each step has its event and no other, and sums are what they sum up.
    async fn audit(&self, url: &str) {
        let client = connect(url).await;
        assert_eq!(differences(&client).await, Vec::<String>::new());
        for (sessions, status) in [(&self.finalized, "completed"), (&self.aborted, "failed")] {
            let sessions: Vec<String> = sessions.lock().unwrap().iter().cloned().collect();
            assert!(!sessions.is_empty());
            let sql = "select count(*) from upload_sessions where id::text = any ($1) and status = $2";
            let found: i64 = client.query_one(sql, &[&sessions, &status]).await.unwrap().get(0);
            assert_eq!(usize::try_from(found).unwrap(), sessions.len(), "{status}");
        }
        self.audit_sums(url, &client).await;
    }

    async fn audit_sums(&self, url: &str, client: &Client) {
        let database = Database::new(&DatabaseSettings::new(url)).unwrap();
        let rollups = database.rollups();
        assert_eq!(rollups.check().await.unwrap().wrong, []);
        while rollups.make(1000).await.unwrap() > 0 {}
        let check = rollups.check().await.unwrap();
        assert!(check.compared > 60, "{check:?}");
        assert_eq!(check.wrong, []);
        let question = AnalyticsQuery { limit: 1, ..AnalyticsQuery::default() };
        let answer = database.analytics().query(&question).await.unwrap();
        let raw =
            "select count(*), count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'),
            (select count(*) from upload_session_analytics) from upload_sessions";
        let raw = client.query_one(raw, &[]).await.unwrap();
        let metrics = answer.metrics;
        let told = [metrics.created, metrics.finalized, metrics.failed, answer.events.total];
        assert_eq!(told, [0, 1, 2, 3].map(|column| raw.get::<_, i64>(column)));
        let ended = self.ended.load(Ordering::SeqCst);
        eprintln!("{ended} sessions uploaded, {} events and {} sums audited", answer.events.total, check.compared);
    }
}

#[tokio::test]
async fn killing_servers_loses_doubles_and_orphans_no_event() {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let start = || Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
    let load = Load::on(&database.client().await).await;
    // The server that is not killed shares the work on the events.
    let other = start();
    for _ in 0..effort(2, 20) {
        let mut server = start();
        let user = server.user("ada");
        load.run(&user, async || {
            load.progress().await;
            server.kill();
        })
        .await;
    }
    // What the last one had in memory is found by the next that starts.
    let next = start();
    load.audit(&database.url).await;
    drop((other, next));
}

#[tokio::test]
async fn killing_the_database_loses_doubles_and_orphans_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let (postgres, url) = embedded(folder.path()).await;
    let load = Load::on(&connect(&url).await).await;
    let data_dir = folder.path().join("servers");
    let servers = [(); 2].map(|()| Process::in_folder(data_dir.clone(), &url, &[]));
    load.run(&servers[0].user("ada"), async || {
        for _ in 0..effort(2, 20) {
            load.progress().await;
            kill_and_wait(&postgres).await;
        }
        load.progress().await;
    })
    .await;
    load.audit(&url).await;
    drop(servers);
    postgres.stop().await.unwrap();
}

/// The database is back before the server asks it for anything, and no call fails: only its connections have ended.
#[tokio::test]
async fn what_a_crash_of_the_database_undoes_is_found_though_no_call_noticed_it() {
    let folder = tempfile::tempdir().unwrap();
    let (postgres, url) = embedded(folder.path()).await;
    let server = Process::in_folder(folder.path().join("server"), &url, &[]);
    server.user("ada").session().await;
    let client = connect(&url).await;
    let events = "select count(*) from upload_session_analytics";
    eventually(|| async { (client.query_one(events, &[]).await.unwrap().get::<_, i64>(0) == 1).then_some(()) }).await;
    client.batch_execute("delete from upload_session_analytics").await.unwrap();
    kill_and_wait(&postgres).await;
    assert_eq!(differences(&connect(&url).await).await, Vec::<String>::new());
    drop(server);
    postgres.stop().await.unwrap();
}

/// A database of its own, with the schema, that may be killed.
async fn embedded(folder: &Path) -> (Embedded, String) {
    let settings = EmbeddedSettings::new(folder.join("database"));
    let postgres = Embedded::start(settings, Arc::new(|_: &str| {})).await.unwrap();
    let url = postgres.url();
    Database::new(&DatabaseSettings::new(&url)).unwrap().migrate().await.unwrap();
    (postgres, url)
}

/// Kills every process of a database, as a machine that loses power would, and waits until it is back.
async fn kill_and_wait(postgres: &Embedded) {
    let postmaster = postgres.process_id().unwrap();
    let list = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
    let children = list.split_whitespace().map(|id| id.parse().unwrap());
    for id in children.chain([postmaster]) {
        // One that has just ended by itself is as good as killed.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), Signal::KILL);
    }
    let url = postgres.url();
    eventually(|| async { tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_ok().then_some(()) }).await;
}

#[tokio::test]
async fn workers_of_several_processes_move_each_event_once() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    client.batch_execute(PLANT).await.unwrap();
    let fill = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
        select gen_random_uuid(), id, 'file_registered', created_at from upload_sessions, generate_series(1, 10)";
    client.batch_execute(fill).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut servers = [(); 3].map(|()| Process::in_folder(folder.path().into(), &database.url, &[PATIENT]));
    servers[0].kill();
    let waiting = "select count(*) from upload_session_outbox";
    eventually(|| async { (client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0).then_some(()) }).await;
    let counts =
        "select count(*), count(distinct event_id) from upload_session_analytics where event_type = 'file_registered'";
    let row = client.query_one(counts, &[]).await.unwrap();
    assert_eq!([row.get::<_, i64>(0), row.get(1)], [20_000, 20_000]);
    assert_eq!(database.database.rollups().check().await.unwrap().wrong, []);
}

/// How long each operation took. (The analytics themselves are asked by administrators, and wait.)
type Calls = Vec<(&'static str, Duration)>;

async fn timed<T>(calls: &mut Calls, operation: &'static str, call: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = call.await;
    calls.push((operation, begun.elapsed()));
    answer
}

/// Every operation of the uploads, again and again.
async fn call_until(user: User, stop: Arc<AtomicBool>) -> Calls {
    let mut calls = Calls::new();
    let bytes = "hello";
    while !stop.load(Ordering::SeqCst) {
        let session = timed(&mut calls, "createSession", user.session()).await;
        let file = timed(&mut calls, "registerFile", user.file(&session, "a")).await;
        let part = timed(&mut calls, "uploadPart", user.upload(&session, &file, 1, bytes)).await.expect(200);
        timed(&mut calls, "completeFile", user.complete(&session, &file, &[part.text("/etag")])).await.expect(200);
        timed(&mut calls, "getSession", user.read(&session)).await.expect(200);
        timed(&mut calls, "finalizeSession", user.finalize(&session)).await.expect(200);
        let given_up = user.session().await;
        timed(&mut calls, "abortSession", user.delete(&format!("{SESSIONS}/{given_up}"))).await.expect(204);
    }
    calls
}

/// Load for as long as `meanwhile` lasts; the times of all calls.
async fn load_while(user: &User, meanwhile: impl Future<Output = ()>) -> Calls {
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(call_until(user.clone(), Arc::clone(&stop)))).collect();
    meanwhile.await;
    stop.store(true, Ordering::SeqCst);
    join_all(clients).await.into_iter().flat_map(Result::unwrap).collect()
}

fn quantiles(calls: &Calls) -> String {
    let mut times: Vec<Duration> = calls.iter().map(|(_, time)| *time).collect();
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("{} calls, p50 {:?}, p99 {:?}, longest {:?}", calls.len(), at(50), at(99), at(100))
}

/// Looks for a while at who waits for the analytics table: only the two tasks of the worker, and they do.
async fn watch(watcher: &Client, time: Duration) {
    let waiting = "select count(*), count(*) filter (where a.query like '%insert into upload_session_analytics%')
        from pg_locks l join pg_stat_activity a using (pid)
        where l.relation = 'upload_session_analytics'::regclass and not l.granted";
    let begun = Instant::now();
    let mut longest_queue = 0;
    while begun.elapsed() < time || longest_queue == 0 {
        let row = watcher.query_one(waiting, &[]).await.unwrap();
        let (all, workers): (i64, i64) = (row.get(0), row.get(1));
        assert!(all == workers && workers <= 2, "{all} wait, {workers} of them are workers");
        longest_queue = longest_queue.max(workers);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A table is locked for a while, which the test has to last as well: how long is part of what it shows. No call could end
/// before the lock does if it waited for it.
#[tokio::test]
async fn uploads_do_not_wait_for_an_analytics_table_that_is_locked() {
    let database = TestDatabase::new().await;
    let server = Process::start(&database.url, &[PATIENT]);
    let user = server.user("ada");
    let hold = Duration::from_secs(effort(1, 10) as u64);
    let without = load_while(&user, tokio::time::sleep(hold)).await;

    let (locker, watcher) = (database.client().await, database.client().await);
    locker.batch_execute("begin; lock table upload_session_analytics in access exclusive mode").await.unwrap();
    let with = load_while(&user, watch(&watcher, hold)).await;
    locker.batch_execute("rollback").await.unwrap();
    eprintln!("without the lock: {}\nwith it:          {}", quantiles(&without), quantiles(&with));
    let operations: BTreeSet<_> = with.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(operations.len(), 7, "{operations:?}");

    assert_eq!(differences(&watcher).await, Vec::<String>::new());
    let events: i64 = watcher.query_one("select count(*) from upload_session_analytics", &[]).await.unwrap().get(0);
    // Five of the seven leave an event, and the session that is given up was created.
    let rounds = [&without, &with].map(|calls| calls.iter().filter(|(name, _)| *name == "abortSession").count());
    assert_eq!(events as usize, rounds.iter().sum::<usize>() * 6);
}
