//! Something that hostile requests are sent to, and must not change.

use reqwest::Method;
use serde_json::Value;

use super::raw::Raw;
use super::world::{SESSIONS, User, World};

/// A world with a user, a session and a file in it, and what it was like before.
pub struct Scene {
    pub world: World,
    pub ada: User,
    pub session: String,
    pub file: String,
    pub before: String,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::with(&[("BODY_TIMEOUT_SECONDS", "1")]).await;
        let ada = world.user("ada");
        let session = ada.session().await;
        let file = ada.file(&session, "here").await;
        let before = world.state().await;
        Self { world, ada, session, file, before }
    }

    /// Every path that takes a JSON body.
    pub fn json_paths(&self) -> [String; 3] {
        let Self { session, file, .. } = self;
        [
            SESSIONS.to_owned(),
            format!("{SESSIONS}/{session}/files"),
            format!("{SESSIONS}/{session}/files/{file}/complete"),
        ]
    }

    /// Posts text as JSON and expects to be refused.
    pub async fn refused(&self, path: &str, body: impl Into<String>) {
        let body = body.into();
        let excerpt: String = body.chars().take(80).collect();
        let request = self.ada.request(Method::POST, path).header("content-type", "application/json").body(body);
        let answer = self.ada.send(request).await;
        assert!((400..500).contains(&answer.status), "{path} {excerpt}: {} {:#}", answer.status, answer.body);
        answer.assert_error_shape();
    }

    /// Sends bytes on a connection of its own and expects to be refused with one of these statuses.
    pub async fn refused_raw(&self, name: &str, statuses: &[u16], request: impl AsRef<[u8]>) {
        let mut raw = Raw::connect(&self.world.base).await;
        raw.send(request).await;
        let (status, text) = raw.answer().await;
        assert!(statuses.contains(&status), "{name}: {text}");
    }

    /// The head of a request with a token, without the empty line that ends it.
    pub fn head(&self, method: &str, path: &str) -> String {
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n", self.ada.token())
    }

    /// A path template with what this scene has.
    pub fn path(&self, template: &str) -> String {
        let path = template.replace("{sessionId}", &self.session).replace("{fileId}", &self.file);
        path.replace("{partNumber}", "1")
    }

    pub fn part_path(&self) -> String {
        format!("{SESSIONS}/{}/files/{}/parts/1", self.session, self.file)
    }

    pub async fn unchanged(self) {
        assert_eq!(self.world.state().await, self.before);
        self.ada.upload(&self.session, &self.file, 1, "hello").await.expect(200);
        self.world.close().await;
    }

    /// Every operation of the contract, as a method and a path.
    pub fn every_operation(&self) -> Vec<(Method, String)> {
        let document: Value = serde_json::from_str(upload_server::http::DOCUMENT).unwrap();
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let path = self.path(path);
            for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
                operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
        assert_eq!(operations.len(), 8);
        operations
    }
}
