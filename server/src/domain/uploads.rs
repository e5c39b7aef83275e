//! The use cases of upload sessions: what each operation of the contract means.

use std::sync::Arc;

use super::{
    error::{DomainError, Violation},
    exact::{check_announced, exactly},
    extension::ExtensionWindow,
    keep_alive::KeepAlive,
    model::{
        Activity, File, FileCompleted, FileDeclaration, FileId, FileRegistered, FileStatus, IdempotencyKey, Part,
        PartStored, Session, SessionCreated, SessionFinalized, SessionId, SessionStatus, UserId,
    },
    parts::{self, ListedPart},
    policy::Policy,
    ports::{
        Assembled, Clock, FileAddress, NewFile, NewSession, ObjectStore, OpenFile, PartBody, SessionAddress,
        SessionStore, Tally, Upload, Whole,
    },
};
use crate::causes::with_causes;

/// The use cases of upload sessions.
#[derive(Clone)]
pub struct Uploads {
    sessions: Arc<dyn SessionStore>,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    tally: Arc<dyn Tally>,
    policy: Policy,
}

/// The bytes of one part as a client sends them.
pub struct PartUpload {
    /// Its position, from 1.
    pub number: i32,
    /// How many bytes the client announces, when it does.
    pub content_length: Option<u64>,
    /// The bytes.
    pub body: PartBody,
}

impl Uploads {
    /// The use cases on these stores, with these settings.
    pub fn new(
        sessions: Arc<dyn SessionStore>,
        objects: Arc<dyn ObjectStore>,
        clock: Arc<dyn Clock>,
        tally: Arc<dyn Tally>,
        policy: Policy,
    ) -> Self {
        Self { sessions, objects, clock, tally, policy }
    }

    /// The settings, for answers that tell a client about them.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The present moment as the domain sees it.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// Opens a session for one or more files.
    pub async fn create_session(
        &self,
        owner: UserId,
        files: Vec<FileDeclaration>,
        allow_duplicates: bool,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<SessionCreated, DomainError> {
        self.check_sizes(&files)?;
        check_keys(&files)?;
        let now = self.clock.now();
        let largest = files.iter().map(|file| file.size).max().unwrap_or(0);
        let new = NewSession {
            id: SessionId::generate(),
            owner,
            files,
            allow_duplicates,
            part_size_bytes: parts::part_size_for(largest),
            now,
            expires_at: now + self.policy.first_lifetime(),
            idempotency,
        };
        self.sessions.create_session(&new).await
    }

    /// Reads a session.
    pub async fn session(&self, address: &SessionAddress) -> Result<Session, DomainError> {
        self.sessions.session(address, self.clock.now()).await
    }

    /// Adds a file to a session.
    pub async fn register_file(
        &self,
        session: SessionAddress,
        declaration: FileDeclaration,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<FileRegistered, DomainError> {
        self.check_sizes(std::slice::from_ref(&declaration))?;
        let address = FileAddress { owner: session.owner, session: session.session, file: FileId::generate() };
        let new = NewFile { address, declaration, window: self.window(), idempotency };
        let registered = self.sessions.register_file(&new).await?;
        if !registered.repeated {
            self.note(new.address.session, &registered.activity, "registerFile");
        }
        Ok(registered)
    }

    /// Stores the bytes of a part.
    pub async fn upload_part(&self, address: &FileAddress, sent: PartUpload) -> Result<PartStored, DomainError> {
        let sessions = &*self.sessions.for_request();
        let open = sessions.open_file(address, self.clock.now()).await?;
        if open.file.status == FileStatus::Completed {
            return Err(DomainError::FileCompleted);
        }
        let size = parts::part_size(sent.number, open.file.size, open.part_size_bytes)?;
        check_announced(sent.content_length, size)?;
        let activity = self.begin(sessions, address, &open, "uploadPart").await?;
        let upload = self.place(sessions, &open).await?;
        let alive = KeepAlive::new(self, address.session_address(), "uploadPart", activity);
        let body = exactly(size, alive.watch(sent.body));
        let stored = self.objects.put_part(&upload, sent.number, body).await;
        let etag = unless_lost(sessions, &upload, stored).await?;
        let part = Part { number: sent.number, etag, size };
        let recorded = sessions.record_part(address, &upload.token, &part, self.window()).await;
        self.clear(address, &upload, recorded.as_ref().err()).await;
        let recorded = recorded?;
        self.note(address.session, &recorded.activity, "uploadPart");
        if let Some(replaced) = recorded.replaced {
            self.discard(&upload, &replaced).await;
        }
        Ok(PartStored { part, activity: recorded.activity.after(alive.activity()) })
    }

    /// Puts the parts of a file together.
    pub async fn complete_file(
        &self,
        address: &FileAddress,
        listed: &[ListedPart],
    ) -> Result<FileCompleted, DomainError> {
        let sessions = &*self.sessions.for_request();
        let mut open = sessions.open_file(address, self.clock.now()).await?;
        open.file.parts = sessions.parts(address.file).await?;
        parts::check_listed(&open.file, listed, open.part_size_bytes)?;
        // To put the parts together may take a while, and is activity whatever comes of it.
        let activity = self.begin(sessions, address, &open, "completeFile").await?;
        if open.file.status == FileStatus::Completed {
            return Ok(FileCompleted { file: open.file, activity });
        }
        let upload = self.place(sessions, &open).await?;
        let alive = KeepAlive::new(self, address.session_address(), "completeFile", activity);
        let url = match alive.during(self.assemble(sessions, &open, &upload)).await {
            Err(lost @ (DomainError::Invalid(_) | DomainError::PartsLost)) => {
                // Whoever aborts the session removes its parts.
                sessions.open_file(address, self.clock.now()).await?;
                return Err(lost);
            }
            outcome => outcome?,
        };
        let whole = Whole { parts: &open.file.parts, url: &url };
        let completed = sessions.complete_file(address, &whole, self.window()).await;
        self.clear(address, &upload, completed.as_ref().err()).await;
        let Some(mut completed) = completed? else {
            return self.overtaken(sessions, address, open, &upload, listed).await;
        };
        self.note(address.session, &completed.activity, "completeFile");
        self.tidy_beside(&upload, &completed.file).await;
        completed.activity = completed.activity.after(alive.activity());
        Ok(completed)
    }

    /// Why a file was not completed whose parts were stored anew while they were put together.
    async fn overtaken(
        &self,
        sessions: &dyn SessionStore,
        address: &FileAddress,
        mut open: OpenFile,
        upload: &Upload,
        listed: &[ListedPart],
    ) -> Result<FileCompleted, DomainError> {
        self.tidy(address, upload).await;
        open.file.parts = sessions.parts(address.file).await?;
        parts::check_listed(&open.file, listed, open.part_size_bytes)?;
        Err(DomainError::unavailable("parts were stored anew while they were put together"))
    }

    /// Ends a session whose files are all completed.
    pub async fn finalize_session(&self, address: &SessionAddress) -> Result<SessionFinalized, DomainError> {
        self.sessions.finalize_session(address, self.clock.now()).await
    }

    /// Ends a session without its files and removes what is stored of them.
    pub async fn abort_session(&self, address: &SessionAddress, reason: Option<&str>) -> Result<(), DomainError> {
        let aborted = self.sessions.abort_session(address, reason, self.clock.now()).await?;
        for upload in &aborted.uploads {
            self.remove(upload).await;
        }
        Ok(())
    }

    fn window(&self) -> ExtensionWindow {
        self.policy.extension.at(self.clock.now())
    }

    /// Begins the work of a request that nothing speaks against: its session is extended when it is due. One that is not
    /// costs no question.
    async fn begin(
        &self,
        sessions: &dyn SessionStore,
        address: &FileAddress,
        open: &OpenFile,
        action: &'static str,
    ) -> Result<Activity, DomainError> {
        let window = self.window();
        if window.extend(open.session_created_at, open.expires_at).is_none() {
            return Ok(Activity { expires_at: open.expires_at, extension: None });
        }
        let activity = sessions.extend_session(&address.session_address(), window).await?;
        self.note(address.session, &activity, action);
        Ok(activity)
    }

    /// Extends a session for work that is under way, if it is due.
    pub(super) async fn extend(&self, session: &SessionAddress, action: &'static str) -> Result<Activity, DomainError> {
        let activity = self.sessions.extend_session(session, self.window()).await?;
        self.note(session.session, &activity, action);
        Ok(activity)
    }

    /// Extensions change what a client was told; operators want to see who moved the end of a session and when.
    fn note(&self, session: SessionId, activity: &Activity, action: &'static str) {
        let Some(extension) = activity.extension else { return };
        self.tally.extended(action);
        tracing::info!(
            %session,
            old_expires_at = %extension.old_expires_at,
            new_expires_at = %extension.new_expires_at,
            action,
            "session extended"
        );
    }

    fn check_sizes(&self, files: &[FileDeclaration]) -> Result<(), DomainError> {
        match files.iter().find(|file| file.size > self.policy.max_file_size) {
            Some(file) => Err(DomainError::TooLarge(format!(
                "the file `{}` is larger than the {} bytes that this server takes",
                file.key, self.policy.max_file_size
            ))),
            None => Ok(()),
        }
    }

    /// Where the bytes of the file go. Of several first parts at once, one makes the place that all use.
    async fn place(&self, sessions: &dyn SessionStore, open: &OpenFile) -> Result<Upload, DomainError> {
        let file = open.file.id;
        if let Some(token) = &open.upload {
            return Ok(Upload { file, token: token.clone() });
        }
        let offered = self.objects.begin(file, open.file.content_type.as_deref()).await?;
        let token = sessions.claim_upload(file, &offered).await?;
        if token != offered {
            self.remove(&Upload { file, token: offered }).await;
        }
        Ok(Upload { file, token })
    }

    async fn assemble(
        &self,
        sessions: &dyn SessionStore,
        open: &OpenFile,
        upload: &Upload,
    ) -> Result<String, DomainError> {
        let file = &open.file;
        let hash = file.hash.as_ref();
        let assembled = self.objects.assemble(upload, &file.parts, file.size, hash).await;
        match unless_lost(sessions, upload, assembled).await? {
            Assembled::Stored { url } => Ok(url),
            Assembled::HashMismatch { actual, parts_kept } => {
                if !parts_kept {
                    sessions.forget_upload(upload).await?;
                }
                self.sessions.record_hash_mismatch(file.id, self.clock.now()).await?;
                let declared = hash.cloned().ok_or_else(|| DomainError::internal("a hash that nobody declared"))?;
                Err(DomainError::HashMismatch { declared, actual })
            }
        }
    }

    /// Removes bytes that came too late to count: with all the rest of a session that was aborted meanwhile, and of a file
    /// that was completed what is not its content. What an expired session leaves stays.
    async fn clear(&self, address: &FileAddress, upload: &Upload, error: Option<&DomainError>) {
        match error {
            Some(DomainError::SessionNotActive(SessionStatus::Failed)) => self.remove(upload).await,
            Some(DomainError::SessionNotActive(SessionStatus::Completed) | DomainError::FileCompleted) => {
                self.tidy(address, upload).await;
            }
            _ => {}
        }
    }

    /// Removes what is stored beside the content of a file that another call may have completed. While none has, nobody
    /// knows which bytes will be its content.
    async fn tidy(&self, address: &FileAddress, upload: &Upload) {
        let session = self.sessions.session(&address.session_address(), self.clock.now()).await;
        if let Some(file) = session.iter().flat_map(|session| &session.files).find(|file| file.id == address.file) {
            self.tidy_beside(upload, file).await;
        }
    }

    /// Bytes that could not be removed cost space and nothing else, so the client is not told.
    async fn tidy_beside(&self, upload: &Upload, file: &File) {
        let Some(url) = &file.url else { return };
        if let Err(error) = self.objects.tidy(upload, url).await {
            let error = with_causes(&error);
            tracing::warn!(file = %upload.file, error, "could not remove what is stored beside the content of a file");
        }
    }

    /// Bytes that could not be removed cost space and nothing else, so the client is not told.
    async fn remove(&self, upload: &Upload) {
        if let Err(error) = self.objects.remove(upload).await {
            tracing::warn!(file = %upload.file, error = with_causes(&error), "could not remove what is stored of a file");
        }
    }

    async fn discard(&self, upload: &Upload, part: &Part) {
        if let Err(error) = self.objects.discard_part(upload, part).await {
            let error = with_causes(&error);
            tracing::warn!(file = %upload.file, part = part.number, error, "could not remove a replaced part");
        }
    }
}

impl Activity {
    /// This activity as the second step of a request whose first step was `first`: the request extended the session when
    /// either did.
    pub(super) fn after(self, first: Activity) -> Activity {
        Activity { extension: self.extension.or(first.extension), ..self }
    }
}

/// What came of a place. One that the store has lost is forgotten, so that the next part makes another.
async fn unless_lost<T>(
    sessions: &dyn SessionStore,
    upload: &Upload,
    outcome: Result<T, DomainError>,
) -> Result<T, DomainError> {
    if matches!(outcome, Err(DomainError::PartsLost)) {
        sessions.forget_upload(upload).await?;
    }
    outcome
}

fn check_keys(files: &[FileDeclaration]) -> Result<(), DomainError> {
    let mut seen = std::collections::HashSet::new();
    let repeated = |(index, file): (usize, &FileDeclaration)| {
        Violation::new(format!("files[{index}].key"), format!("`{}` stands in the list before", file.key))
    };
    let violations: Vec<Violation> =
        files.iter().enumerate().filter(|(_, file)| !seen.insert(file.key.as_str())).map(repeated).collect();
    if violations.is_empty() { Ok(()) } else { Err(DomainError::Invalid(violations)) }
}
