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
/// Bytes that are copied at once.
const COPY_BYTES: usize = 256 * 1024;

/// Keeps bytes in a folder.
pub struct LocalStore {
    root: Arc<Path>,
    scratch: Scratch,
    /// Assembling keeps a disk and a core busy; more at once would only make all of them slower.
    assemblies: Semaphore,
}

impl LocalStore {
    /// A store in this folder, which is made if it is not there.
    pub fn open(root: &Path, scratch: Scratch) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?.into();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { root, scratch, assemblies: Semaphore::new(cores) })
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

    async fn put_part(&self, upload: &Upload, number: i32, _size: i64, body: PartBody) -> Result<String, DomainError> {
        let file = self.scratch.file().map_err(super::content::storage_failure)?;
        let received = receive(file, body, Purpose::Keep).await?;
        let hash = received.hash.ok_or_else(|| DomainError::internal("a kept body was not hashed"))?;
        let (folder, name) = (self.folder(upload.file), part_name(number, &hash.0));
        let root = Arc::clone(&self.root);
        blocking(move || {
            create_folder(&root, &folder)?;
            persist(received.file, &folder, &name)
        })
        .await?;
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
        let _turn = self.assemblies.acquire().await.map_err(DomainError::internal)?;
        let assembly = Assembly {
            folder: self.folder(upload.file),
            parts: parts.to_vec(),
            size: u64::try_from(size).map_err(DomainError::internal)?,
            declared: hash.cloned(),
            target: self.scratch.file().map_err(super::content::storage_failure)?,
        };
        blocking(move || assembly.run()).await?
    }

    async fn remove(&self, upload: &Upload) -> Result<(), DomainError> {
        let folder = self.folder(upload.file);
        blocking(move || allow_missing(fs::remove_dir_all(&folder))).await
    }
}

/// The parts of a file on their way to becoming one.
struct Assembly {
    folder: PathBuf,
    parts: Vec<Part>,
    size: u64,
    declared: Option<Sha256>,
    target: NamedTempFile,
}

impl Assembly {
    fn run(mut self) -> io::Result<Result<Assembled, DomainError>> {
        let name = content_name(&self.parts);
        let path = self.folder.join(&name);
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == self.size) {
            return stored(&path);
        }
        let missing = self.missing()?;
        if !missing.is_empty() {
            return Ok(Err(DomainError::Invalid(missing)));
        }
        let actual = self.copy()?;
        if let (Some(declared), Some(actual)) = (&self.declared, actual)
            && *declared != actual
        {
            return Ok(Ok(Assembled::HashMismatch { actual, parts_kept: true }));
        }
        self.target.as_file().sync_data()?;
        persist(self.target, &self.folder, &name)?;
        remove_parts(&self.folder);
        stored(&path)
    }

    fn part_path(&self, part: &Part) -> PathBuf {
        self.folder.join(part_name(part.number, &part.etag))
    }

    /// Parts that are recorded and not here. That takes a lost disk, or a folder that is not the other servers' one;
    /// either way the client can send them again.
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
    fn copy(&mut self) -> io::Result<Option<Sha256>> {
        let mut hasher = self.declared.is_some().then(Hasher::new);
        let mut buffer = vec![0; COPY_BYTES];
        for part in &self.parts {
            let mut source = File::open(self.part_path(part))?;
            loop {
                let read = source.read(&mut buffer)?;
                let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
                self.target.write_all(bytes)?;
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

fn stored(path: &Path) -> io::Result<Result<Assembled, DomainError>> {
    let url = Url::from_file_path(path).map_err(|()| io::Error::other("the data folder has no absolute path"))?;
    Ok(Ok(Assembled::Stored { url: url.to_string() }))
}

/// Gives a finished file its name, so that the name survives a crash of the machine.
fn persist(file: NamedTempFile, folder: &Path, name: &str) -> io::Result<()> {
    file.persist(folder.join(name)).map_err(|error| error.error)?;
    sync_folder(folder)
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

/// The whole is stored; parts that cannot be removed cost space and nothing else.
fn remove_parts(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with("part-") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn allow_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
