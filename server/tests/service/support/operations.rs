//! One request of every operation, each of which would succeed.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::world::{SESSIONS, User};

/// Somebody with a session that has a file with its only part, and with another session.
pub struct Fixture {
    pub user: User,
    pub admin: User,
    pub session: String,
    pub file: String,
    pub etag: String,
    /// A session with a completed file, or none at all.
    pub other_session: String,
}

impl Fixture {
    /// Makes the sessions and the file.
    pub async fn make(user: User, admin: User) -> Self {
        let (session, other_session) = (user.session().await, user.session().await);
        let file = user.file(&session, "here").await;
        let etag = user.upload(&session, &file, 1, "hello").await.expect(200).text("/etag");
        Self { user, admin, session, file, etag, other_session }
    }

    /// The operations by name; finalizeSession meets an open file, and abortSession comes after all that need the session.
    pub fn every_operation(&self) -> [(&'static str, RequestBuilder); 8] {
        let session = format!("{SESSIONS}/{}", self.session);
        let file = format!("{session}/files/{}", self.file);
        let post = |path: &str, body: Value| self.user.request(Method::POST, path).json(&body);
        let part = self.user.request(Method::PUT, &format!("{file}/parts/1"));
        let parts = json!({ "parts": [{ "partNumber": 1, "etag": self.etag }] });
        [
            ("createSession", post(SESSIONS, json!({ "files": [{ "key": "a", "size": 5 }] }))),
            ("getSession", self.user.request(Method::GET, &session)),
            ("registerFile", post(&format!("{session}/files"), json!({ "key": "new", "size": 5 }))),
            ("uploadPart", part.header("content-type", "application/octet-stream").body("hello")),
            ("completeFile", post(&format!("{file}/complete"), parts)),
            ("finalizeSession", self.user.request(Method::POST, &format!("{session}/finalize"))),
            ("getAnalytics", self.admin.request(Method::GET, &format!("{SESSIONS}/analytics"))),
            ("abortSession", self.user.request(Method::DELETE, &session)),
        ]
    }

    /// One of them.
    pub fn operation(&self, wanted: &str) -> RequestBuilder {
        self.every_operation().into_iter().find(|(name, _)| *name == wanted).expect("an operation").1
    }

    /// Finalizes the other session.
    pub fn finalize_other(&self) -> RequestBuilder {
        self.user.request(Method::POST, &format!("{SESSIONS}/{}/finalize", self.other_session))
    }
}
