//! Bodies of bytes: from memory, from a file, or from a stream.

use std::fmt;
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// The bytes of a request.
///
/// A body that can be made again (from memory, from a file, or by [`Body::repeatable`]) lets the client repeat the
/// request after a failure. One made by [`Body::stream`] can be sent once only.
#[derive(Clone)]
pub struct Body {
    source: Source,
    length: Option<u64>,
}

#[derive(Clone)]
enum Source {
    Memory(Bytes),
    Made(Arc<dyn Fn() -> reqwest::Body + Send + Sync>),
    /// Taken by the first request that sends it.
    Once(Arc<std::sync::Mutex<Option<reqwest::Body>>>),
}

impl Body {
    /// A stream that can be sent once; a request with it is never repeated.
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let body = reqwest::Body::wrap_stream(stream.map_ok(Into::into));
        Self { source: Source::Once(Arc::new(std::sync::Mutex::new(Some(body)))), length: None }
    }

    /// A stream that `make` opens anew for every attempt.
    pub fn repeatable<F, S, B, E>(make: F) -> Self
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let made = move || reqwest::Body::wrap_stream(make().map_ok(Into::into));
        Self { source: Source::Made(Arc::new(made)), length: None }
    }

    /// A whole file, read while it is sent and opened anew for every attempt.
    ///
    /// # Errors
    ///
    /// When the file cannot be looked up.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let length = tokio::fs::metadata(&path).await?.len();
        Self::file_range(path, 0..length).await
    }

    /// A range of bytes of a file, such as one part of a large upload.
    ///
    /// # Errors
    ///
    /// When the file cannot be looked up, or ends before the range does.
    pub async fn file_range(path: impl AsRef<Path>, range: Range<u64>) -> io::Result<Self> {
        let available = tokio::fs::metadata(&path).await?.len();
        if range.start > range.end || range.end > available {
            let message = format!("bytes {}..{} of a file of {available} bytes", range.start, range.end);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let path = path.as_ref().to_owned();
        let length = range.end - range.start;
        let body = Self::repeatable(move || read_range(path.clone(), range.clone()));
        Ok(body.with_length(length))
    }

    /// States how many bytes the stream has, so that the request carries a `Content-Length`.
    #[must_use]
    pub fn with_length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    pub(crate) fn length(&self) -> Option<u64> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes.len() as u64),
            Source::Made(_) | Source::Once(_) => self.length,
        }
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Once(_))
    }

    /// The body for one more attempt, or none when it was sent and cannot be made again.
    pub(crate) fn make(&self) -> Option<reqwest::Body> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes.clone().into()),
            Source::Made(make) => Some(make()),
            Source::Once(body) => body.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take(),
        }
    }
}

fn read_range(path: PathBuf, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> {
    let open = async move {
        let mut file = tokio::fs::File::open(path).await?;
        file.seek(SeekFrom::Start(range.start)).await?;
        Ok::<_, io::Error>(ReaderStream::new(file.take(range.end - range.start)))
    };
    futures::TryFutureExt::try_flatten_stream(open)
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { source: Source::Memory(bytes), length: None }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}
