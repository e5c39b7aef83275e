//! Sessions to test with.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::{sleep, timeout};
use upload_server::{
    domain::{
        FileId, SessionId, Sha256, UserId,
        extension::{ExtensionPolicy, ExtensionWindow},
        model::{FileDeclaration, FileRegistered, IdempotencyKey, Part},
        ports::{FileAddress, NewFile, NewSession, SessionAddress, SessionStore, UploadToken, Whole},
    },
    postgres::{Database, PgSessions},
};

use crate::database::TestDatabase;

pub const USER: &str = "dev-user-1";

/// Waits until something holds, and fails when it does not happen.
pub async fn eventually(holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), waiting).await.expect("it happens");
}

/// A store, a user and a moment that the test decides.
pub struct World {
    pub database: TestDatabase,
    /// The same database, as another process has it.
    pub other: Database,
    pub store: Arc<PgSessions>,
    pub now: DateTime<Utc>,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store = Arc::new(database.database.sessions());
        let other = database.another();
        Self { database, other, store, now: Utc::now().trunc_subsecs(6) }
    }

    pub fn window(&self) -> ExtensionWindow {
        ExtensionPolicy::default().at(self.now)
    }

    pub fn new_session(&self, files: Vec<FileDeclaration>) -> NewSession {
        NewSession {
            id: SessionId::generate(),
            owner: user(USER),
            files,
            allow_duplicates: false,
            part_size_bytes: 5_242_880,
            now: self.now,
            expires_at: self.now + TimeDelta::minutes(30),
            idempotency: None,
        }
    }

    pub fn new_file(&self, session: &SessionAddress, key: &str) -> NewFile {
        NewFile {
            address: FileAddress { owner: session.owner.clone(), session: session.session, file: FileId::generate() },
            declaration: file(key, 5),
            window: self.window(),
            idempotency: None,
        }
    }

    /// An active session of the user that ends in this many minutes.
    pub async fn session_ending_in(&self, minutes: i64) -> SessionAddress {
        let new = NewSession {
            now: self.now - TimeDelta::minutes(30 - minutes),
            expires_at: self.now + TimeDelta::minutes(minutes),
            ..self.new_session(vec![file("declared", 5)])
        };
        let created = self.store.create_session(&new).await.unwrap();
        SessionAddress { owner: new.owner, session: created.session }
    }

    pub async fn session(&self) -> SessionAddress {
        self.session_ending_in(30).await
    }

    pub async fn register(&self, session: &SessionAddress, key: &str) -> (FileAddress, FileRegistered) {
        let new = self.new_file(session, key);
        let registered = self.store.register_file(&new).await.unwrap();
        (new.address, registered)
    }

    /// A file with its only part stored.
    pub async fn file_with_part(&self, session: &SessionAddress, key: &str) -> FileAddress {
        let (address, _) = self.register(session, key).await;
        self.store.claim_upload(address.file, &token()).await.unwrap();
        self.store.record_part(&address, &token(), &part(1), self.window()).await.unwrap();
        address
    }

    pub async fn completed_file(&self, session: &SessionAddress, key: &str) -> FileAddress {
        let address = self.file_with_part(session, key).await;
        self.store.complete_file(&address, &whole(&format!("file:///{key}")), self.window()).await.unwrap().unwrap();
        address
    }

    /// How many events of a type a session has, in the analytics or on their way there.
    pub async fn events(&self, session: &SessionAddress, event_type: &str) -> i64 {
        self.record().await;
        self.count(
            "select (select count(*) from upload_session_outbox where session_id = $1 and event_type = $2)
                + (select count(*) from upload_session_analytics where session_id = $1 and event_type = $2)",
            &[&session.session.0, &event_type],
        )
        .await
    }

    /// Records the events of new rows that wait in both processes, and answers how many there were.
    pub async fn record(&self) -> usize {
        let mut recorded = 0;
        for database in [&self.database.database, &self.other] {
            recorded += database.recorder().record(1_000_000).await.unwrap();
        }
        recorded
    }

    pub async fn count(&self, sql: &str, params: &[&(dyn tokio_postgres::types::ToSql + Sync)]) -> i64 {
        self.database.client().await.query_one(sql, params).await.unwrap().get(0)
    }
}

pub fn user(name: &str) -> UserId {
    UserId(name.to_owned())
}

pub fn file(key: &str, size: i64) -> FileDeclaration {
    FileDeclaration { key: key.to_owned(), size, hash: None, content_type: None }
}

pub fn hashed(key: &str, size: i64, digit: char) -> FileDeclaration {
    FileDeclaration { hash: Some(hash(digit)), ..file(key, size) }
}

pub fn hash(digit: char) -> Sha256 {
    Sha256(digit.to_string().repeat(64))
}

pub fn promise(key: &str, request: u8) -> Option<IdempotencyKey> {
    Some(IdempotencyKey { key: key.to_owned(), request: [request; 32] })
}

pub fn token() -> UploadToken {
    UploadToken("place".to_owned())
}

pub fn part(number: i32) -> Part {
    Part { number, etag: format!("etag-{number}"), size: 5 }
}

/// What a file with its only part becomes.
pub fn whole(url: &str) -> Whole<'_> {
    static PARTS: LazyLock<[Part; 1]> = LazyLock::new(|| [part(1)]);
    Whole { parts: &*PARTS, url }
}

/// Makes calls at once and waits for all of them.
pub async fn many<T, F>(calls: usize, call: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..calls).map(|number| tokio::spawn(call(number))).collect();
    futures::future::join_all(tasks).await.into_iter().map(|joined| joined.unwrap()).collect()
}

/// Leaves the processor to what is being waited for, before the next look.
pub async fn breathe() {
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
}
