//! More at once than the operating system gives file descriptors for.

use std::process::Command;

use futures::future::join_all;
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::process::{Process, program};
use crate::support::raw::Raw;
use crate::support::world::SESSIONS;
use crate::support::{PATIENT, SECRET, eventually};

const AT_ONCE: usize = 100;

/// The program under a limit that it cannot raise, and that is below what the test does at once.
fn limited() -> Command {
    let program = program();
    let mut shell = Command::new("sh");
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", r#"ulimit -n 64 && exec "$0" "$@""#]).arg(program.get_program());
    shell
}

#[tokio::test]
async fn parts_for_which_no_file_can_be_opened_are_503_and_can_be_sent_again() {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = limited();
    command.envs([("DATABASE_URL", database.url.as_str()), ("JWT_SECRET", SECRET), PATIENT]);
    let server = Process::spawn(command, folder.path().into());
    let ada = server.user("ada");
    let session = ada.session().await;
    let files: Vec<_> = (0..AT_ONCE).map(|n| json!({ "key": format!("file {n}"), "size": 5 })).collect();
    let mut ids = Vec::new();
    for file in &files {
        ids.push(ada.register(&session, file).await.expect(201).text("/fileId"));
    }

    let (server, ada) = (&server, &ada);
    let begin = |file: &String| {
        let path = format!("{SESSIONS}/{session}/files/{file}/parts/1");
        async move {
            let mut raw = Raw::connect(&server.base).await;
            let headers = "Content-Type: application/octet-stream\r\nContent-Length: 5\r\nConnection: close";
            let token = ada.token();
            raw.send(format!("PUT {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{headers}\r\n\r\nhe"))
                .await;
            raw
        }
    };
    let begun = join_all(ids.iter().map(begin)).await;
    eventually(|| async { server.log().contains("Too many open files").then_some(()) }).await;
    // No asynchronous closures: with those, mapped, the compiler (1.95) may fail when it compiles these tests again.
    let finish = |mut raw: Raw| async move {
        raw.send("llo").await;
        raw.answer().await
    };
    for (status, text) in join_all(begun.into_iter().map(finish)).await {
        let text = text.to_ascii_lowercase();
        let unavailable =
            status == 503 && text.contains(r#""code":"unavailable""#) && text.contains("\r\nretry-after: ");
        assert!(status == 200 || unavailable, "{text}");
    }

    for file in &ids {
        let etag = eventually(|| async {
            let answer = ada.upload(&session, file, 1, "hello").await;
            assert!([200, 503].contains(&answer.status), "{:#}", answer.body);
            (answer.status == 200).then(|| answer.text("/etag"))
        })
        .await;
        ada.complete(&session, file, &[etag]).await.expect(200);
    }
    let scratch = walk(&folder.path().join("scratch"));
    assert!(scratch.iter().all(|path| path.ends_with(".lock")), "unfinished files stay: {scratch:?}");
}

/// The paths of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] };
    entries.flat_map(below).collect()
}
