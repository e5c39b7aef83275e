//! Bytes on their way to a file: written and hashed in batches beside the network, so that neither waits for the other
//! and no more than two batches are in memory.

use std::io::{self, Write};

use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256 as Hasher};
use tempfile::NamedTempFile;
use tokio::task::{self, JoinHandle};

use crate::domain::Sha256;
use crate::domain::error::DomainError;
use crate::domain::ports::PartBody;

/// Bytes that are handed over at once.
const BATCH_BYTES: usize = 256 * 1024;

/// A file that is being written, with the hash of what it holds so far.
struct Writer {
    file: NamedTempFile,
    hasher: Option<Hasher>,
}

impl Writer {
    fn write(mut self, batch: &[Bytes]) -> io::Result<Self> {
        for chunk in batch {
            self.file.write_all(chunk)?;
            if let Some(hasher) = &mut self.hasher {
                hasher.update(chunk);
            }
        }
        Ok(self)
    }

    fn finish(self, durable: bool) -> io::Result<Received> {
        if durable {
            self.file.as_file().sync_data()?;
        }
        Ok(Received { file: self.file, hash: self.hasher.map(|hasher| hex(&hasher.finalize())) })
    }
}

/// A body that has arrived.
pub(super) struct Received {
    pub(super) file: NamedTempFile,
    pub(super) hash: Option<Sha256>,
}

/// What the bytes are needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To stay: hashed, and on the disk when this is done.
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
    let hasher = (purpose == Purpose::Keep).then(Hasher::new);
    let mut writing = tokio::spawn(async move { Ok(Writer { file, hasher }) });
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
    settled(task::spawn_blocking(move || writer.write(&batch)?.finish(purpose == Purpose::Keep))).await
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
    use rustix::io::Errno;
    const PASSING: [Errno; 6] = [Errno::NOSPC, Errno::DQUOT, Errno::BUSY, Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    match Errno::from_io_error(&error) {
        Some(code) if PASSING.contains(&code) => DomainError::unavailable(error),
        _ => DomainError::internal(error),
    }
}

pub(super) fn hex(digest: &[u8]) -> Sha256 {
    Sha256(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
