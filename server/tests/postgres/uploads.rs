//! The use cases on a real database and a real folder, where two calls meet.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use tokio::sync::Notify;
use upload_server::{
    domain::{
        DomainError, FileId, PartUpload, Sha256, Uploads,
        extension::ExtensionPolicy,
        model::{Part, SessionStatus},
        parts::ListedPart,
        policy::Policy,
        ports::{
            Assembled, FileAddress, ObjectStore, PartBody, SessionAddress, SessionStore, SystemClock, Tally, Upload,
            UploadToken, Whole,
        },
    },
    objects::{LocalStore, Scratch},
};

use crate::support::*;

/// A store that, once the bytes are in place, waits to be told to go on.
struct Paused {
    store: LocalStore,
    stored: Notify,
    go_on: Notify,
}

#[async_trait::async_trait]
impl ObjectStore for Paused {
    async fn begin(&self, file: FileId, content_type: Option<&str>) -> Result<UploadToken, DomainError> {
        self.store.begin(file, content_type).await
    }

    async fn put_part(&self, upload: &Upload, number: i32, body: PartBody) -> Result<String, DomainError> {
        let etag = self.store.put_part(upload, number, body).await;
        self.stored.notify_one();
        self.go_on.notified().await;
        etag
    }

    async fn discard_part(&self, upload: &Upload, part: &Part) -> Result<(), DomainError> {
        self.store.discard_part(upload, part).await
    }

    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: i64,
        hash: Option<&Sha256>,
    ) -> Result<Assembled, DomainError> {
        let assembled = self.store.assemble(upload, parts, size, hash).await;
        self.stored.notify_one();
        self.go_on.notified().await;
        assembled
    }

    async fn tidy(&self, upload: &Upload, url: &str) -> Result<(), DomainError> {
        self.store.tidy(upload, url).await
    }

    async fn remove(&self, upload: &Upload) -> Result<(), DomainError> {
        self.store.remove(upload).await
    }
}

struct Uncounted;

impl Tally for Uncounted {
    fn extended(&self, _action: &'static str) {}
}

struct Meeting {
    world: World,
    folder: tempfile::TempDir,
    objects: Arc<Paused>,
    uploads: Uploads,
    own_files: usize,
}

impl Meeting {
    async fn new() -> Self {
        Self::with(Policy::default()).await
    }

    async fn with(policy: Policy) -> Self {
        let world = World::new().await;
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::open(folder.path()).unwrap();
        let store = LocalStore::open(folder.path(), scratch).unwrap();
        let objects = Arc::new(Paused { store, stored: Notify::new(), go_on: Notify::new() });
        let (clock, tally) = (Arc::new(SystemClock), Arc::new(Uncounted));
        let uploads = Uploads::new(world.store.clone(), objects.clone(), clock, tally, policy);
        let own_files = count(folder.path());
        Self { world, folder, objects, uploads, own_files }
    }

    /// Sends the only part of a file, and does `meanwhile` between its bytes and its record.
    async fn upload(&self, address: &FileAddress, meanwhile: impl Future<Output = ()>) -> Result<String, DomainError> {
        let body = futures::stream::iter([Ok(Bytes::from_static(b"hello"))]).boxed();
        let upload = self.uploads.upload_part(address, PartUpload { number: 1, content_length: Some(5), body });
        let (stored, ()) = tokio::join!(upload, self.between(meanwhile));
        stored.map(|stored| stored.part.etag)
    }

    async fn complete(
        &self,
        address: &FileAddress,
        etag: &str,
        meanwhile: impl Future<Output = ()>,
    ) -> Result<String, DomainError> {
        let listed = [ListedPart { number: 1, etag: etag.to_owned() }];
        let complete = self.uploads.complete_file(address, &listed);
        let (completed, ()) = tokio::join!(complete, self.between(meanwhile));
        completed.map(|completed| completed.file.url.unwrap())
    }

    async fn between(&self, meanwhile: impl Future<Output = ()>) {
        self.objects.stored.notified().await;
        meanwhile.await;
        self.objects.go_on.notify_one();
    }

    /// A session with a file whose only part is stored.
    async fn file_with_part(&self) -> (SessionAddress, FileAddress, String) {
        let session = self.world.session().await;
        let (address, _) = self.world.register(&session, "a").await;
        let etag = self.upload(&address, async {}).await.unwrap();
        (session, address, etag)
    }

    /// What another call does at the same time: it stores and records the only part of a file, and completes the file.
    async fn store(&self, address: &FileAddress, bytes: &'static [u8]) -> Part {
        let (store, window) = (&self.world.store, self.world.window());
        let token = store.open_file(address, self.world.now).await.unwrap().upload.unwrap();
        let upload = Upload { file: address.file, token };
        let body = futures::stream::iter([Ok(Bytes::from_static(bytes))]).boxed();
        let etag = self.objects.store.put_part(&upload, 1, body).await.unwrap();
        let part = Part { number: 1, etag, size: 5 };
        store.record_part(address, &upload.token, &part, window).await.unwrap();
        part
    }

    /// The same, and completes the file.
    async fn store_and_complete(&self, address: &FileAddress, bytes: &'static [u8]) -> String {
        let parts = [self.store(address, bytes).await];
        let upload = Upload { file: address.file, token: UploadToken("local".to_owned()) };
        let Assembled::Stored { url } = self.objects.store.assemble(&upload, &parts, 5, None).await.unwrap() else {
            panic!("no hash was declared");
        };
        let whole = Whole { parts: &parts, url: &url };
        self.world.store.complete_file(address, &whole, self.world.window()).await.unwrap().unwrap();
        url
    }

    /// How many files lie in the folder, beside the store's own.
    fn files(&self) -> usize {
        count(self.folder.path()) - self.own_files
    }
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn a_completion_that_comes_after_the_finalization_leaves_the_content_alone() {
    let meeting = Meeting::new().await;
    let (session, address, etag) = meeting.file_with_part().await;
    let other_call_and_finalization = async {
        meeting.store_and_complete(&address, b"hello").await;
        meeting.world.store.finalize_session(&session, meeting.world.now).await.unwrap();
    };
    let late = meeting.complete(&address, &etag, other_call_and_finalization).await;
    assert!(matches!(late, Err(DomainError::SessionNotActive(SessionStatus::Completed))));
    assert_eq!(meeting.files(), 1, "the content of the completed file");
}

fn is_about_an_etag<T>(outcome: &Result<T, DomainError>) -> bool {
    matches!(outcome, Err(DomainError::Invalid(violations)) if violations[0].path == "parts[0].etag")
}

#[tokio::test]
async fn a_part_that_was_sent_again_while_the_file_was_put_together_wins() {
    let meeting = Meeting::new().await;
    let (_, address, etag) = meeting.file_with_part().await;
    let mut sent_again = None;
    let late =
        meeting.complete(&address, &etag, async { sent_again = Some(meeting.store(&address, b"world").await) }).await;
    assert!(is_about_an_etag(&late), "{late:?}");
    let url = meeting.complete(&address, &sent_again.unwrap().etag, async {}).await.unwrap();
    assert_eq!(std::fs::read(url.strip_prefix("file://").unwrap()).unwrap(), b"world");
    assert_eq!(meeting.files(), 1, "nothing but the content");
}

#[tokio::test]
async fn of_two_completions_with_different_parts_one_is_refused_and_leaves_nothing() {
    let meeting = Meeting::new().await;
    let (_, address, etag) = meeting.file_with_part().await;
    let mut url = None;
    let other_call = async { url = Some(meeting.store_and_complete(&address, b"world").await) };
    let late = meeting.complete(&address, &etag, other_call).await;
    assert!(is_about_an_etag(&late), "{late:?}");
    assert_eq!(std::fs::read(url.unwrap().strip_prefix("file://").unwrap()).unwrap(), b"world");
    assert_eq!(meeting.files(), 1, "nothing but the content");
    let listed = [ListedPart { number: 1, etag }];
    let repeat = meeting.uploads.complete_file(&address, &listed).await;
    assert!(is_about_an_etag(&repeat), "a completed file has the parts that it was completed with");
}

#[tokio::test]
async fn a_part_that_comes_after_the_completion_leaves_nothing() {
    for finalized in [false, true] {
        let meeting = Meeting::new().await;
        let session = meeting.world.session().await;
        let (address, _) = meeting.world.register(&session, "a").await;
        meeting.upload(&address, async {}).await.unwrap();
        let other_call = async {
            meeting.store_and_complete(&address, b"world").await;
            if finalized {
                meeting.world.store.finalize_session(&session, meeting.world.now).await.unwrap();
            }
        };
        let late = meeting.upload(&address, other_call).await;
        match finalized {
            false => assert!(matches!(late, Err(DomainError::FileCompleted)), "{late:?}"),
            true => assert!(matches!(late, Err(DomainError::SessionNotActive(SessionStatus::Completed))), "{late:?}"),
        }
        assert_eq!(meeting.files(), 1, "the content of the completed file");
    }
}

#[tokio::test]
async fn completing_again_is_activity() {
    let meeting = Meeting::new().await;
    let session = meeting.world.session_ending_in(5).await;
    let (address, _) = meeting.world.register(&session, "a").await;
    let etag = meeting.upload(&address, async {}).await.unwrap();
    meeting.complete(&address, &etag, async {}).await.unwrap();
    let soon = meeting.world.now + chrono::TimeDelta::minutes(5);
    let statement = "update upload_sessions set expires_at = $2 where id = $1";
    meeting.world.database.client().await.execute(statement, &[&session.session.0, &soon]).await.unwrap();
    let again = meeting.uploads.complete_file(&address, &[ListedPart { number: 1, etag }]).await.unwrap();
    assert!(again.activity.extension.is_some());
}

#[tokio::test]
async fn bytes_that_arrive_while_their_session_is_aborted_do_not_stay() {
    let meeting = Meeting::new().await;
    let session = meeting.world.session().await;
    let (address, _) = meeting.world.register(&session, "a").await;
    let abort = async { meeting.uploads.abort_session(&session, None).await.unwrap() };
    let late = meeting.upload(&address, abort).await;
    assert!(matches!(late, Err(DomainError::SessionNotActive(SessionStatus::Failed))));
    assert_eq!(meeting.files(), 0);
}

#[tokio::test]
async fn a_completion_that_meets_an_abort_stores_nothing() {
    let meeting = Meeting::new().await;
    let (session, address, etag) = meeting.file_with_part().await;
    let abort = async { meeting.uploads.abort_session(&session, None).await.unwrap() };
    let late = meeting.complete(&address, &etag, abort).await;
    assert!(matches!(late, Err(DomainError::SessionNotActive(SessionStatus::Failed))));
    assert_eq!(meeting.files(), 0);
}

#[tokio::test]
async fn a_completion_that_finds_no_parts_because_of_an_abort_is_told_of_the_abort() {
    let meeting = Meeting::new().await;
    let (session, address, etag) = meeting.file_with_part().await;
    let upload = Upload { file: address.file, token: UploadToken("local".to_owned()) };
    meeting.objects.store.remove(&upload).await.unwrap();
    let lost = meeting.complete(&address, &etag, async {}).await;
    assert!(matches!(lost, Err(DomainError::Invalid(_))), "{lost:?}");
    let abort = async { meeting.uploads.abort_session(&session, None).await.unwrap() };
    let late = meeting.complete(&address, &etag, abort).await;
    assert!(matches!(late, Err(DomainError::SessionNotActive(SessionStatus::Failed))), "{late:?}");
}

#[tokio::test]
async fn a_completion_that_takes_longer_than_its_session_has_left_keeps_it_alive() {
    let seconds = chrono::TimeDelta::seconds;
    let extension = ExtensionPolicy { threshold: seconds(10), ttl: seconds(11), ..ExtensionPolicy::default() };
    let meeting = Meeting::with(Policy { extension, ..Policy::default() }).await;
    let (session, address, etag) = meeting.file_with_part().await;
    let client = meeting.world.database.client().await;
    let set = "update upload_sessions set expires_at = now() + interval '9 seconds' where id = $1 returning expires_at";
    let id = session.session.0;
    let first: DateTime<Utc> = client.query_one(set, &[&id]).await.unwrap().get(0);
    // The beginning of the completion moves the end by some 2 seconds, and only what it does meanwhile by more.
    let ends = "select expires_at > $2 from upload_sessions where id = $1";
    let extended = eventually(async || client.query_one(ends, &[&id, &(first + seconds(5))]).await.unwrap().get(0));
    meeting.complete(&address, &etag, extended).await.unwrap();
}
