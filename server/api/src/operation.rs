//! One operation of the contract, from the request to the reply.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use dropshot::RequestContext;
use futures::FutureExt;

use crate::error::ApiFailure;
use crate::reply::Reply;
use crate::settings::ApiContext;
use crate::{cors, document};

/// What the contract demands of the caller of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRequirement {
    /// The operation's id in the contract.
    pub operation: &'static str,
    /// The names of the security schemes; any one of them is enough.
    pub schemes: &'static [&'static str],
    /// The roles of which the caller needs every one.
    pub roles: &'static [&'static str],
}

/// An operation of the contract, as far as the routes need to know it.
pub trait Operation: document::Documented {
    /// The operation's id in the contract.
    const ID: &'static str;
    /// What it demands of its caller; `None` when everyone may call it.
    const SECURITY: Option<&'static SecurityRequirement>;
    /// The name of each path parameter and of the route's variable that holds it. They differ where routes were folded.
    const VARIABLES: &'static [(&'static str, &'static str)];
}

/// Everything that an operation can answer.
pub trait IntoReply {
    /// The reply for this answer.
    fn into_reply(self) -> Reply;
}

/// Runs an operation and turns whatever comes of it into a reply, a panic included: without that, the connection would
/// be closed without an answer.
pub async fn run<C, R, F>(rqctx: &RequestContext<C>, operation: F) -> Reply
where
    C: ApiContext,
    R: IntoReply,
    F: Future<Output = Result<R, ApiFailure>> + Send,
{
    let outcome = AssertUnwindSafe(operation).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(ApiFailure::internal("the operation panicked")));
    let reply = outcome.map(IntoReply::into_reply);
    // What cannot be sent is found here, where the id of the request is at hand.
    match reply.and_then(|reply| reply.checked().map_err(ApiFailure::internal)) {
        Ok(reply) => finish(rqctx, reply),
        Err(failure) => refuse(rqctx, failure),
    }
}

/// The reply for a failure; what is not told to the caller is logged.
pub fn refuse<C: ApiContext>(rqctx: &RequestContext<C>, failure: ApiFailure) -> Reply {
    if let Some(cause) = failure.cause() {
        slog::error!(rqctx.log, "request failed"; "status" => failure.status().as_u16(), "cause" => cause);
    }
    finish(rqctx, Reply::failure(&failure, &rqctx.request_id))
}

/// Adds to a reply what depends on the server and on where the caller comes from.
pub(crate) fn finish<C: ApiContext>(rqctx: &RequestContext<C>, reply: Reply) -> Reply {
    let reply = cors::allow(rqctx, reply);
    if rqctx.context().draining() { reply.header("connection", &"close".to_owned()) } else { reply }
}
