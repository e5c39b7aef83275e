//! Calls by scripts of other web origins.
//!
//! Browsers ask by an OPTIONS request before such a call, and read the answer only when its headers name their origin.
//! The configured origins are told so; to all others nothing is said, and the browser refuses the call. Credentials are
//! never allowed: callers are known by a token that the script itself sends, not by a cookie.

use dropshot::RequestContext;
use http::StatusCode;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use crate::operation::finish;
use crate::reply::Reply;
use crate::settings::ApiContext;

/// How long a browser may remember the answer to its question, in seconds.
const MAX_AGE: u32 = 600;

/// What a path offers to other origins.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The methods of the path, such as `GET, POST`.
    pub methods: &'static str,
    /// The request headers that its operations read.
    pub headers: &'static str,
}

/// Answers an OPTIONS request.
pub fn preflight<C: ApiContext>(rqctx: &RequestContext<C>, offer: &Offer) -> Reply {
    let reply = Reply::empty(StatusCode::NO_CONTENT).header("allow", &offer.methods.to_owned());
    let asked = rqctx.request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let reply = finish(rqctx, reply);
    if !asked || allowed_origin(rqctx).is_none() {
        return reply;
    }
    reply
        .header("access-control-allow-methods", &offer.methods.to_owned())
        .header("access-control-allow-headers", &offer.headers.to_owned())
        .header("access-control-max-age", &MAX_AGE)
}

/// Adds to a reply that the caller's origin may read it, with every header that the contract declares.
pub(crate) fn allow<C: ApiContext>(rqctx: &RequestContext<C>, reply: Reply) -> Reply {
    let settings = rqctx.context().settings();
    if settings.cors_origins.is_empty() {
        return reply;
    }
    // The answer depends on the origin, and a shared cache must know that.
    let reply = reply.header("vary", &"Origin".to_owned());
    match allowed_origin(rqctx) {
        None => reply,
        Some(origin) => reply
            .header("access-control-allow-origin", &origin)
            .header("access-control-expose-headers", &"*".to_owned()),
    }
}

fn allowed_origin<C: ApiContext>(rqctx: &RequestContext<C>) -> Option<String> {
    let origin = rqctx.request.headers().get(ORIGIN)?.to_str().ok()?;
    let mut origins = rqctx.context().settings().cors_origins.iter();
    origins.any(|allowed| allowed == "*" || allowed == origin).then(|| origin.to_owned())
}
