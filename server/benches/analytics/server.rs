//! A server in a process of its own, with or without events: this program itself, so that nothing else differs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use upload_server::{auth, config, server};

use super::shared::{self, load::Connection};

const SECRET: &str = "the secret of the benchmark, of nothing else";
/// An administrator, who uploads as well.
pub const USER: &str = "user-7";

/// A server process on a database.
pub struct Server {
    process: Child,
    pub address: String,
    pub token: String,
}

impl Server {
    pub fn start(url: &str, folder: &Path, events: bool) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["serve", if events { "with-events" } else { "without-events" }])
            .env_clear()
            .envs([("DATABASE_URL", url), ("JWT_SECRET", SECRET)])
            .envs([("BIND", "127.0.0.1:0"), ("DATABASE_TIMEOUT_MS", "60000")])
            .env("DATA_DIR", folder.join("server"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = shared::address(&mut process);
        let settings = config::load(None, &|name| (name == "JWT_SECRET").then(|| SECRET.into()), Default::default());
        let token = auth::issue(&settings.unwrap(), USER, true, Duration::from_secs(86_400)).unwrap();
        Self { process, address, token }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How many events of this server are on their way to the analytics, and of others those that wait in the outbox.
    pub async fn waiting(&self) -> i64 {
        let mut connection = Connection::open(&self.address).await;
        assert_eq!(connection.ask(self.request("GET", "/metrics", "").as_bytes(), &[]).await, 200);
        let told = connection.last();
        let line = told.lines().find_map(|line| line.strip_prefix("outbox_events "));
        line.and_then(|waiting| waiting.parse().ok()).expect("the metrics tell")
    }

    /// A request as it goes over the wire.
    pub fn request(&self, method: &str, path: &str, body: &str) -> String {
        let (token, length) = (&self.token, body.len());
        format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the process of a server does.
pub fn serve(events: bool) {
    let settings = config::load(None, &|name| std::env::var_os(name), Default::default()).unwrap();
    server::runtime(&settings).unwrap().block_on(async {
        let server = match events {
            true => server::Server::start(&settings).await.unwrap(),
            false => server::Server::start_without_events(&settings).await.unwrap(),
        };
        println!("listening on {}", server.address());
        server.run(std::future::pending()).await.unwrap();
    });
}
