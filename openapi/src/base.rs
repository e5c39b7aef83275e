//! What stands before the paths of requests, against the servers that the contract declares.
//!
//! The path of an operation begins after `{{baseUrl}}` or the host. A path that the base has belongs to the servers, and the
//! two must agree: clients add the one to the other.

use std::collections::HashSet;

use httpfile::Diagnostic;

use crate::codes;
use crate::lower::RequestLine;
use crate::lower::url::without_base;
use crate::model::Server;

/// Reports each base that does not go with the servers once, at its first request.
pub(crate) fn check(servers: &[Server], requests: &[RequestLine], out: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for request in requests {
        let url = &request.request.url;
        let Ok(target) = without_base(&url.value) else { continue };
        let base = request.file.scope.resolve(&url.value[..url.value.len() - target.len()]);
        let whole = request.file.scope.resolve(&url.value);
        if base.is_empty() || base.contains("{{") {
            continue;
        }
        let Some((message, help)) = unknown_path(servers, &base).or_else(|| repeated_path(servers, &base, &whole))
        else {
            continue;
        };
        if seen.insert(message.clone()) {
            out.push(Diagnostic::error(codes::BASE_PATH, request.file.at(url.span), message).help(help));
        }
    }
}

/// The path of the base would be in no path of the document, and in none of its servers.
fn unknown_path(servers: &[Server], base: &str) -> Option<(String, String)> {
    let path = path_of(base);
    if path.is_empty() || servers.iter().any(|server| server.path() == path) {
        return None;
    }
    let message = format!("the path `{path}` stands before the paths of operations, and no `@server` has it");
    let server = base.trim_end_matches('/');
    Some((message, format!("declare `# @server {server} - text`, or write `{path}` in the request lines")))
}

/// The path of a server would be in the paths of operations as well.
fn repeated_path(servers: &[Server], base: &str, whole: &str) -> Option<(String, String)> {
    let base_path = path_of(base);
    let repeats = |server: &&Server| {
        let rest = whole.strip_prefix(server.url.trim_end_matches('/'));
        server.path() != base_path && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    let server = servers.iter().find(repeats)?;
    let message = format!("the path `{}` of the server {} is in this URL already", server.path(), server.url);
    Some((message, format!("let a variable stand for `{}`, and begin the path of the operation after it", server.url)))
}

/// What follows scheme and host, without a slash at its end.
pub(crate) fn path_of(base: &str) -> &str {
    let authority = base.find("://").map_or(base, |at| &base[at + 3..]);
    authority.find('/').map_or("", |at| authority[at..].trim_end_matches('/'))
}
