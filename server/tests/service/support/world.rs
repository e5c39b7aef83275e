//! A server in this process, with its own database, its own folder, and a clock that tests set.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use upload_server::auth;
use upload_server::config::{self, Settings};
use upload_server::domain::ports::Clock;
use upload_server::server::Server;

use super::answer::Answer;
use super::database::TestDatabase;
use super::{PATIENT, SECRET};

/// Where sessions live.
pub const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// A clock that stands still unless it is told to go on.
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

impl TestClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Utc::now().trunc_subsecs(0).timestamp_micros())))
    }

    /// Lets time pass.
    pub fn advance(&self, time: TimeDelta) {
        self.0.fetch_add(time.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

/// A server and all it needs.
pub struct World {
    /// Its database.
    pub database: TestDatabase,
    /// Its time.
    pub clock: Arc<TestClock>,
    /// Its folder.
    pub data_dir: tempfile::TempDir,
    /// Its address.
    pub base: String,
    /// Its settings.
    pub settings: Settings,
    server: Server,
    client: reqwest::Client,
}

impl World {
    /// A server with the usual settings.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A server with some settings, by the names of their variables.
    pub async fn with(environment: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new().await;
        let data_dir = tempfile::tempdir().unwrap();
        let mut all = BTreeMap::from([
            ("BIND", "127.0.0.1:0".to_owned()),
            ("DATABASE_URL", database.url.clone()),
            ("DATA_DIR", data_dir.path().display().to_string()),
            ("JWT_SECRET", SECRET.to_owned()),
            ("DATABASE_CONNECTIONS", "8".to_owned()),
            (PATIENT.0, PATIENT.1.to_owned()),
        ]);
        all.extend(environment.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let settings = config::load(None, &|name| all.get(name).map(Into::into), BTreeMap::new()).unwrap();
        let clock = TestClock::new();
        let server = Server::start_at(&settings, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let base = format!("http://{}", server.address());
        Self { database, clock, data_dir, base, settings, server, client: reqwest::Client::new() }
    }

    /// Stops the server.
    pub async fn close(self) {
        drop(self.client);
        self.server.close().await.unwrap();
    }

    /// A client for a user.
    pub fn user(&self, name: &str) -> User {
        self.client_of(name, false)
    }

    /// A client for an administrator.
    pub fn admin(&self) -> User {
        self.client_of("administrator", true)
    }

    fn client_of(&self, name: &str, admin: bool) -> User {
        let token = auth::issue(&self.settings, name, admin, Duration::from_secs(3600)).unwrap();
        User::new(self.base.clone(), token, self.client.clone())
    }

    /// Everything that the database holds of sessions, to be compared with what it holds later.
    pub async fn state(&self) -> String {
        let connection = self.database.client().await;
        let mut state = String::new();
        for table in ["upload_sessions", "upload_session_files", "upload_session_parts"] {
            // Where the bytes of a file would go is decided before they come, and tells nobody anything.
            let row = "(to_jsonb(t) - 'upload_token')::text";
            let sql = format!("select coalesce(string_agg({row}, E'\\n' order by {row}), '') from {table} t");
            state.push_str(connection.query_one(&sql, &[]).await.unwrap().get(0));
            state.push('\n');
        }
        state
    }
}

/// Somebody with a token.
#[derive(Clone)]
pub struct User {
    base: String,
    token: String,
    client: reqwest::Client,
}

impl User {
    /// Somebody with this token, at this server.
    pub fn new(base: String, token: String, client: reqwest::Client) -> Self {
        Self { base, token, client }
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A request, to be completed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    /// Sends a request to a server that may be gone.
    pub async fn try_send(&self, request: RequestBuilder) -> Option<Answer> {
        match request.send().await {
            Ok(response) => Answer::try_read(response).await,
            Err(_) => None,
        }
    }

    /// Posts to a server that may be gone.
    pub async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.try_send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// createSession.
    pub async fn create(&self, files: Value) -> Answer {
        self.post(SESSIONS, &json!({ "files": files })).await
    }

    /// A new session; its id.
    pub async fn session(&self) -> String {
        self.create(json!([{ "key": "any", "size": 5 }])).await.expect(201).text("/sessionId")
    }

    /// getSession.
    pub async fn read(&self, session: &str) -> Answer {
        self.get(&format!("{SESSIONS}/{session}")).await
    }

    /// registerFile.
    pub async fn register(&self, session: &str, file: &Value) -> Answer {
        self.post(&format!("{SESSIONS}/{session}/files"), file).await
    }

    /// A new file of five bytes; its id.
    pub async fn file(&self, session: &str, key: &str) -> String {
        self.register(session, &json!({ "key": key, "size": 5 })).await.expect(201).text("/fileId")
    }

    /// uploadPart.
    pub async fn upload(&self, session: &str, file: &str, number: i32, bytes: impl Into<reqwest::Body>) -> Answer {
        let path = format!("{SESSIONS}/{session}/files/{file}/parts/{number}");
        let request = self.request(Method::PUT, &path).header("content-type", "application/octet-stream");
        self.send(request.body(bytes)).await
    }

    /// completeFile, with parts 1 to n.
    pub async fn complete(&self, session: &str, file: &str, etags: &[String]) -> Answer {
        let parts: Vec<_> =
            etags.iter().zip(1..).map(|(etag, number)| json!({ "partNumber": number, "etag": etag })).collect();
        self.post(&format!("{SESSIONS}/{session}/files/{file}/complete"), &json!({ "parts": parts })).await
    }

    /// finalizeSession.
    pub async fn finalize(&self, session: &str) -> Answer {
        self.send(self.request(Method::POST, &format!("{SESSIONS}/{session}/finalize"))).await
    }

    /// A file of five bytes from its registration to its completion; its id.
    pub async fn hello(&self, session: &str, key: &str) -> String {
        let file = self.file(session, key).await;
        let etag = self.upload(session, &file, 1, "hello").await.expect(200).text("/etag");
        self.complete(session, &file, &[etag]).await.expect(200);
        file
    }
}
