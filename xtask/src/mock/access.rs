//! Who may call: everybody who presents a token.
//!
//! There is nobody to ask whether a token is good. One that is missing, or that does not say how it is meant, is refused
//! as by the server. Roles are read from tokens that carry them (JSON Web Tokens); all others have every role.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use openapi::{Contract, Operation};
use serde_json::Value;

use super::rules::error::ApiFailure;

/// Where issuers of tokens write the roles of their bearers, as a text or a list.
const ROLE_CLAIMS: [&str; 3] = ["roles", "role", "cognito:groups"];

/// Lets the caller of an operation pass.
///
/// # Errors
/// 401 without a token, 403 with one that says that a role is missing.
pub fn check(contract: &Contract, operation: &Operation, headers: &HeaderMap) -> Result<(), ApiFailure> {
    let Some(security) = &operation.security else { return Ok(()) };
    let scheme = contract.security_schemes.iter().find(|scheme| Some(&scheme.name) == security.scheme.as_ref());
    let Some(scheme) = scheme else { return Ok(()) };
    let token = credentials(headers, &scheme.scheme)?;
    let Some(roles) = roles_of(token) else { return Ok(()) };
    match security.roles.iter().find(|role| !roles.contains(role)) {
        Some(role) => Err(ApiFailure::forbidden(format!("the role `{role}` is needed"))),
        None => Ok(()),
    }
}

fn credentials<'h>(headers: &'h HeaderMap, scheme: &str) -> Result<&'h str, ApiFailure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let missing = || ApiFailure::unauthorized(format!("a {scheme} token is needed"));
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        return Err(ApiFailure::unauthorized("the header `Authorization` is given more than once"));
    }
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(given, _)| given.eq_ignore_ascii_case(scheme)).map(|(_, token)| token.trim());
    token.filter(|token| !token.is_empty()).ok_or_else(|| {
        let title = scheme.get(..1).unwrap_or_default().to_ascii_uppercase() + scheme.get(1..).unwrap_or_default();
        ApiFailure::unauthorized(format!("the {scheme} token is not accepted: the header is not `{title} <token>`"))
    })
}

/// The roles that a token carries; `None` for a token that is no JSON Web Token.
fn roles_of(token: &str) -> Option<Vec<String>> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let claims = claims.as_object()?;
    let named = ROLE_CLAIMS.iter().filter_map(|claim| claims.get(*claim));
    let roles = named.flat_map(|value| match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
    });
    Some(roles.collect())
}
