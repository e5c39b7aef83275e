//! What the object store port promises, kept by the folder and by the bucket alike.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::json;
use sha2::{Digest, Sha256 as Hasher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use upload_server::config;
use upload_server::domain::error::DomainError;
use upload_server::domain::model::{FileId, Part, Sha256};
use upload_server::domain::ports::{Assembled, ObjectStore, PartBody, Upload, UploadToken};
use upload_server::objects::{self, LocalStore, Scratch};

use crate::support::moto::{self, Moto};
use crate::support::world::World;

const PART: usize = 5 * 1024 * 1024;
const PNG: Option<&str> = Some("image/png");

fn open(data_dir: &Path, moto: Option<&Moto>) -> Arc<dyn ObjectStore> {
    moto.map_or_else(|| open_with(data_dir, &[]), |moto| open_bucket(data_dir, &moto.endpoint))
}

fn open_bucket(data_dir: &Path, endpoint: &str) -> Arc<dyn ObjectStore> {
    open_with(data_dir, &moto::settings(endpoint))
}

fn open_with(data_dir: &Path, settings: &[(&str, &str)]) -> Arc<dyn ObjectStore> {
    let mut environment = BTreeMap::from([("DATA_DIR", data_dir.display().to_string())]);
    environment.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let settings = config::load(None, &|name| environment.get(name).map(Into::into), BTreeMap::new()).unwrap();
    objects::open(&settings).unwrap()
}

/// Each store, empty, with the folder it works in.
async fn stores() -> Vec<(tempfile::TempDir, Arc<dyn ObjectStore>, Option<Moto>)> {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path(), None);
    let mut stores = vec![(folder, local, None)];
    if let Some(moto) = Moto::start("bucket").await {
        let folder = tempfile::tempdir().unwrap();
        let bucket = open(folder.path(), Some(&moto));
        stores.push((folder, bucket, Some(moto)));
    }
    stores
}

fn body(bytes: &[u8]) -> PartBody {
    let chunks: Vec<_> = bytes.chunks(100_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks).boxed()
}

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(Hasher::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn begin(store: &dyn ObjectStore) -> Upload {
    let file = FileId::generate();
    Upload { file, token: store.begin(file, PNG).await.unwrap() }
}

async fn put(store: &dyn ObjectStore, upload: &Upload, number: i32, bytes: &[u8]) -> Part {
    let size = i64::try_from(bytes.len()).unwrap();
    let etag = store.put_part(upload, number, body(bytes)).await.unwrap();
    Part { number, etag, size }
}

/// The bytes of a whole, read past the store.
async fn content(url: &str, moto: Option<&Moto>) -> Vec<u8> {
    match moto {
        None => fs::read(url.strip_prefix("file://").unwrap()).unwrap(),
        Some(moto) => reqwest::get(moto.address(url)).await.unwrap().bytes().await.unwrap().to_vec(),
    }
}

#[tokio::test]
async fn parts_in_any_order_and_sent_again_become_the_whole() {
    for (_folder, store, moto) in stores().await {
        let (first, last) = (vec![1; PART], b"the end".to_vec());
        let whole = [first.clone(), last.clone()].concat();
        let upload = begin(&*store).await;
        let end = put(&*store, &upload, 2, &last).await;
        put(&*store, &upload, 1, &vec![2; PART]).await;
        let parts = [put(&*store, &upload, 1, &first).await, end];
        let size = i64::try_from(whole.len()).unwrap();
        let hash = sha256(&whole);
        let assembled = store.assemble(&upload, &parts, size, Some(&hash)).await.unwrap();
        let Assembled::Stored { url } = &assembled else { panic!("{assembled:?}") };
        assert_eq!(content(url, moto.as_ref()).await, whole);
        if let Some(moto) = &moto {
            let answer = reqwest::get(moto.address(url)).await.unwrap();
            assert_eq!(answer.headers()["content-type"], "image/png");
        }
        let again = store.assemble(&upload, &parts, size, Some(&hash)).await.unwrap();
        assert_eq!(again, assembled, "a repeat gets the same answer");
    }
}

#[tokio::test]
async fn concurrent_assemblies_all_succeed() {
    for (_folder, store, _moto) in stores().await {
        let upload = begin(&*store).await;
        let parts = [put(&*store, &upload, 1, b"hello").await];
        let hash = sha256(b"hello");
        let answers = futures::future::join_all((0..8).map(|_| store.assemble(&upload, &parts, 5, Some(&hash)))).await;
        let urls: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(urls.windows(2).all(|pair| pair[0] == pair[1]), "{urls:?}");
    }
}

/// Who finishes first removes the parts while others read them. Enough of them, so that some are at it then.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_assemblies_of_many_parts_all_find_the_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    // As two servers on one folder, each of which lets several at once.
    let stores = [open(folder.path(), None), open(folder.path(), None)];
    for _ in 0..10 {
        let upload = begin(&*stores[0]).await;
        let mut parts = Vec::new();
        for number in 1..=200 {
            parts.push(put(&*stores[0], &upload, number, format!("part {number:05}").as_bytes()).await);
        }
        let size = parts.iter().map(|part| part.size).sum();
        let assemblies = (0..8).map(|call| {
            let (store, upload, parts) = (Arc::clone(&stores[call % 2]), upload.clone(), parts.clone());
            tokio::spawn(async move { store.assemble(&upload, &parts, size, None).await })
        });
        let answers = futures::future::join_all(assemblies).await;
        let urls: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
        assert!(urls.windows(2).all(|pair| pair[0] == pair[1]), "{urls:?}");
    }
}

#[tokio::test]
async fn another_hash_than_declared_is_a_mismatch_and_the_file_can_be_sent_again() {
    for (_folder, store, _moto) in stores().await {
        let upload = begin(&*store).await;
        let parts = [put(&*store, &upload, 1, b"hallo").await];
        let hash = sha256(b"hello");
        let mismatch = store.assemble(&upload, &parts, 5, Some(&hash)).await.unwrap();
        let Assembled::HashMismatch { actual, parts_kept } = mismatch else { panic!("{mismatch:?}") };
        assert_eq!(actual, sha256(b"hallo"));
        let upload =
            if parts_kept { upload } else { Upload { token: store.begin(upload.file, PNG).await.unwrap(), ..upload } };
        let parts = [put(&*store, &upload, 1, b"hello").await];
        let assembled = store.assemble(&upload, &parts, 5, Some(&hash)).await.unwrap();
        assert!(matches!(assembled, Assembled::Stored { .. }), "{assembled:?}");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_body_that_ends_in_an_error() {
    for (folder, store, _moto) in stores().await {
        let upload = begin(&*store).await;
        let before = files_below(folder.path());
        let broken = body(&vec![7; 1_000_000]).chain(stream::iter([Err(DomainError::BodyTimeout)])).boxed();
        let error = store.put_part(&upload, 1, broken).await.unwrap_err();
        assert!(matches!(error, DomainError::BodyTimeout), "{error:?}");
        assert_eq!(files_below(folder.path()), before);
    }
}

#[tokio::test]
async fn removing_leaves_nothing_and_may_be_repeated() {
    for (_folder, store, moto) in stores().await {
        let upload = begin(&*store).await;
        let parts = [put(&*store, &upload, 1, b"hello").await];
        let assembled = store.assemble(&upload, &parts, 5, None).await.unwrap();
        let Assembled::Stored { url } = assembled else { panic!("{assembled:?}") };
        for _ in 0..2 {
            store.remove(&upload).await.unwrap();
        }
        match &moto {
            None => assert!(!Path::new(url.strip_prefix("file://").unwrap()).exists()),
            Some(moto) => {
                let answer = reqwest::get(moto.address(&url)).await.unwrap();
                assert_eq!(answer.status(), 404);
            }
        }
        store.remove(&begin(&*store).await).await.unwrap();
    }
}

#[tokio::test]
async fn the_etag_of_a_part_in_the_folder_is_its_sha256() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None);
    let upload = begin(&*store).await;
    assert_eq!(put(&*store, &upload, 1, b"hello").await.etag, sha256(b"hello").0);
}

#[tokio::test]
async fn a_part_whose_bytes_are_gone_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None);
    let upload = begin(&*store).await;
    let parts = [put(&*store, &upload, 1, b"hello").await];
    store.remove(&upload).await.unwrap();
    let error = store.assemble(&upload, &parts, 5, None).await.unwrap_err();
    let DomainError::Invalid(violations) = error else { panic!("{error:?}") };
    assert_eq!(violations[0].path, "parts[0]");
}

#[tokio::test]
async fn an_upload_that_the_bucket_has_lost_is_told_from_a_bucket_that_is_not_there() {
    let Some(moto) = Moto::start("bucket").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(&moto));
    let upload = begin(&*store).await;
    let parts = [put(&*store, &upload, 1, b"hello").await];
    let other = [Part { etag: "0".repeat(32), ..parts[0].clone() }];
    let refused = store.assemble(&upload, &other, 5, None).await.unwrap_err();
    assert!(matches!(&refused, DomainError::Invalid(violations) if violations[0].path == "parts"), "{refused:?}");

    store.remove(&upload).await.unwrap();
    let lost = store.assemble(&upload, &parts, 5, None).await.unwrap_err();
    assert!(matches!(lost, DomainError::PartsLost), "{lost:?}");
    let lost = store.put_part(&upload, 1, body(b"hello")).await.unwrap_err();
    assert!(matches!(lost, DomainError::PartsLost), "{lost:?}");

    moto.remove("bucket").await;
    let away = store.assemble(&upload, &parts, 5, None).await.unwrap_err();
    assert!(matches!(away, DomainError::Unavailable(_)), "{away:?}");
}

#[tokio::test]
async fn a_content_that_is_read_back_in_several_calls_has_its_hash() {
    let Some(moto) = Moto::start("bucket").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(&moto));
    let whole: Vec<u8> = (0..4 * PART + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let upload = begin(&*store).await;
    let mut parts = Vec::new();
    for (bytes, number) in whole.chunks(PART).zip(1..) {
        parts.push(put(&*store, &upload, number, bytes).await);
    }
    let size = i64::try_from(whole.len()).unwrap();
    let assembled = store.assemble(&upload, &parts, size, Some(&sha256(&whole))).await.unwrap();
    assert!(matches!(assembled, Assembled::Stored { .. }), "{assembled:?}");
}

/// A bucket that answers the parts it gets as it is told, one after the other; and the requests as they arrived.
async fn bucket_that_answers(statuses: &'static [&'static str]) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut requests = Vec::new();
        for status in statuses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"the bytes") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0, "the request ends too early");
            }
            let answer =
                format!("HTTP/1.1 {status}\r\nETag: \"an etag\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            requests.push(String::from_utf8(request).unwrap().to_ascii_lowercase());
        }
        requests
    });
    (address, serving)
}

#[tokio::test]
async fn a_part_is_sent_again_to_a_bucket_in_trouble_and_each_time_its_bytes_are_signed() {
    let (address, serving) = bucket_that_answers(&["503 Slow Down", "500 Internal Server Error", "200 OK"]).await;
    let folder = tempfile::tempdir().unwrap();
    let store = open_bucket(folder.path(), &address);
    let upload = Upload { file: FileId::generate(), token: UploadToken("key:upload/1+2".to_owned()) };
    let part = store.put_part(&upload, 7, body(b"the bytes")).await.unwrap();
    assert_eq!(part, "an etag");
    let requests = serving.await.unwrap();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert!(request.contains(&format!("x-amz-content-sha256: {}\r\n", sha256(b"the bytes").0)), "{request}");
        assert!(request.contains("content-length: 9\r\n") && !request.contains("transfer-encoding"), "{request}");
        assert!(request.contains("?partnumber=7&uploadid=upload%2f1%2b2 http/1.1\r\n"), "{request}");
        assert!(request.contains("\r\nauthorization: aws4-hmac-sha256 credential=test/"), "{request}");
    }
    assert_eq!(files_below(folder.path()).len(), 1, "the lock of the scratch folder is left, and no part");
}

#[tokio::test]
async fn a_bucket_that_answers_before_it_has_the_whole_part_gets_all_of_it_the_next_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let whole: Vec<u8> = (0..PART).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let length = whole.len();
    let serving = tokio::spawn(async move {
        let (mut early, _) = listener.accept().await.unwrap();
        early.read_exact(&mut vec![0; 300 * 1024]).await.unwrap();
        early.write_all(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let head = loop {
            stream.read_buf(&mut request).await.unwrap();
            if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
        };
        while request.len() < head + length {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0, "the request ends too early");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nETag: \"an etag\"\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        request.split_off(head)
    });
    let folder = tempfile::tempdir().unwrap();
    let store = open_bucket(folder.path(), &address);
    let upload = Upload { file: FileId::generate(), token: UploadToken("key:upload".to_owned()) };
    assert_eq!(store.put_part(&upload, 1, body(&whole)).await.unwrap(), "an etag");
    assert!(serving.await.unwrap() == whole, "other bytes than those of the part");
}

#[tokio::test]
async fn a_bucket_that_refuses_a_part_is_asked_once_and_its_words_are_kept_for_the_log() {
    let (address, serving) = bucket_that_answers(&["403 Forbidden"]).await;
    let folder = tempfile::tempdir().unwrap();
    let store = open_bucket(folder.path(), &address);
    let upload = Upload { file: FileId::generate(), token: UploadToken("key:upload".to_owned()) };
    let refused = store.put_part(&upload, 1, body(b"the bytes")).await.unwrap_err();
    assert!(matches!(&refused, DomainError::Unavailable(cause) if cause.to_string().contains("403")), "{refused:?}");
    assert_eq!(serving.await.unwrap().len(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_part_on_its_way_to_a_bucket_is_not_in_memory() {
    use crate::support::{PATIENT, database::TestDatabase, process::Process};
    const FILE: u64 = 600 * 1024 * 1024 * 1024;
    let Some(moto) = Moto::start("bucket").await else { return };
    let database = TestDatabase::new().await;
    let server = Process::start(&database.url, &[&moto.settings()[..], &[PATIENT]].concat());
    let ada = server.user("ada");
    let created = ada.create(json!([{ "key": "large", "size": FILE }])).await.expect(201);
    let part = usize::try_from(created.body["partSizeBytes"].as_u64().unwrap()).unwrap();
    assert!(part > 60 * 1024 * 1024, "{part}");
    let session = created.text("/sessionId");
    let file = ada.register(&session, &json!({ "key": "large", "size": FILE })).await.expect(201).text("/fileId");
    let before = server.most_memory();
    ada.upload(&session, &file, 1, vec![1; part]).await.expect(200);
    let more = server.most_memory() - before;
    assert!(more < part / 2, "{more} bytes of memory for a part of {part}");
}

#[tokio::test]
async fn a_part_that_was_just_stored_survives_being_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None);
    let upload = begin(&*store).await;
    let part = put(&*store, &upload, 1, b"hello").await;
    store.discard_part(&upload, &part).await.unwrap();
    assert!(store.assemble(&upload, &[part], 5, None).await.is_ok());
}

#[test]
fn leftovers_of_a_crash_are_swept_and_the_work_of_others_is_not() {
    let root = tempfile::tempdir().unwrap();
    let running = Scratch::open(root.path()).unwrap();
    let working = running.file().unwrap();
    let crashed = root.path().join("crashed");
    fs::create_dir(&crashed).unwrap();
    fs::write(crashed.join("half a part"), b"half").unwrap();
    File::create(crashed.with_extension("lock")).unwrap();

    let _next = Scratch::open(root.path()).unwrap();
    assert!(!crashed.exists() && !crashed.with_extension("lock").exists());
    assert!(working.path().exists());
}

#[test]
fn a_folder_on_another_file_system_than_what_is_moved_there_is_refused_at_the_start() {
    use std::os::unix::fs::MetadataExt;
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm"));
    let Ok(elsewhere) = elsewhere else { return eprintln!("skipped: there is no /dev/shm") };
    if folder.path().metadata().unwrap().dev() == elsewhere.path().metadata().unwrap().dev() {
        return eprintln!("skipped: /dev/shm is on the same file system");
    }
    let store = |root: &Path| LocalStore::open(root, Scratch::open(&folder.path().join("scratch")).unwrap()).map(drop);
    let refused = store(elsewhere.path()).unwrap_err().to_string();
    assert!(refused.contains("same file system"), "{refused}");
    let objects = folder.path().join("objects");
    store(&objects).unwrap();
    assert_eq!(fs::read_dir(&objects).unwrap().count(), 0);
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn the_whole_flow_goes_into_a_bucket() {
    let Some(moto) = Moto::start("bucket").await else { return };
    let world = World::with(&moto.settings()).await;
    let ada = world.user("ada");
    let whole = [vec![1; PART], b"the end".to_vec()].concat();
    let session = ada.session().await;
    let declaration = json!({ "key": "a", "size": whole.len(), "hash": sha256(&whole).0, "contentType": "image/png" });
    let file = ada.register(&session, &declaration).await.expect(201).text("/fileId");

    let first = ada.upload(&session, &file, 1, vec![2; PART]).await.expect(200).text("/etag");
    let end = ada.upload(&session, &file, 2, "the end").await.expect(200).text("/etag");
    ada.complete(&session, &file, &[first, end]).await.expect_error(422, "HASH_MISMATCH");
    assert_eq!(ada.read(&session).await.expect(200).body["files"][0]["parts"], json!([]), "all must be sent again");

    // A rule of the bucket for old uploads removes this one; the server finds out at the next part.
    let row = world.database.client().await;
    let row = row.query_one("select upload_token from upload_session_files", &[]).await.unwrap();
    assert_eq!(row.get::<_, Option<String>>(0), None, "the mismatch used the upload up");
    ada.upload(&session, &file, 2, "the end").await.expect(200);
    moto.give_up_uploads("bucket").await;
    let lost = ada.upload(&session, &file, 1, vec![1; PART]).await.expect_violation("parts");
    assert!(lost.body["violations"][0]["message"].as_str().unwrap().contains("send all its parts again"));
    assert_eq!(ada.read(&session).await.expect(200).body["files"][0]["parts"], json!([]));

    let first = ada.upload(&session, &file, 1, vec![1; PART]).await.expect(200).text("/etag");
    let end = ada.upload(&session, &file, 2, "the end").await.expect(200).text("/etag");
    let completed = ada.complete(&session, &file, &[first, end]).await.expect(200);
    assert_eq!(content(&completed.text("/fileUrl"), Some(&moto)).await, whole);
    ada.finalize(&session).await.expect(200);
    world.close().await;
}
