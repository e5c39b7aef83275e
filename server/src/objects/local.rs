//! Bytes in a folder of this machine.
//!
//! Each file has a folder of its own. A part is stored as `part-<number>-<sha256>`, and the whole as
//! `content-<digest of its part list>`, so that no name ever stands for two different contents: a repeated or concurrent
//! assembly of the same parts finds or makes the same whole. Bytes get such a name only once they are complete and on
//! the disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use sha2::{Digest, Sha256 as Hasher};
use tempfile::NamedTempFile;
use tokio::sync::Semaphore;
use url::Url;

use super::Scratch;
use super::content::{Purpose, blocking, hex, receive};
use crate::domain::error::{DomainError, Violation};
use crate::domain::model::{FileId, Part, Sha256};
use crate::domain::ports::{Assembled, ObjectStore, PartBody, Upload, UploadToken};

/// A replaced part this young may just have been stored again by a request that has not recorded it yet.
const YOUNG: Duration = Duration::from_secs(60);
/// How often a folder is made anew for a part. Those who remove it do so once each.
const ATTEMPTS: usize = 32;
/// Bytes that are copied at once.
const COPY_BYTES: usize = 256 * 1024;
/// Files up to this size wait only for each other: one that takes minutes must not hold up one that takes a moment.
const SMALL: u64 = 64 * 1024 * 1024;

/// Keeps bytes in a folder.
pub struct LocalStore {
    root: Arc<Path>,
    scratch: Scratch,
    /// Assembling keeps a disk and a core busy; more at once would only make all of them slower.
    small_assemblies: Semaphore,
    large_assemblies: Semaphore,
}

impl LocalStore {
    /// A store in this folder, which is made if it is not there.
    pub fn open(root: &Path, scratch: Scratch) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let root: Arc<Path> = root.canonicalize()?.into();
        check_file_system(&root, &scratch)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (small_assemblies, large_assemblies) = (Semaphore::new(cores), Semaphore::new(cores));
        Ok(Self { root, scratch, small_assemblies, large_assemblies })
    }

    fn folder(&self, file: FileId) -> PathBuf {
        // The end of an identifier is random, whatever its version, so the folders fill evenly.
        let name = file.0.to_string();
        let shard = name.get(name.len().saturating_sub(2)..).unwrap_or("00");
        self.root.join(shard).join(&name)
    }
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn begin(&self, _file: FileId, _content_type: Option<&str>) -> Result<UploadToken, DomainError> {
        // The place follows from the file, so every process that begins names the same one.
        Ok(UploadToken("local".to_owned()))
    }

    async fn put_part(&self, upload: &Upload, number: i32, body: PartBody) -> Result<String, DomainError> {
        let file = self.scratch.file().map_err(super::content::storage_failure)?;
        let received = receive(file, body, Purpose::Keep).await?;
        let hash = hex(&received.sha256);
        let (folder, name) = (self.folder(upload.file), part_name(number, &hash.0));
        let root = Arc::clone(&self.root);
        blocking(move || keep(received.file, &root, &folder, &name)).await?;
        Ok(hash.0)
    }

    async fn discard_part(&self, upload: &Upload, part: &Part) -> Result<(), DomainError> {
        let path = self.folder(upload.file).join(part_name(part.number, &part.etag));
        blocking(move || {
            let age = |modified: SystemTime| modified.elapsed().unwrap_or_default();
            match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
                Ok(modified) if age(modified) < YOUNG => Ok(()),
                Ok(_) => allow_missing(fs::remove_file(&path)),
                Err(error) => allow_missing(Err(error)),
            }
        })
        .await
    }

    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: i64,
        hash: Option<&Sha256>,
    ) -> Result<Assembled, DomainError> {
        let whole = Whole {
            path: self.folder(upload.file).join(content_name(parts)),
            size: u64::try_from(size).map_err(DomainError::internal)?,
        };
        // A repeat waits for nobody.
        let earlier = whole.clone();
        if let Some(stored) = blocking(move || earlier.find()).await? {
            return Ok(stored);
        }
        let turns = if whole.size <= SMALL { &self.small_assemblies } else { &self.large_assemblies };
        let _turn = turns.acquire().await.map_err(DomainError::internal)?;
        let target = self.scratch.file().map_err(super::content::storage_failure)?;
        let folder = self.folder(upload.file);
        let assembly = Assembly { folder, parts: parts.to_vec(), declared: hash.cloned(), whole };
        blocking(move || assembly.run(target)).await?
    }

    async fn tidy(&self, upload: &Upload, url: &str) -> Result<(), DomainError> {
        let (folder, url) = (self.folder(upload.file), url.to_owned());
        blocking(move || keep_only(&folder, &url)).await
    }

    async fn remove(&self, upload: &Upload) -> Result<(), DomainError> {
        let folder = self.folder(upload.file);
        blocking(move || allow_missing(fs::remove_dir_all(&folder))).await
    }
}

/// What is finished is moved from the scratch folder, which works within one file system only. Other failures, as of a full
/// disk, may pass and are no reason not to start.
fn check_file_system(root: &Path, scratch: &Scratch) -> io::Result<()> {
    let Ok(file) = scratch.file() else { return Ok(()) };
    let Some(name) = file.path().file_name().map(|name| root.join(name)) else { return Ok(()) };
    match file.persist(&name) {
        Err(refused) if refused.error.kind() == io::ErrorKind::CrossesDevices => Err(io::Error::other(
            "this folder must be on the same file system as the folder `scratch` beside it; mount the data folder as a whole",
        )),
        _ => allow_missing(fs::remove_file(name)),
    }
}

/// Where the content of a file lies once its parts are put together.
#[derive(Clone)]
struct Whole {
    path: PathBuf,
    size: u64,
}

impl Whole {
    /// The content, when it is there.
    fn find(&self) -> io::Result<Option<Assembled>> {
        match fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == self.size) {
            true => self.stored().map(Some),
            false => Ok(None),
        }
    }

    fn stored(&self) -> io::Result<Assembled> {
        let url = Url::from_file_path(&self.path);
        let url = url.map_err(|()| io::Error::other("the data folder has no absolute path"))?;
        Ok(Assembled::Stored { url: url.to_string() })
    }
}

/// The parts of a file on their way to becoming one.
struct Assembly {
    folder: PathBuf,
    parts: Vec<Part>,
    declared: Option<Sha256>,
    whole: Whole,
}

impl Assembly {
    fn run(self, target: NamedTempFile) -> io::Result<Result<Assembled, DomainError>> {
        if let Some(stored) = self.whole.find()? {
            return Ok(Ok(stored));
        }
        match self.put_together(target) {
            Ok(assembled) => return Ok(Ok(assembled)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Another call may have put the parts together, and removed them, while this one read them.
        if let Some(stored) = self.whole.find()? {
            return Ok(Ok(stored));
        }
        let missing = self.missing()?;
        Ok(Err(match missing.is_empty() {
            true => DomainError::unavailable("a part was stored anew while the parts were read"),
            false => DomainError::Invalid(missing),
        }))
    }

    /// [`io::ErrorKind::NotFound`] when a part is not here.
    fn put_together(&self, mut target: NamedTempFile) -> io::Result<Assembled> {
        if !self.missing()?.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let actual = self.copy(&mut target)?;
        if let (Some(declared), Some(actual)) = (&self.declared, actual)
            && *declared != actual
        {
            return Ok(Assembled::HashMismatch { actual, parts_kept: true });
        }
        target.as_file().sync_data()?;
        persist(target, &self.whole.path)?;
        self.whole.stored()
    }

    fn part_path(&self, part: &Part) -> PathBuf {
        self.folder.join(part_name(part.number, &part.etag))
    }

    /// Parts that are recorded and not here. One may have been replaced a moment ago; else that takes a lost disk, or a
    /// folder that is not the other servers' one. In any case the client can send them again.
    fn missing(&self) -> io::Result<Vec<Violation>> {
        let mut missing = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            let here = match fs::metadata(self.part_path(part)) {
                Ok(metadata) => i64::try_from(metadata.len()) == Ok(part.size),
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(error) => return Err(error),
            };
            if !here {
                let message = "its bytes are not stored; send the part again";
                missing.push(Violation::new(format!("parts[{index}]"), message));
            }
        }
        Ok(missing)
    }

    /// Writes the parts one after the other; hashes them when somebody declared a hash.
    fn copy(&self, target: &mut NamedTempFile) -> io::Result<Option<Sha256>> {
        let mut hasher = self.declared.is_some().then(Hasher::new);
        let mut buffer = vec![0; COPY_BYTES];
        for part in &self.parts {
            let mut source = File::open(self.part_path(part))?;
            loop {
                let read = source.read(&mut buffer)?;
                let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
                target.write_all(bytes)?;
                if let Some(hasher) = &mut hasher {
                    hasher.update(bytes);
                }
            }
        }
        Ok(hasher.map(|hasher| hex(&hasher.finalize())))
    }
}

fn part_name(number: i32, etag: &str) -> String {
    format!("part-{number:05}-{etag}")
}

fn content_name(parts: &[Part]) -> String {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(format!("{} {} {}\n", part.number, part.etag, part.size));
    }
    let digest = hex(&hasher.finalize()).0;
    format!("content-{}", digest.get(..32).unwrap_or(&digest))
}

/// Gives a part its name in the folder of its file. Whoever aborts the session at this moment removes that folder: a part
/// that was in it goes with it, since nobody can record it any more; one that was not makes it again, to be removed next.
fn keep(mut part: NamedTempFile, root: &Path, folder: &Path, name: &str) -> io::Result<()> {
    let mut attempts = 0;
    loop {
        allow_missing(create_folder(root, folder))?;
        attempts += 1;
        match part.persist(folder.join(name)) {
            Ok(_) => return allow_missing(sync_folder(folder)),
            Err(refused) if refused.error.kind() == io::ErrorKind::NotFound && attempts < ATTEMPTS => {
                part = refused.file;
            }
            Err(refused) => return Err(refused.error),
        }
    }
}

/// Gives a finished file its name, so that the name survives a crash of the machine.
fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|error| error.error)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes a file's folder, so that it survives a crash of the machine.
fn create_folder(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for parent in folder.ancestors().skip(1) {
        sync_folder(parent)?;
        if parent == root {
            break;
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what is in a folder besides the file at `url`, if that is there: a folder of another machine stays as it is.
fn keep_only(folder: &Path, url: &str) -> io::Result<()> {
    let content = Url::parse(url).ok().and_then(|url| url.to_file_path().ok());
    let Some(content) = content.filter(|content| content.parent() == Some(folder) && content.is_file()) else {
        return Ok(());
    };
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path != content {
            allow_missing(fs::remove_file(path))?;
        }
    }
    Ok(())
}

fn allow_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
