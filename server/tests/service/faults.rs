//! What is our own fault: 500 in the shape of all errors, without a word of what is inside.

use std::fs;
use std::path::PathBuf;

use crate::support::PATIENT;
use crate::support::answer::Answer;
use crate::support::database::TestDatabase;
use crate::support::eventually;
use crate::support::operations::Fixture;
use crate::support::process::Process;

/// A server whose account at the database may be forbidden things.
struct Restricted {
    database: TestDatabase,
    account: String,
    server: Process,
    fixture: Fixture,
}

impl Restricted {
    async fn start() -> Self {
        let database = TestDatabase::new().await;
        let account = format!("account_{}", uuid::Uuid::new_v4().simple());
        let client = database.client().await;
        let grants = format!(
            "create role {account} login; grant all on schema public to {account};
             grant all on all tables in schema public to {account}"
        );
        client.batch_execute(&grants).await.unwrap();
        let url = database.url.replace("user=postgres", &format!("user={account}"));
        assert_ne!(url, database.url);
        let server = Process::start(&url, &[PATIENT]);
        let fixture = Fixture::make(server.user("ada"), server.admin()).await;
        Self { database, account, server, fixture }
    }

    async fn execute(&self, sql: &str) {
        self.database.client().await.batch_execute(&sql.replace("{account}", &self.account)).await.unwrap();
    }

    /// A 500 that tells the client nothing and the log everything.
    async fn fails(&self, name: &str, request: reqwest::RequestBuilder, cause: &str) {
        let answer = self.fixture.user.send(request).await;
        assert_eq!((name, answer.status), (name, 500), "{:#}", answer.body);
        tells_nothing(answer, cause, &self.server).await;
    }

    async fn end(self) {
        self.execute("drop owned by {account}; drop role {account}").await;
    }
}

async fn tells_nothing(answer: Answer, cause: &str, server: &Process) {
    let answer = answer.expect_error(500, "INTERNAL_ERROR");
    assert_eq!(answer.body["message"], "the server met an unexpected failure");
    assert_eq!(answer.body.as_object().unwrap().len(), 3, "{:#}", answer.body);
    let id = answer.text("/requestId");
    let logged = |log: String| log.lines().any(|line| line.contains(&id) && line.contains(cause)).then_some(());
    eventually(|| async { logged(server.log()) }).await;
}

#[tokio::test]
async fn what_the_database_forbids_is_500_for_every_operation() {
    let world = Restricted::start().await;
    world.execute("revoke all on all tables in schema public from {account}").await;
    for (name, request) in world.fixture.every_operation() {
        world.fails(name, request, "permission denied").await;
    }
    world.execute("grant all on all tables in schema public to {account}").await;
    for (name, request) in world.fixture.every_operation() {
        let answer = world.fixture.user.send(request).await;
        assert!(answer.status < 500, "{name} goes on when that is mended: {:#}", answer.body);
    }
    world.end().await;
}

#[tokio::test]
async fn what_the_database_refuses_to_store_is_500_for_every_change() {
    let world = Restricted::start().await;
    world.fixture.user.hello(&world.fixture.other_session, "whole").await;
    // Constraints that no version of the service knows.
    for table in ["upload_sessions", "upload_session_files", "upload_session_parts"] {
        world.execute(&format!("alter table {table} add constraint unknown check (false) not valid")).await;
    }
    for (name, request) in world.fixture.every_operation() {
        match name {
            "getSession" | "getAnalytics" => drop(world.fixture.user.send(request).await.expect(200)),
            "finalizeSession" => {}
            name => world.fails(name, request, "unknown").await,
        }
    }
    world.fails("finalizeSession", world.fixture.finalize_other(), "unknown").await;
    world.end().await;
}

#[tokio::test]
async fn tables_that_are_not_there_yet_are_a_reason_to_come_again() {
    let world = Restricted::start().await;
    world.execute("alter table upload_sessions rename to elsewhere").await;
    for (name, request) in world.fixture.every_operation() {
        let answer = world.fixture.user.send(request).await;
        assert_eq!((name, answer.status), (name, 503), "{:#}", answer.body);
        answer.expect_error(503, "UNAVAILABLE");
    }
    world.execute("alter table elsewhere rename to upload_sessions").await;
    world.fixture.user.read(&world.fixture.session).await.expect(200);
    world.end().await;
}

/// A server whose folder can be spoilt.
struct Spoilt {
    server: Process,
    fixture: Fixture,
    folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl Spoilt {
    async fn start() -> Self {
        let (database, folder) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
        let server = Process::in_folder(folder.path().into(), &database.url, &[PATIENT]);
        let fixture = Fixture::make(server.user("ada"), server.admin()).await;
        Self { server, fixture, folder, _database: database }
    }

    /// Puts a file where a folder is, and answers where the folder is now.
    fn spoil(&self, name: &str) -> (PathBuf, PathBuf) {
        let (path, aside) = (self.folder.path().join(name), self.folder.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        fs::write(&path, "no folder").unwrap();
        (path, aside)
    }

    fn mend(&self, (path, aside): (PathBuf, PathBuf)) {
        fs::remove_file(&path).unwrap();
        fs::rename(aside, path).unwrap();
    }

    async fn send(&self, name: &str) -> Answer {
        self.fixture.user.send(self.fixture.operation(name)).await
    }
}

#[tokio::test]
async fn bytes_that_cannot_be_stored_are_500_and_stored_when_that_is_mended() {
    let world = Spoilt::start().await;
    for (folder, names) in [("objects", ["uploadPart", "completeFile"]), ("scratch", ["uploadPart", "completeFile"])] {
        let spoilt = world.spoil(folder);
        for name in names {
            let answer = world.send(name).await;
            assert_eq!((folder, name, answer.status), (folder, name, 500), "{:#}", answer.body);
            tells_nothing(answer, "directory", &world.server).await;
        }
        world.mend(spoilt);
    }
    world.send("uploadPart").await.expect(200);
    world.send("completeFile").await.expect(200);
}

#[tokio::test]
async fn folders_that_were_removed_are_made_again() {
    let world = Spoilt::start().await;
    for folder in ["objects", "scratch"] {
        fs::remove_dir_all(world.folder.path().join(folder)).unwrap();
    }
    world.send("completeFile").await.expect_violation("parts[0]");
    world.send("uploadPart").await.expect(200);
    world.send("completeFile").await.expect(200);
}
