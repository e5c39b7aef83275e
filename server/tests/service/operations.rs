//! Every operation and every error that it declares, over HTTP, with real bytes and a real database.

use chrono::{DateTime, TimeDelta, Utc};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::world::{SESSIONS, User, World};

const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";
const PART: usize = 5 * 1024 * 1024;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_file_of_several_parts_goes_all_the_way() {
    let world = World::new().await;
    let ada = world.user("ada");
    let bytes: Vec<u8> = (0..2 * PART + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let hash = sha256(&bytes);
    let declaration = json!({ "key": "film.mp4", "size": bytes.len(), "hash": hash, "contentType": "video/mp4" });

    let created = ada.create(json!([declaration])).await.expect(201);
    let session = created.text("/sessionId");
    assert_eq!(created.header("location"), format!("{SESSIONS}/{session}"));
    assert_eq!(created.header("upload-limit"), "max-age=1800");
    assert_eq!(created.body["partSizeBytes"], PART);

    let registered = ada.register(&session, &declaration).await.expect(201);
    let file = registered.text("/fileId");
    assert_eq!(registered.body["partCount"], 3);
    assert_eq!(registered.header("location"), format!("{SESSIONS}/{session}/files/{file}/parts"));

    let mut etags = Vec::new();
    for (chunk, number) in bytes.chunks(PART).zip(1..) {
        let stored = ada.upload(&session, &file, number, chunk.to_vec()).await.expect(200);
        assert_eq!(stored.text("/etag"), sha256(chunk));
        assert_eq!(stored.header("etag"), format!("\"{}\"", sha256(chunk)));
        assert_eq!(stored.body["sizeBytes"], chunk.len());
        etags.push(stored.text("/etag"));
    }
    let read = ada.read(&session).await.expect(200);
    assert_eq!(read.body["files"][0]["parts"].as_array().unwrap().len(), 3);

    let completed = ada.complete(&session, &file, &etags).await.expect(200);
    assert_eq!((&completed.body["status"], &completed.body["hash"]), (&json!("completed"), &json!(hash)));
    let path = completed.text("/fileUrl").strip_prefix("file://").unwrap().to_owned();
    assert_eq!(sha256(&std::fs::read(path).unwrap()), hash);
    let again = ada.complete(&session, &file, &etags).await.expect(200);
    assert_eq!(again.body, completed.body, "completing again gives the same answer");

    let finalized = ada.finalize(&session).await.expect(200);
    assert_eq!(finalized.body["fileCount"], 1);
    assert_eq!(finalized.body["totalSizeBytes"], bytes.len());
    assert_eq!(ada.finalize(&session).await.expect(200).body, finalized.body, "finalizing again gives the same answer");
    assert_eq!(ada.read(&session).await.expect(200).text("/status"), "completed");
    world.close().await;
}

#[tokio::test]
async fn parts_may_come_in_any_order_and_again_until_the_file_is_completed() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let registered = ada.register(&session, &json!({ "key": "a", "size": PART + 5 })).await.expect(201);
    let file = registered.text("/fileId");
    let end = ada.upload(&session, &file, 2, "world").await.expect(200).text("/etag");
    let old = ada.upload(&session, &file, 1, vec![1; PART]).await.expect(200).text("/etag");
    let new = ada.upload(&session, &file, 1, vec![2; PART]).await.expect(200).text("/etag");

    ada.complete(&session, &file, &[old, end.clone()]).await.expect_violation("parts[0].etag");
    let completed = ada.complete(&session, &file, &[new, end]).await.expect(200);
    let path = completed.text("/fileUrl").strip_prefix("file://").unwrap().to_owned();
    assert!(std::fs::read(path).unwrap().starts_with(&[2, 2, 2]));
    ada.upload(&session, &file, 1, vec![3; PART]).await.expect_error(409, "FILE_COMPLETED");
    world.close().await;
}

#[tokio::test]
async fn content_with_another_hash_is_refused_and_can_be_sent_again() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let declaration = json!({ "key": "a", "size": 5, "hash": sha256(b"hello") });
    let file = ada.register(&session, &declaration).await.expect(201).text("/fileId");
    let wrong = ada.upload(&session, &file, 1, "hallo").await.expect(200).text("/etag");
    let refused = ada.complete(&session, &file, &[wrong]).await.expect_error(422, "HASH_MISMATCH");
    assert!(refused.text("/message").contains(&sha256(b"hallo")), "{:#}", refused.body);
    assert_eq!(ada.read(&session).await.body["files"][0]["status"], "registered");
    let right = ada.upload(&session, &file, 1, "hello").await.expect(200).text("/etag");
    ada.complete(&session, &file, &[right]).await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn a_session_that_expires_with_another_content_than_declared_fails_for_that() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let declaration = json!({ "key": "a", "size": 5, "hash": sha256(b"hello") });
    let file = ada.register(&session, &declaration).await.expect(201).text("/fileId");
    let wrong = ada.upload(&session, &file, 1, "hallo").await.expect(200).text("/etag");
    ada.complete(&session, &file, &[wrong]).await.expect_error(422, "HASH_MISMATCH");
    world.clock.advance(TimeDelta::hours(1));
    ada.finalize(&session).await.expect_error(410, "SESSION_EXPIRED");
    assert_eq!(ada.read(&session).await.text("/failureReason"), "hash_mismatch");
    let answer = world.admin().get(&format!("{SESSIONS}/analytics")).await.expect(200);
    let expected = json!([{ "reason": "hash_mismatch", "step": "file_registered", "count": 1, "share": 1.0 }]);
    assert_eq!(answer.body["failurePoints"], expected);
    world.close().await;
}

#[tokio::test]
async fn duplicates_are_found_per_user_and_may_be_allowed() {
    let world = World::new().await;
    let (ada, eve) = (world.user("ada"), world.user("eve"));
    let known = json!({ "key": "again", "size": 5, "hash": sha256(b"hello") });
    let session = ada.session().await;
    let file =
        ada.register(&session, &json!({ "key": "first", "size": 5, "hash": sha256(b"hello") })).await.text("/fileId");
    ada.create(json!([known])).await.expect(201);

    let etag = ada.upload(&session, &file, 1, "hello").await.expect(200).text("/etag");
    let url = ada.complete(&session, &file, &[etag]).await.expect(200).text("/fileUrl");
    let refused = ada.create(json!([{ "key": "other", "size": 6 }, known])).await.expect_error(409, "DUPLICATE_FILE");
    assert_eq!(refused.body["duplicates"], json!([{ "key": "again", "existingUrl": url }]));
    let allowed = ada.post(SESSIONS, &json!({ "files": [known], "allowDuplicates": true })).await.expect(201);
    assert_eq!(allowed.body["duplicates"], json!([{ "key": "again", "existingUrl": url }]));

    for harmless in [
        json!({ "key": "a", "size": 5 }),
        json!({ "key": "a", "size": 6, "hash": sha256(b"hello") }),
        json!({ "key": "a", "size": 5, "hash": sha256(b"hallo") }),
    ] {
        let created = ada.create(json!([harmless])).await.expect(201);
        assert_eq!(created.body.get("duplicates"), None);
    }
    eve.create(json!([known])).await.expect(201);
    world.close().await;
}

#[tokio::test]
async fn an_idempotency_key_makes_a_repeat_the_same_request() {
    let world = World::new().await;
    let ada = world.user("ada");
    let create =
        |key: &str, body: &Value| ada.request(Method::POST, SESSIONS).header("idempotency-key", key).json(body);
    let body = json!({ "files": [{ "key": "a", "size": 5 }] });
    let first = ada.send(create("one", &body)).await.expect(201);
    let again = ada.send(create("one", &body)).await.expect(201);
    assert_eq!(first.body, again.body);
    ada.send(create("one", &json!({ "files": [{ "key": "b", "size": 5 }] }))).await.expect(422).assert_error_shape();
    let other = ada.send(create("two", &body)).await.expect(201);
    assert_ne!(first.text("/sessionId"), other.text("/sessionId"));

    let path = format!("{SESSIONS}/{}/files", first.text("/sessionId"));
    let register = |size: i32| {
        ada.request(Method::POST, &path).header("idempotency-key", "three").json(&json!({ "key": "a", "size": size }))
    };
    let file = ada.send(register(5)).await.expect(201);
    assert_eq!(ada.send(register(5)).await.expect(201).body, file.body);
    ada.send(register(6)).await.expect(422).assert_error_shape();
    world.close().await;
}

#[tokio::test]
async fn activity_shortly_before_the_end_extends_a_session_and_reading_never_does() {
    let world = World::new().await;
    let ada = world.user("ada");
    let created = ada.create(json!([{ "key": "a", "size": 5 }])).await.expect(201);
    let (session, end) = (created.text("/sessionId"), time(&created.text("/expiresAt")));
    let file = ada.file(&session, "early").await;

    world.clock.advance(TimeDelta::minutes(19));
    let early = ada.upload(&session, &file, 1, "hello").await.expect(200);
    assert_eq!(early.body.get("sessionExtended"), None);
    assert_eq!(early.header("upload-limit"), "max-age=660");

    world.clock.advance(TimeDelta::minutes(6));
    assert_eq!(time(&ada.read(&session).await.expect(200).text("/expiresAt")), end);
    let extended = ada.register(&session, &json!({ "key": "late", "size": 5 })).await.expect(201);
    assert_eq!(extended.body["sessionExtended"], true);
    assert_eq!(time(&extended.text("/newExpiresAt")), end + TimeDelta::minutes(25));
    assert_eq!(extended.header("upload-limit"), "max-age=1800");
    let next = ada.register(&session, &json!({ "key": "later", "size": 5 })).await.expect(201);
    assert_eq!(next.body.get("sessionExtended"), None);

    world.clock.advance(TimeDelta::minutes(21));
    let sent = ada.upload(&session, &file, 1, "hello").await.expect(200);
    assert_eq!(sent.body["sessionExtended"], true);
    world.clock.advance(TimeDelta::minutes(21));
    let completed = ada.complete(&session, &file, &[sent.text("/etag")]).await.expect(200);
    assert_eq!(completed.body["sessionExtended"], true);
    world.close().await;
}

#[tokio::test]
async fn an_upload_that_takes_three_lifetimes_finishes_because_it_is_active() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let registered = ada.register(&session, &json!({ "key": "a", "size": 5 * PART })).await.expect(201);
    let file = registered.text("/fileId");
    let mut etags = Vec::new();
    for number in 1..=5 {
        world.clock.advance(TimeDelta::minutes(21));
        etags.push(ada.upload(&session, &file, number, vec![7; PART]).await.expect(200).text("/etag"));
    }
    ada.complete(&session, &file, &etags).await.expect(200);
    ada.finalize(&session).await.expect(200);
    world.close().await;
}

/// A part of five bytes of which the first has arrived, and who sends the others.
struct Slow {
    sender: UnboundedSender<Result<&'static str, std::io::Error>>,
    answer: JoinHandle<Answer>,
}

impl Slow {
    async fn start(world: &World, ada: &User, session: &str) -> Self {
        let file = ada.file(session, "slow").await;
        let (sender, receiver) = unbounded();
        sender.unbounded_send(Ok("h")).unwrap();
        let (ada, session) = (ada.clone(), session.to_owned());
        let body = reqwest::Body::wrap_stream(receiver);
        let answer = tokio::spawn(async move { ada.upload(&session, &file, 1, body).await });
        let scratch = world.data_dir.path().join("scratch");
        let unfinished = || {
            let folders = std::fs::read_dir(&scratch).unwrap().map(|entry| entry.unwrap().path());
            folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().count()
        };
        eventually(|| async { (unfinished() > 0).then_some(()) }).await;
        Self { sender, answer }
    }

    fn send(&self, bytes: &'static str) {
        self.sender.unbounded_send(Ok(bytes)).unwrap();
    }

    async fn finish(self) -> Answer {
        drop(self.sender);
        self.answer.await.unwrap()
    }
}

#[tokio::test]
async fn a_part_that_takes_longer_than_its_session_has_left_keeps_it_alive() {
    let world = World::new().await;
    let ada = world.user("ada");
    let created = ada.create(json!([{ "key": "a", "size": 5 }])).await.expect(201);
    let (session, end) = (created.text("/sessionId"), time(&created.text("/expiresAt")));
    let slow = Slow::start(&world, &ada, &session).await;
    for (bytes, minutes) in [("e", 25), ("l", 50)] {
        world.clock.advance(TimeDelta::minutes(25));
        slow.send(bytes);
        let extended = end + TimeDelta::minutes(minutes);
        eventually(|| async { (time(&ada.read(&session).await.text("/expiresAt")) == extended).then_some(()) }).await;
    }
    world.clock.advance(TimeDelta::minutes(15));
    slow.send("lo");
    let stored = slow.finish().await.expect(200);
    assert_eq!(stored.body["sessionExtended"], true, "{:#}", stored.body);
    assert_eq!(time(&stored.text("/newExpiresAt")), end + TimeDelta::minutes(50));
    let metrics = reqwest::get(format!("{}/metrics", world.base)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"session_extensions_total{action="uploadPart"} 2"#), "{metrics}");
    world.close().await;
}

#[tokio::test]
async fn a_part_ends_with_its_session_when_nothing_can_extend_that() {
    let world = World::with(&[("MAX_SESSION_LIFETIME_HOURS", "1"), ("SESSION_TTL_MINUTES", "60")]).await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let slow = Slow::start(&world, &ada, &session).await;
    world.clock.advance(TimeDelta::minutes(61));
    slow.send("e");
    // The rest is not waited for.
    slow.answer.await.unwrap().expect_error(410, "SESSION_EXPIRED");
    world.close().await;
}

#[tokio::test]
async fn what_is_refused_or_repeated_extends_nothing() {
    let world = World::new().await;
    let ada = world.user("ada");
    let created = ada.create(json!([{ "key": "a", "size": 5 }])).await.expect(201);
    let (session, end) = (created.text("/sessionId"), time(&created.text("/expiresAt")));
    let file = ada.file(&session, "a").await;
    world.clock.advance(TimeDelta::minutes(25));
    ada.upload(&session, &file, 2, "hello").await.expect_violation("partNumber");
    ada.upload(&session, &file, 1, "hell").await.expect_violation("body");
    ada.upload(&session, &file, 1, "hello!").await.expect(413);
    ada.complete(&session, &file, &["0".repeat(64)]).await.expect_violation("parts[0].etag");
    assert_eq!(time(&ada.read(&session).await.text("/expiresAt")), end);

    let path = format!("{SESSIONS}/{session}/files");
    for _ in 0..3 {
        let request = ada.request(Method::POST, &path).header("idempotency-key", "one");
        let registered = ada.send(request.json(&json!({ "key": "b", "size": 5 }))).await.expect(201);
        assert_eq!(registered.body["sessionExtended"], true, "a repeat gets the first answer");
    }
    let metrics = reqwest::get(format!("{}/metrics", world.base)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"session_extensions_total{action="registerFile"} 1"#), "{metrics}");
    assert!(!metrics.contains(r#"action="uploadPart""#) && !metrics.contains(r#"action="completeFile""#), "{metrics}");
    world.close().await;
}

#[tokio::test]
async fn the_cap_holds_even_for_an_active_client() {
    let world = World::with(&[("MAX_SESSION_LIFETIME_HOURS", "1")]).await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let cap = time(&ada.read(&session).await.text("/maxExpiresAt"));
    world.clock.advance(TimeDelta::minutes(25));
    ada.register(&session, &json!({ "key": "a", "size": 5 })).await.expect(201);
    world.clock.advance(TimeDelta::minutes(21));
    let capped = ada.register(&session, &json!({ "key": "b", "size": 5 })).await.expect(201);
    assert_eq!(time(&capped.text("/newExpiresAt")), cap);
    world.clock.advance(TimeDelta::minutes(13));
    let last = ada.register(&session, &json!({ "key": "c", "size": 5 })).await.expect(201);
    assert_eq!(last.body.get("sessionExtended"), None);
    world.clock.advance(TimeDelta::minutes(1));
    ada.register(&session, &json!({ "key": "d", "size": 5 })).await.expect_error(410, "SESSION_EXPIRED");
    world.close().await;
}

#[tokio::test]
async fn an_expired_session_takes_nothing_more_and_is_failed() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let file = ada.file(&session, "a").await;
    let etag = ada.upload(&session, &file, 1, "hello").await.expect(200).text("/etag");
    world.clock.advance(TimeDelta::minutes(31));
    ada.register(&session, &json!({ "key": "b", "size": 5 })).await.expect_error(410, "SESSION_EXPIRED");
    ada.upload(&session, &file, 1, "hello").await.expect_error(410, "SESSION_EXPIRED");
    ada.complete(&session, &file, &[etag]).await.expect_error(410, "SESSION_EXPIRED");
    ada.finalize(&session).await.expect_error(410, "SESSION_EXPIRED");
    let read = ada.read(&session).await.expect(200);
    assert_eq!((read.text("/status"), read.text("/failureReason")), ("failed".to_owned(), "expired".to_owned()));
    world.close().await;
}

#[tokio::test]
async fn an_aborted_session_is_failed_for_the_clients_reason_and_its_bytes_are_gone() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let file = ada.hello(&session, "a").await;
    let url = ada.read(&session).await.text("/files/0/fileUrl");
    ada.delete(&format!("{SESSIONS}/{session}?reason=changed%20my%20mind")).await.expect(204);
    ada.delete(&format!("{SESSIONS}/{session}")).await.expect(204);
    let read = ada.read(&session).await.expect(200);
    assert_eq!(
        (read.text("/status"), read.text("/failureReason")),
        ("failed".to_owned(), "changed my mind".to_owned())
    );
    assert!(!std::path::Path::new(url.strip_prefix("file://").unwrap()).exists());
    ada.register(&session, &json!({ "key": "b", "size": 5 })).await.expect_error(409, "SESSION_NOT_ACTIVE");
    ada.upload(&session, &file, 1, "hello").await.expect_error(409, "SESSION_NOT_ACTIVE");
    ada.finalize(&session).await.expect_error(409, "SESSION_NOT_ACTIVE");
    world.close().await;
}

#[tokio::test]
async fn a_session_with_open_files_or_none_cannot_be_finalized_and_a_completed_one_not_changed() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    ada.finalize(&session).await.expect_error(409, "FILES_INCOMPLETE");
    ada.hello(&session, "a").await;
    let open = ada.file(&session, "b").await;
    ada.finalize(&session).await.expect_error(409, "FILES_INCOMPLETE");
    let etag = ada.upload(&session, &open, 1, "hello").await.expect(200).text("/etag");
    ada.complete(&session, &open, &[etag]).await.expect(200);
    ada.finalize(&session).await.expect(200);
    ada.delete(&format!("{SESSIONS}/{session}")).await.expect_error(409, "SESSION_NOT_ACTIVE");
    ada.register(&session, &json!({ "key": "c", "size": 5 })).await.expect_error(409, "SESSION_NOT_ACTIVE");
    world.close().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_file_of_a_session() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    ada.file(&session, "a").await;
    ada.register(&session, &json!({ "key": "a", "size": 6 })).await.expect_error(409, "FILE_EXISTS");
    ada.create(json!([{ "key": "a", "size": 5 }, { "key": "a", "size": 6 }])).await.expect_violation("files[1].key");
    world.close().await;
}

#[tokio::test]
async fn what_others_have_does_not_exist() {
    let world = World::new().await;
    let (ada, eve) = (world.user("ada"), world.user("eve"));
    let session = ada.session().await;
    let file = ada.file(&session, "a").await;
    let before = world.state().await;
    for session in [session.as_str(), NOWHERE] {
        eve.read(session).await.expect_error(404, "NOT_FOUND");
        eve.register(session, &json!({ "key": "b", "size": 5 })).await.expect_error(404, "NOT_FOUND");
        eve.upload(session, &file, 1, "hello").await.expect_error(404, "NOT_FOUND");
        eve.complete(session, &file, &["x".to_owned()]).await.expect_error(404, "NOT_FOUND");
        eve.finalize(session).await.expect_error(404, "NOT_FOUND");
        eve.delete(&format!("{SESSIONS}/{session}")).await.expect_error(404, "NOT_FOUND");
    }
    ada.upload(&session, NOWHERE, 1, "hello").await.expect_error(404, "NOT_FOUND");
    ada.complete(&session, NOWHERE, &["x".to_owned()]).await.expect_error(404, "NOT_FOUND");
    let own = eve.session().await;
    eve.upload(&own, &file, 1, "hello").await.expect_error(404, "NOT_FOUND");
    eve.delete(&format!("{SESSIONS}/{own}")).await.expect(204);
    assert_eq!(world.state().await.matches("ada").count(), before.matches("ada").count());
    world.close().await;
}

#[tokio::test]
async fn a_part_has_exactly_the_size_of_its_position() {
    let world = World::new().await;
    let ada = world.user("ada");
    let session = ada.session().await;
    let registered = ada.register(&session, &json!({ "key": "a", "size": PART + 5 })).await.expect(201);
    let file = registered.text("/fileId");
    ada.upload(&session, &file, 2, "hello!").await.expect_error(413, "PAYLOAD_TOO_LARGE");
    ada.upload(&session, &file, 1, vec![0; PART + 1]).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    ada.upload(&session, &file, 2, "hell").await.expect_violation("body");
    ada.upload(&session, &file, 3, "hello").await.expect_violation("partNumber");
    ada.upload(&session, &file, 0, "hello").await.expect_violation("partNumber");
    let chunked = reqwest::Body::wrap_stream(futures::stream::iter([Ok::<_, std::io::Error>("hello"), Ok("!")]));
    ada.upload(&session, &file, 2, chunked).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    assert_eq!(ada.read(&session).await.body["files"][0]["parts"], json!([]));
    world.close().await;
}

#[tokio::test]
async fn a_file_larger_than_the_server_takes_is_refused_before_a_byte_is_sent() {
    let world = World::with(&[("MAX_FILE_SIZE_BYTES", "1000")]).await;
    let ada = world.user("ada");
    ada.create(json!([{ "key": "a", "size": 1001 }])).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    let session = ada.session().await;
    ada.register(&session, &json!({ "key": "a", "size": 1001 })).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    world.close().await;
}

#[tokio::test]
async fn analytics_are_for_administrators_and_tell_what_happened() {
    let world = World::new().await;
    let (ada, admin) = (world.user("ada"), world.admin());
    let analytics = format!("{SESSIONS}/analytics");
    ada.get(&analytics).await.expect_error(403, "FORBIDDEN");
    assert_eq!(reqwest::get(format!("{}{analytics}", world.base)).await.unwrap().status(), 401);

    let session = ada.session().await;
    ada.hello(&session, "a").await;
    ada.finalize(&session).await.expect(200);
    let aborted = ada.session().await;
    ada.delete(&format!("{SESSIONS}/{aborted}?reason=enough")).await.expect(204);
    world.user("eve").session().await;

    let all = eventually(|| async {
        let answer = admin.get(&analytics).await.expect(200);
        (answer.body["events"]["total"] == 7).then_some(answer)
    })
    .await;
    assert_eq!(all.body["metrics"]["sessionsCreated"], 3);
    assert_eq!(all.body["metrics"]["sessionsFinalized"], 1);
    assert_eq!(all.body["metrics"]["sessionsFailed"], 1);
    assert_eq!(all.body["metrics"]["sessionsOpen"], 1);
    assert_eq!(all.body["failurePoints"][0]["reason"], "enough");
    let of_eve = admin.get(&format!("{analytics}?userId=eve&eventType=session_created")).await.expect(200);
    assert_eq!(of_eve.body["events"]["total"], 1);

    let first = admin.get(&format!("{analytics}?limit=5")).await.expect(200);
    let rest = admin.get(&format!("{analytics}?limit=5&cursor={}", first.text("/events/nextCursor"))).await.expect(200);
    let ids = |answer: &Value| {
        answer["events"]["items"].as_array().unwrap().iter().map(|e| e["eventId"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!([ids(&first.body), ids(&rest.body)].concat(), ids(&all.body));
    assert_eq!(rest.body["events"].get("nextCursor"), None);

    let nothing = admin.get(&format!("{analytics}?to=2020-01-01T00:00:00Z")).await.expect(200);
    let expected = json!({ "sessionsCreated": 0, "sessionsFinalized": 0, "sessionsFailed": 0, "sessionsOpen": 0,
        "successRate": null, "averageUploadTimeMs": null, "p50UploadTimeMs": null, "p95UploadTimeMs": null });
    assert_eq!(nothing.body["metrics"], expected);
    let same = "2026-02-01T00:00:00Z";
    let empty = admin.get(&format!("{analytics}?from={same}&to={same}")).await.expect(200);
    assert_eq!(empty.body["events"]["total"], 0, "the period is half open");

    for (query, path) in [
        ("from=yesterday", "from"),
        ("to=2026-02-30T00:00:00Z", "to"),
        ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("to=1969-12-31T23:59:59Z", "to"),
        ("limit=501", "limit"),
        ("limit=0", "limit"),
        ("offset=-1", "offset"),
        ("eventType=party", "eventType"),
        ("cursor=AAAA", "cursor"),
    ] {
        admin.get(&format!("{analytics}?{query}")).await.expect_violation(path);
    }
    world.close().await;
}

#[tokio::test]
async fn browsers_of_configured_origins_may_call_and_others_not() {
    let world = World::with(&[("CORS_ORIGINS", "https://app.example")]).await;
    let ada = world.user("ada");
    for (origin, allowed) in [("https://app.example", Some("https://app.example")), ("https://evil.example", None)] {
        let preflight = ada
            .request(Method::OPTIONS, SESSIONS)
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = ada.send(preflight).await;
        let header = answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), allowed);
        let refused =
            ada.send(ada.request(Method::GET, &format!("{SESSIONS}/{NOWHERE}")).header("origin", origin)).await;
        let header = refused.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), allowed, "errors are readable as well");
    }
    world.close().await;
}
