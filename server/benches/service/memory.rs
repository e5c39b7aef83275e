//! The memory of the server after a million sessions were created.

use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;

use super::report::Report;
use super::requests::{Question, Server};
use super::shared::load::Connection;
use super::shared::{CONNECTIONS, machine};
use super::{Effort, database};

const CALLS: usize = 1_000_000;

/// Creates the sessions in a database of its own, which is removed afterwards.
pub async fn measure(folder: &Path, effort: &Effort, report: &mut Report) {
    let folder = folder.join("memory");
    let (postgres, _database) = database::open(&folder, &Effort { files: 0, ..*effort }).await;
    let server = Arc::new(Server::start(&postgres.url(), &folder));
    let before = machine::memory_mib(server.id(), "VmRSS");
    let tasks = (0..CONNECTIONS).map(|_| tokio::spawn(create_sessions(Arc::clone(&server))));
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    let (now, most) = (machine::memory_mib(server.id(), "VmRSS"), machine::memory_mib(server.id(), "VmHWM"));
    report.add(
        "memory of the server after a million createSession",
        format!("{now:.0} MiB ({before:.0} MiB before, {most:.0} MiB at most)"),
        "≤ 32 MiB",
    );
    drop(server);
    postgres.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn create_sessions(server: Arc<Server>) {
    let mut connection = Connection::open(&server.address).await;
    for _ in 0..CALLS / CONNECTIONS {
        let status = connection.ask(Question::Create.request(&server, "").as_bytes(), &[]).await;
        assert_eq!(status, 201, "{}", connection.last());
    }
}
