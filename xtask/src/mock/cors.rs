//! Calls by scripts of other origins: a frontend that is developed runs on another port of this machine.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN, VARY,
};
use http::{HeaderMap, StatusCode};
use openapi::{Operation, ParameterPlace};

use super::answer::Answer;

/// Answers an OPTIONS request to a path with these operations.
pub fn preflight<'o>(allow: &str, operations: impl Iterator<Item = &'o Operation>, headers: &HeaderMap) -> Answer {
    let answer = Answer::empty(StatusCode::NO_CONTENT).with(ALLOW, allow);
    if !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) || local_origin(headers).is_none() {
        return answer;
    }
    let mut names = vec!["Authorization", "Content-Type", "Prefer"];
    for parameter in operations.flat_map(|operation| &operation.parameters) {
        if parameter.place == ParameterPlace::Header && !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    answer
        .with(ACCESS_CONTROL_ALLOW_METHODS, allow)
        .with(ACCESS_CONTROL_ALLOW_HEADERS, &names.join(", "))
        .with(ACCESS_CONTROL_MAX_AGE, "600")
}

/// Lets scripts of this machine read an answer.
pub fn allow(answer: Answer, headers: &HeaderMap) -> Answer {
    match local_origin(headers) {
        None => answer,
        Some(origin) => answer
            .with(VARY, "Origin")
            .with(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with(ACCESS_CONTROL_EXPOSE_HEADERS, "*"),
    }
}

/// The origin of a request, if it is this machine on any port.
fn local_origin(headers: &HeaderMap) -> Option<&str> {
    let origin = headers.get(ORIGIN)?.to_str().ok()?;
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))?;
    let hosts = ["localhost", "127.0.0.1", "[::1]"];
    let after = hosts.iter().find_map(|host| rest.strip_prefix(host))?;
    let port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (after.is_empty() || after.strip_prefix(':').is_some_and(port)).then_some(origin)
}
