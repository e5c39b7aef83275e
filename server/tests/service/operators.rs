//! What those who run the service see and do.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Output;

use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::process::{Process, program};
use crate::support::world::{SESSIONS, World};
use crate::support::{PATIENT, SECRET, eventually, skipped};

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    program().args(arguments).envs(environment.iter().copied()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn all_configuration_mistakes_are_reported_at_once_at_the_start() {
    let output = run(&["--bind", "nowhere", "--log-format", "xml"], &[("JWT_SECRET", "short")]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(errors.contains("--bind") && errors.contains("--log-format"), "{errors}");
    let output = run(&["--bind", "0.0.0.0:3000"], &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("loopback"));
}

/// As root, where the kernel allows no user namespaces or `unshare` is not installed: the account `postgres` or `nobody`
/// runs the database.
#[tokio::test]
async fn root_without_user_namespaces_starts_a_database_as_another_account() {
    let installed = std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    if !rustix::process::geteuid().is_root() || !installed {
        skipped("only root, and only an installed PostgreSQL, shows how the database runs as another account");
        return;
    }
    let folder = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let mut command = program();
    command.env("PATH", folder.path());
    let mut server = Process::spawn(command, folder.path().join("data"));
    let user = server.developer();
    let session = user.session().await;
    user.hello(&session, "a").await;
    let database = folder.path().join("data/postgres/data");
    assert_ne!(std::fs::metadata(&database).unwrap().uid(), 0);
    let secret = std::fs::metadata(folder.path().join("data/development-jwt-secret")).unwrap();
    assert_eq!((secret.uid(), secret.mode() & 0o777), (0, 0o600));
    server.signal(Signal::TERM);
    assert!(server.wait());
    assert!(!database.join("postmaster.pid").exists());
}

#[test]
fn effective_settings_are_shown_without_secrets() {
    let environment = [
        ("JWT_SECRET", SECRET),
        ("DATABASE_URL", "postgres://ada:hunter2@localhost/x"),
        ("SESSION_TTL_MINUTES", "45"),
        ("JWKS", "https://ada:hunter2@issuer.example/keys?token=hunter2"),
        ("OBJECT_STORE_URL", "s3://bucket/prefix"),
        ("AWS_ENDPOINT", "https://ada:hunter2@store.example/"),
    ];
    let shown = stdout(&run(&["config"], &environment));
    for line in [
        "session_ttl_minutes = 45",
        "jwt_secret = <redacted>",
        "jwks = https://<redacted>@issuer.example/keys?<redacted>",
        "object_store_url = s3://bucket/prefix",
        "aws_endpoint = https://<redacted>@store.example/",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no `{line}` in:\n{shown}");
    }
    assert!(!shown.contains(SECRET) && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_document_is_printed() {
    let document: Value = serde_json::from_str(&stdout(&run(&["openapi"], &[]))).unwrap();
    assert_eq!(document["openapi"], "3.0.3");
}

#[test]
fn a_port_that_is_taken_is_said_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let environment = [("JWT_SECRET", SECRET), ("DATABASE_URL", "host=/nowhere"), ("DATA_DIR", data_dir)];
    let output = run(&["--bind", &address], &environment);
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains(&address));
}

#[test]
fn what_would_change_how_parts_are_sent_to_a_bucket_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = "a2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMuLi4uLi4uLi4=";
    for (name, value) in [
        ("AWS_SKIP_SIGNATURE", "true"),
        ("AWS_REQUEST_PAYER", "1"),
        ("AWS_S3_EXPRESS", "true"),
        ("AWS_CHECKSUM_ALGORITHM", "sha256"),
        ("AWS_SSE_CUSTOMER_KEY_BASE64", key),
    ] {
        let output = run(
            &["--bind", "127.0.0.1:0", "--data-dir", folder.path().to_str().unwrap()],
            &[("OBJECT_STORE_URL", "s3://bucket"), (name, value)],
        );
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(name) && !errors.contains(key), "{errors}");
    }
    assert!(!folder.path().join("postgres").exists(), "refused before a database is started");
}

#[test]
fn a_server_that_cannot_listen_leaves_no_database_running() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--bind", &address, "--data-dir", folder.path().to_str().unwrap()], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&address));
    let database = folder.path().join("postgres/data");
    assert!(database.join("PG_VERSION").exists());
    assert!(!database.join("postmaster.pid").exists());
}

/// Whether a process has arranged to be told of a signal, as Linux says.
#[cfg(target_os = "linux")]
fn catches(process: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << (signal.as_raw() - 1)) != 0
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_is_asked_to_stop_while_it_starts_does_so() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("postgres");
    std::fs::create_dir(&database).unwrap();
    // As if another process were fetching or starting the database.
    let turn = std::fs::File::create(database.join("turn.lock")).unwrap();
    turn.lock().unwrap();
    let mut command = tokio::process::Command::from(program());
    command.args(["--bind", "127.0.0.1:0", "--data-dir"]).arg(folder.path()).kill_on_drop(true);
    let mut server = command.spawn().unwrap();
    let id = server.id().unwrap();
    eventually(|| async { catches(id, Signal::INT).then_some(()) }).await;
    let process = rustix::process::Pid::from_raw(id.try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, Signal::TERM).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), server.wait()).await;
    assert!(ended.expect("the server stops").unwrap().success());
    assert!(!database.join("data").exists());
}

#[tokio::test]
async fn a_printed_token_works() {
    let database = TestDatabase::new().await;
    let server = Process::start(&database.url, &[PATIENT]);
    for (arguments, status) in [(vec!["--admin"], 200), (vec![], 403)] {
        let arguments = [vec!["token", "--user", "ada", "--ttl", "5"], arguments].concat();
        let token = stdout(&run(&arguments, &[("JWT_SECRET", SECRET)]));
        let url = format!("{}{SESSIONS}/analytics", server.base);
        let answer = reqwest::Client::new().get(url).bearer_auth(token.trim()).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn example_data_can_be_put_in_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    for _ in 0..2 {
        stdout(&run(&["seed", "--data-dir", data_dir], &[]));
    }
    stdout(&run(&["migrate", "--data-dir", data_dir], &[]));
    let mut server = Process::spawn(program(), folder.path().into());
    let user = server.developer();
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let file = json!({ "key": "test-duplicate.pdf", "size": 5_000_000, "hash": hash });
    let duplicate = user.create(json!([file])).await.expect_error(409, "DUPLICATE_FILE");
    assert_eq!(duplicate.text("/duplicates/0/existingUrl"), "s3://bucket/test-duplicate.pdf");
    let late =
        user.register("99999999-9999-4999-8999-999999999999", &json!({ "key": "last-minute.jpg", "size": 5 })).await;
    assert_eq!(late.expect(201).body["sessionExtended"], true);
    server.signal(Signal::TERM);
    assert!(server.wait());
}

/// Whoever runs the tests may have them ignore that the terminal is closed; programs that they start do so then, too.
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"))
        .any(|mask| mask.trim().ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']))
}

#[tokio::test]
async fn closing_the_terminal_stops_the_server_and_its_database() {
    if hangups_are_ignored() {
        skipped("what is started here does not notice that a terminal is closed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::spawn(program(), folder.path().into());
    let of_the_database = folder.path().join("postgres/data/postmaster.pid");
    assert!(of_the_database.exists());
    server.signal(Signal::HUP);
    assert!(server.wait());
    assert!(!of_the_database.exists());
}

#[tokio::test]
async fn operators_can_ask_the_database_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    stdout(&run(&["seed", "--data-dir", data_dir], &[]));
    let ask = |statements: &[&str]| run(&[&["sql", "--data-dir", data_dir], statements].concat(), &[]);
    let files =
        "select file_key, file_size_bytes, upload_token from upload_session_files where file_size_bytes > 1000000";
    let table = "file_key           | file_size_bytes | upload_token\n-------------------+-----------------+-------------\n\
                 test-duplicate.pdf | 5000000         | null\n(1 row)\n";
    assert_eq!(stdout(&ask(&[files])), table);
    assert_eq!(stdout(&ask(&["set local enable_seqscan = off", files, files])), format!("{table}\n{table}"));
    let delete = "delete from upload_session_files";
    let within = |way: &str| format!("{way} {delete}");
    for (forbidden, why) in [
        (vec![delete], "cannot execute DELETE in a read-only transaction"),
        (vec!["commit", delete], "has ended the transaction"),
        (vec!["commit and chain", delete], "has ended the transaction"),
        (vec!["set transaction read write", delete], "cannot set transaction read-write mode"),
        (vec!["set local transaction_read_only = off", delete], "cannot set transaction read-write mode"),
        (vec![&within("commit; begin read write;")], "cannot insert multiple commands"),
        (vec![&format!("do $$ begin commit; {delete}; end $$")], "invalid transaction termination"),
        (vec!["copy (select 1) to program 'true'"], "COPY finds no rows"),
    ] {
        let refused = ask(&forbidden);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(why) && !said.contains("the service"), "{forbidden:?}: {said}");
    }
    assert_eq!(stdout(&ask(&[files])), table);
}

#[tokio::test]
async fn the_sums_of_the_analytics_can_be_checked_and_made_anew() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let old =
        "insert into upload_sessions (user_id, created_at, expires_at) values ('ada', '2026-01-02T03:04:05Z', now())";
    client.batch_execute(old).await.unwrap();
    let analytics = |what: &str| run(&["analytics", what], &[("JWT_SECRET", SECRET), ("DATABASE_URL", &database.url)]);
    assert_eq!(stdout(&analytics("check")), "0 sums are right\n");
    assert_eq!(stdout(&analytics("rebuild")), "2 hours and days are summed up\n");
    client.batch_execute("update upload_session_rollups set created = 2 where width = '1 hour'").await.unwrap();
    let spoilt = analytics("check");
    assert_eq!(spoilt.status.code(), Some(1));
    let said = String::from_utf8(spoilt.stdout).unwrap();
    assert_eq!(said, "the hour from 2026-01-02T03:00Z differs from its sessions and events\n");
    assert!(String::from_utf8(spoilt.stderr).unwrap().contains("1 of 2 sums are wrong"));
    stdout(&analytics("rebuild"));
    assert_eq!(stdout(&analytics("check")), "2 sums are right\n");
}

#[tokio::test]
async fn the_metrics_tell_what_happened() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    world.clock.advance(chrono::TimeDelta::minutes(25));
    ada.hello(&session, "a").await;
    ada.read("nonsense").await.expect(422);
    let answer = reqwest::get(format!("{}/metrics", world.base)).await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    for line in [
        r#"http_request_duration_seconds_count{method="POST",route="/api/mocs/uploads/sessions",status="201"} 1"#,
        r#"http_request_duration_seconds_count{method="GET",route="/api/mocs/uploads/sessions/{sessionId}",status="422"} 1"#,
        r#"session_extensions_total{action="registerFile"} 1"#,
        "uploaded_bytes_total 5",
        "http_requests_in_flight 0",
        "database_connections ",
        "outbox_events ",
        "# EOF",
    ] {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
    world.close().await;
}

#[tokio::test]
async fn log_lines_name_the_request_and_the_trace_and_no_secret() {
    let database = TestDatabase::new().await;
    let server = Process::start(&database.url, &[PATIENT, ("LOG_FILTER", "debug,tokio_postgres=trace")]);
    let user = server.user("ada");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let body = json!({ "files": [{ "key": "a very private name", "size": 5 }] });
    // Its names get as far as the database, which the client library would tell of, and so do those that it refuses.
    let session = user.session().await;
    user.register(&session, &json!({ "key": "a very private name", "size": 5 })).await.expect(201);
    let constraint = "alter table upload_session_files add check (file_key <> 'a forbidden name')";
    database.client().await.batch_execute(constraint).await.unwrap();
    let refused = user
        .request(Method::POST, &format!("{SESSIONS}/{session}/files"))
        .header("traceparent", trace)
        .json(&json!({ "key": "a forbidden name", "size": 5 }));
    user.send(refused).await.expect_error(500, "INTERNAL_ERROR");
    let request = user.request(Method::POST, &format!("{SESSIONS}?secret=in-a-query")).header("traceparent", trace);
    let id = user.send(request.json(&body)).await.header("x-request-id").to_owned();
    let line = eventually(|| async {
        let log = server.log();
        log.lines().find(|line| line.contains("request answered") && line.contains(&id)).map(str::to_owned)
    })
    .await;
    let line: Value = serde_json::from_str(&line).expect("one JSON object a line");
    assert_eq!(line["traceparent"], trace);
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&json!("POST"), &json!(SESSIONS), &json!(422)));
    let log = server.log();
    let cause = log.lines().find(|line| line.contains("violates check constraint"));
    let cause: Value = serde_json::from_str(cause.expect("operators see what the database says")).unwrap();
    assert_eq!((&cause["level"], &cause["traceparent"]), (&json!("ERROR"), &json!(trace)));
    let names = ["a very private name", "a forbidden name", "in-a-query"];
    for secret in [user.token(), SECRET, "Bearer", &database.url].into_iter().chain(names) {
        assert!(!log.contains(secret), "`{secret}` in:\n{log}");
    }
}

#[tokio::test]
async fn an_embedded_server_prints_where_it_listens_and_a_token_and_uses_one_database_with_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = [(); 2].map(|()| Process::spawn(program(), folder.path().into()));
    let session = servers[0].developer().session().await;
    servers[0].signal(Signal::TERM);
    assert!(servers[0].wait());
    servers[1].developer().read(&session).await.expect(200);
    servers[1].signal(Signal::TERM);
    assert!(servers[1].wait());
}

#[tokio::test]
async fn the_walk_through_of_the_readme_works() {
    let has = |name: &str| std::process::Command::new(name).arg("--version").output().is_ok();
    if !["bash", "curl", "jq"].into_iter().all(has) {
        skipped("the walk-through needs bash, curl and jq");
        return;
    }
    let database = TestDatabase::new().await;
    let server = Process::start(&database.url, &[PATIENT]);
    let readme = include_str!("../../README.md");
    let section = readme.split_once("## Try it with curl").unwrap().1;
    let script = section.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    // Its own server and token take the place of the first two lines, which would start another one.
    let steps: Vec<_> = script.lines().skip(2).collect();
    assert!(script.starts_with("api=http://127.0.0.1:3000/api") && steps[0].starts_with("json="), "{script}");
    let api = format!("{}{SESSIONS}", server.base);
    let script = format!("set -euo pipefail\napi={api}\ntoken={}\n{}", server.user("ada").token(), steps.join("\n"));
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new("bash").arg("-c").arg(script).current_dir(folder.path()).output().unwrap();
    let answers = stdout(&output);
    for part in [r#""status":"completed","fileUrl""#, r#""fileCount":1"#, r#""code":"DUPLICATE_FILE""#] {
        assert!(answers.contains(part), "no `{part}` in:\n{answers}");
    }
}
