//! Calls by scripts of other web origins.
//!
//! Browsers ask by an OPTIONS request before such a call, and read the answer only when its headers name their origin.
//! The configured origins are told so; to all others nothing is said, and the browser refuses the call. Credentials are
//! never allowed: callers are known by a token that the script itself sends, not by a cookie.

use dropshot::RequestContext;
use http::StatusCode;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use crate::extract::Incoming;
use crate::methods::Resource;
use crate::operation::{finish, refuse};
use crate::reply::Reply;
use crate::settings::ApiContext;

/// How long a browser may remember the answer to its question, in seconds.
const MAX_AGE: u32 = 600;

/// Answers an OPTIONS request with the methods of the path that it names. `headers` are those that the resource's
/// operations read.
pub fn preflight<C: ApiContext, D>(
    rqctx: &RequestContext<C>,
    incoming: &Incoming<D>,
    resource: &Resource,
    headers: &'static str,
) -> Reply {
    let methods = match resource.methods(incoming) {
        Ok(methods) => methods.to_owned(),
        Err(failure) => return refuse(rqctx, failure),
    };
    let reply = Reply::empty(StatusCode::NO_CONTENT).header("allow", &methods);
    let asked = rqctx.request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let reply = finish(rqctx, reply);
    if !asked || allowed_origin(rqctx).is_none() {
        return reply;
    }
    reply
        .header("access-control-allow-methods", &methods)
        .header("access-control-allow-headers", &headers.to_owned())
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
