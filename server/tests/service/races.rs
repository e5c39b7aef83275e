//! Many requests at once, to two server processes on one database.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::world::{SESSIONS, User};
use crate::support::{PATIENT, effort};

const AT_ONCE: usize = 64;

/// Two servers that share a database and a folder, and somebody at each of them.
struct Two {
    database: TestDatabase,
    servers: [Process; 2],
    users: [User; 2],
    folder: tempfile::TempDir,
}

impl Two {
    async fn start() -> Self {
        let database = TestDatabase::new().await;
        let folder = tempfile::tempdir().unwrap();
        let servers = [(); 2].map(|()| Process::in_folder(folder.path().into(), &database.url, &[PATIENT]));
        let users = [servers[0].user("ada"), servers[1].user("ada")];
        Self { database, servers, users, folder }
    }

    /// One after the other, so that both servers are asked equally often.
    fn user(&self, number: usize) -> &User {
        &self.users[number % 2]
    }

    /// A session that has five minutes left.
    async fn session_about_to_end(&self) -> String {
        let session = self.users[0].session().await;
        self.leave_five_minutes(&session).await;
        session
    }

    async fn leave_five_minutes(&self, session: &str) {
        let sql = "update upload_sessions set expires_at = now() + interval '5 minutes' where id = $1::text::uuid";
        self.database.client().await.execute(sql, &[&session]).await.unwrap();
    }

    /// Of these answers of an action one tells of an extension, and the logs tell of it once.
    fn assert_one_extension(&self, session: &str, action: &str, answers: &[Answer]) {
        let told = answers.iter().filter(|answer| answer.body["sessionExtended"] == true).count();
        let logged: usize = self.servers.iter().map(|server| extensions_logged(&server.log(), session, action)).sum();
        assert_eq!((told, logged), (1, 1), "{action}");
    }
}

#[tokio::test]
async fn any_number_of_calls_extends_a_session_once() {
    let two = Two::start().await;
    for _ in 0..20 {
        let session = two.session_about_to_end().await;
        let register = |n: usize| {
            let (user, file) = (two.user(n), json!({ "key": format!("file {n}"), "size": 5 }));
            let session = &session;
            async move { user.register(session, &file).await.expect(201) }
        };
        let answers = join_all((0..AT_ONCE).map(register)).await;
        two.assert_one_extension(&session, "registerFile", &answers);
    }
}

#[tokio::test]
async fn any_number_of_parts_and_of_completions_extends_a_session_once() {
    let two = Two::start().await;
    for _ in 0..effort(3, 20) {
        let session = &two.users[0].session().await;
        let register = |n: usize| {
            let user = two.user(n);
            async move { user.file(session, &n.to_string()).await }
        };
        let files = join_all((0..AT_ONCE).map(register)).await;

        two.leave_five_minutes(session).await;
        let upload = |n: usize| {
            let (user, file) = (two.user(n), &files[n]);
            async move { user.upload(session, file, 1, "hello").await.expect(200) }
        };
        let uploaded = join_all((0..AT_ONCE).map(upload)).await;
        two.assert_one_extension(session, "uploadPart", &uploaded);

        two.leave_five_minutes(session).await;
        let complete = |n: usize| {
            let (user, file, etag) = (two.user(n), &files[n], uploaded[n].text("/etag"));
            async move { user.complete(session, file, &[etag]).await.expect(200) }
        };
        let completed = join_all((0..AT_ONCE).map(complete)).await;
        two.assert_one_extension(session, "completeFile", &completed);
    }
}

/// How many extensions of a session by an action a log tells of, each with all that belongs to it.
fn extensions_logged(log: &str, session: &str, action: &str) -> usize {
    let lines = log.lines().filter(|line| line.contains("session extended") && line.contains(session));
    lines
        .filter(|line| {
            ["old_expires_at", "new_expires_at", action, "request_id"].iter().all(|word| line.contains(word))
        })
        .count()
}

#[tokio::test]
async fn any_number_of_completions_and_finalisations_happens_once() {
    let two = Two::start().await;
    for round in 0..effort(3, 20) {
        let session = two.users[0].session().await;
        let file = two.users[0].file(&session, "a").await;
        let etag = [two.users[0].upload(&session, &file, 1, "hello").await.expect(200).text("/etag")];
        let completed = join_all((0..AT_ONCE).map(|n| two.user(n).complete(&session, &file, &etag))).await;
        let urls: Vec<_> = completed.into_iter().map(|answer| answer.expect(200).text("/fileUrl")).collect();
        assert!(urls.windows(2).all(|pair| pair[0] == pair[1]));
        let finalized = join_all((0..AT_ONCE).map(|n| two.user(n).finalize(&session))).await;
        let times: Vec<_> = finalized.into_iter().map(|answer| answer.expect(200).text("/finalizedAt")).collect();
        assert!(times.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(events(&two.database, &session, "file_completed").await, 1, "round {round}");
        assert_eq!(events(&two.database, &session, "session_finalized").await, 1, "round {round}");
    }
}

/// How many events of a type are recorded of a session, wherever they are by now.
async fn events(database: &TestDatabase, session: &str, event_type: &str) -> i64 {
    let sql = "select count(*) from (select session_id, event_type from upload_session_outbox union all \
               select session_id, event_type from upload_session_analytics) e \
               where session_id = $1::text::uuid and event_type = $2";
    database.client().await.query_one(sql, &[&session, &event_type]).await.unwrap().get(0)
}

#[tokio::test]
async fn one_key_is_registered_once_and_one_idempotency_key_makes_one_session() {
    let two = Two::start().await;
    let session = two.users[0].session().await;
    let same = json!({ "key": "same", "size": 5 });
    let answers = join_all((0..AT_ONCE).map(|n| two.user(n).register(&session, &same))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");

    let body = json!({ "files": [{ "key": "a", "size": 5 }] });
    let create = |n: usize| {
        let user = two.user(n);
        user.send(user.request(Method::POST, SESSIONS).header("idempotency-key", "one").json(&body))
    };
    let created = join_all((0..AT_ONCE).map(create)).await;
    let mut ids: Vec<_> = created.into_iter().map(|answer| answer.expect(201).text("/sessionId")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_session_is_finalized_or_aborted_and_never_both() {
    let two = Two::start().await;
    for _ in 0..effort(5, 20) {
        let session = two.users[0].session().await;
        two.users[0].hello(&session, "a").await;
        let path = format!("{SESSIONS}/{session}");
        let (finalized, aborted) = tokio::join!(two.user(0).finalize(&session), two.user(1).delete(&path));
        let outcome = (finalized.status, aborted.status);
        assert!([(200, 409), (409, 204)].contains(&outcome), "{outcome:?}");
    }
}

#[tokio::test]
async fn parts_that_arrive_while_their_session_is_aborted_are_refused_and_leave_nothing() {
    let two = Two::start().await;
    for _ in 0..effort(30, 100) {
        let session = two.users[0].session().await;
        let file = two.users[0].file(&session, "a").await;
        let contents: Vec<String> = (0..16).map(|n| format!("{n:05}")).collect();
        let parts = join_all(
            contents.iter().enumerate().map(|(n, bytes)| two.user(n).upload(&session, &file, 1, bytes.clone())),
        );
        let path = format!("{SESSIONS}/{session}");
        let (parts, aborted) = tokio::join!(parts, two.users[1].delete(&path));
        aborted.expect(204);
        for part in parts {
            assert!([200, 409].contains(&part.status), "{} {}", part.status, part.body);
        }
        assert_eq!(stored(two.folder.path()), Vec::<PathBuf>::new());
    }
}

/// The parts below a folder.
fn stored(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let parts = paths.flat_map(|path| if path.is_dir() { stored(&path) } else { vec![path] });
    parts.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("part-")).collect()
}

#[tokio::test]
async fn parts_sent_at_once_leave_one_that_can_be_completed() {
    let two = Two::start().await;
    let session = two.users[0].session().await;
    let file = two.users[0].file(&session, "a").await;
    let contents = ["aaaaa", "bbbbb", "ccccc", "ddddd"];
    let send = |n: usize| two.user(n).upload(&session, &file, 1, contents[n % contents.len()]);
    for answer in join_all((0..AT_ONCE).map(send)).await {
        answer.expect(200);
    }
    let etag = two.users[0].read(&session).await.text("/files/0/parts/0/etag");
    let url = two.users[1].complete(&session, &file, &[etag]).await.expect(200).text("/fileUrl");
    let stored = std::fs::read_to_string(url.strip_prefix("file://").unwrap()).unwrap();
    assert!(contents.contains(&stored.as_str()), "{stored}");
}
