//! The rest of a body that is not wanted any more.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dropshot::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How many bytes are read that nobody wants. Sending more again is worse than a connection that is made anew.
const AT_MOST: u64 = 16 << 20;
/// How long the next of them may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The same request, the rest of whose body is read and dropped when it is answered before all of it has come.
///
/// Without that, the connection is closed while the client is still sending. The client, or a proxy in front, then sees a broken
/// connection instead of the answer, and tries again what has been refused.
pub(crate) fn drained(request: Request<Body>) -> Request<Body> {
    // A client that waits for `100 Continue` has sent nothing, and reading would have it begin.
    if request.headers().contains_key(header::EXPECT) {
        return request;
    }
    request.map(|body| Body::wrap(Drained { body, ended: false }))
}

struct Drained {
    body: Body,
    ended: bool,
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let too_much = self.body.size_hint().lower() > AT_MOST;
        if self.ended || too_much || self.body.is_end_stream() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(drain(std::mem::take(&mut self.body))));
        }
    }
}

async fn drain(mut body: Body) {
    let mut read = 0;
    while let Ok(Some(Ok(frame))) = timeout(PATIENCE, body.frame()).await {
        read += frame.data_ref().map_or(0, |chunk| chunk.len() as u64);
        if read > AT_MOST {
            return;
        }
    }
}
