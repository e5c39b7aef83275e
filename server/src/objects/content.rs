//! Bytes on their way to a file: written and hashed in batches beside the network, so that neither waits for the other
//! and no more than two batches are in memory.

use std::fs::File;
use std::io::{self, Write};
#[cfg(target_os = "linux")]
use std::num::NonZeroU64;

use bytes::Bytes;
use futures::StreamExt;
use rustix::io::Errno;
use sha2::{Digest, Sha256 as Hasher};
use tempfile::NamedTempFile;
use tokio::task::{self, JoinHandle};

use crate::domain::Sha256;
use crate::domain::error::DomainError;
use crate::domain::ports::PartBody;

/// Bytes that are handed over at once.
const BATCH_BYTES: usize = 256 * 1024;
/// The disk is told to begin with so many bytes while the next ones arrive, so that little is left to wait for.
const AHEAD_BYTES: u64 = 1024 * 1024;

/// A file that is being written, with the hash of what it holds so far.
struct Writer {
    file: NamedTempFile,
    hasher: Hasher,
    purpose: Purpose,
    written: u64,
    /// What lies before this is on its way to the disk.
    begun: u64,
}

impl Writer {
    fn new(file: NamedTempFile, purpose: Purpose) -> Self {
        Self { file, hasher: Hasher::new(), purpose, written: 0, begun: 0 }
    }

    fn write(mut self, batch: &[Bytes]) -> io::Result<Self> {
        for chunk in batch {
            self.file.write_all(chunk)?;
            self.written += chunk.len() as u64;
            self.hasher.update(chunk);
        }
        if self.purpose == Purpose::Keep && self.written - self.begun >= AHEAD_BYTES {
            begin_writing(self.file.as_file(), self.begun, self.written - self.begun);
            self.begun = self.written;
        }
        Ok(self)
    }

    fn finish(self) -> io::Result<Received> {
        if self.purpose == Purpose::Keep {
            self.file.as_file().sync_data()?;
        }
        Ok(Received { file: self.file, size: self.written, sha256: self.hasher.finalize().into() })
    }
}

/// Asks Linux to begin writing a part of a file to the disk: that is what it does about pages that are said to be not
/// needed and that are not on the disk yet. They stay in memory until they are. An advice that is not taken costs nothing.
#[cfg(target_os = "linux")]
fn begin_writing(file: &File, start: u64, length: u64) {
    let _ = rustix::fs::fadvise(file, start, NonZeroU64::new(length), rustix::fs::Advice::DontNeed);
}

/// Elsewhere the system writes when it thinks fit, or when it is told to sync.
#[cfg(not(target_os = "linux"))]
fn begin_writing(_file: &File, _start: u64, _length: u64) {}

/// A body that has arrived.
pub(super) struct Received {
    pub(super) file: NamedTempFile,
    /// In bytes.
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
}

/// What the bytes are needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To stay: on the disk when this is done.
    Keep,
    /// To be sent elsewhere.
    PassOn,
}

/// Writes a body to a file. When the body ends in an error, nothing of it is left.
pub(super) async fn receive(
    file: NamedTempFile,
    mut body: PartBody,
    purpose: Purpose,
) -> Result<Received, DomainError> {
    let mut writing = tokio::spawn(async move { Ok(Writer::new(file, purpose)) });
    let (mut batch, mut size) = (Vec::new(), 0);
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => {
                size += chunk.len();
                batch.push(chunk);
            }
            Err(error) => {
                // With the writer the file goes, so that nothing is left when the error is answered.
                drop(settled(writing).await);
                return Err(error);
            }
        }
        if size >= BATCH_BYTES {
            let writer = settled(writing).await?;
            let full = std::mem::take(&mut batch);
            size = 0;
            writing = task::spawn_blocking(move || writer.write(&full));
        }
    }
    let writer = settled(writing).await?;
    settled(task::spawn_blocking(move || writer.write(&batch)?.finish())).await
}

/// The outcome of a task, as far as the domain is concerned.
async fn settled<T>(task: JoinHandle<io::Result<T>>) -> Result<T, DomainError> {
    task.await.map_err(DomainError::internal)?.map_err(storage_failure)
}

/// Runs work on files where it does not hold up requests.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, DomainError> {
    settled(task::spawn_blocking(work)).await
}

/// A full disk can be emptied, and open files are closed; another try may succeed then. The rest should not happen.
pub(super) fn storage_failure(error: io::Error) -> DomainError {
    use io::ErrorKind::{OutOfMemory, QuotaExceeded, ResourceBusy, StorageFull};
    // There is no kind for too many open files; there is a code, unless a library has wrapped the error.
    let too_many_files = matches!(Errno::from_io_error(&error), Some(Errno::MFILE | Errno::NFILE));
    match error.kind() {
        StorageFull | QuotaExceeded | ResourceBusy | OutOfMemory => DomainError::unavailable(error),
        _ if too_many_files => DomainError::unavailable(error),
        _ => DomainError::internal(error),
    }
}

pub(super) fn hex(digest: &[u8]) -> Sha256 {
    Sha256(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_a_reason_to_come_again_also_when_a_library_has_wrapped_it() {
        for code in [Errno::NOSPC, Errno::DQUOT, Errno::BUSY, Errno::NOMEM, Errno::MFILE, Errno::NFILE] {
            assert!(matches!(storage_failure(code.into()), DomainError::Unavailable(_)), "{code:?}");
        }
        for code in [Errno::NOSPC, Errno::DQUOT, Errno::BUSY, Errno::NOMEM] {
            let error = io::Error::from(code);
            let wrapped = io::Error::new(error.kind(), format!("{error} at path /somewhere"));
            assert!(matches!(storage_failure(wrapped), DomainError::Unavailable(_)), "{code:?} wrapped");
        }
        for code in [Errno::ACCESS, Errno::IO, Errno::NOTDIR, Errno::ROFS] {
            assert!(matches!(storage_failure(code.into()), DomainError::Internal(_)), "{code:?}");
        }
    }
}
