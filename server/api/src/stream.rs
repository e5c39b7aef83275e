//! Binary bodies, read as they arrive.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dropshot::Body;
use futures::Stream;
use hyper::body::Body as _;
use tokio::time::{Instant, Sleep};

use crate::error::ApiFailure;
use crate::media::{broken_off, over};

/// The bytes of a request, as a stream of chunks.
///
/// A chunk that does not arrive in time ends the stream with a 408, more bytes than allowed with a 413, and a
/// connection that breaks off with a 400.
pub struct ByteStream {
    body: Body,
    declared: Option<u64>,
    read: u64,
    limit: u64,
    timeout: Duration,
    deadline: Pin<Box<Sleep>>,
    ended: bool,
}

impl ByteStream {
    pub(crate) fn new(body: Body, declared: Option<u64>, limit: u64, timeout: Duration) -> Self {
        let deadline = Box::pin(tokio::time::sleep(timeout));
        Self { body, declared, read: 0, limit, timeout, deadline, ended: false }
    }

    /// How many bytes the client announced in `Content-Length`, when it did.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.declared
    }

    /// The same stream with a lower limit of bytes.
    ///
    /// # Errors
    /// 413 when the client announced more.
    pub fn limited_to(mut self, limit: u64) -> Result<Self, ApiFailure> {
        self.limit = self.limit.min(limit);
        match self.declared {
            Some(declared) if declared > self.limit => Err(over(self.limit)),
            _ => Ok(self),
        }
    }

    fn end(&mut self, failure: ApiFailure) -> Poll<Option<Result<Bytes, ApiFailure>>> {
        self.ended = true;
        Poll::Ready(Some(Err(failure)))
    }

    fn accept(&mut self, chunk: Bytes) -> Poll<Option<Result<Bytes, ApiFailure>>> {
        self.read = self.read.saturating_add(chunk.len() as u64);
        if self.read > self.limit {
            return self.end(over(self.limit));
        }
        let next = Instant::now() + self.timeout;
        self.deadline.as_mut().reset(next);
        Poll::Ready(Some(Ok(chunk)))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ByteStream")
            .field("declared", &self.declared)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, ApiFailure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(chunk) => return self.accept(chunk),
                    // A trailer is no part of the content.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(_))) => return self.end(broken_off()),
                Poll::Ready(None) => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
                Poll::Pending => {}
            }
            if self.deadline.as_mut().poll(context).is_ready() {
                let seconds = self.timeout.as_secs_f64();
                return self.end(ApiFailure::timeout(format!("no more of the body arrived within {seconds} s")));
            }
            return Poll::Pending;
        }
    }
}
