//! What a client sent, held against the request that it was given.

use std::collections::BTreeSet;

use openapi::{Contract, Media, Operation, ParameterPlace};

use super::compare::{added, is_same_text, lost};
use super::line::{Body, Request, media_type};
use crate::mock::Asked;
use crate::prove::client::Outgoing;
use crate::prove::probes::place::decoded;

/// Everything that arrived otherwise than it was given.
pub fn differences(contract: &Contract, operation: &Operation, given: &Outgoing, asked: &Asked) -> Vec<String> {
    let arrived = Outgoing {
        method: asked.method.clone(),
        url: asked.target.clone(),
        headers: asked.headers.clone(),
        body: (!asked.body.is_empty()).then(|| asked.body.clone()),
    };
    let mut found = target(given, &arrived);
    let (was, is) = (Request::new(operation, given), Request::new(operation, &arrived));
    found.extend(parameters(operation, &was, &is));
    let wants_token = operation.security.as_ref().is_some_and(|security| security.scheme.is_some());
    if wants_token && was.token != is.token {
        found.push("the token did not arrive as it was given".to_owned());
    }
    found.extend(content_type(operation, given, &arrived));
    found.extend(body(contract, operation, was.body, is.body));
    found
}

fn target(given: &Outgoing, arrived: &Outgoing) -> Vec<String> {
    let mut found = Vec::new();
    if given.method != arrived.method {
        found.push(format!("the method is {} instead of {}", arrived.method, given.method));
    }
    let segments = |url: &str| -> Vec<String> {
        let local = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        local.split('?').next().unwrap_or_default().split('/').map(decoded).collect()
    };
    if segments(&given.url) != segments(&arrived.url) {
        found.push(format!("the path is {} instead of {}", arrived.url, given.url));
    }
    found
}

fn parameters(operation: &Operation, was: &Request<'_>, is: &Request<'_>) -> Vec<String> {
    let same = |was: Option<&[String]>, is: Option<&[String]>| match (was, is) {
        (Some(was), Some(is)) => was.len() == is.len() && was.iter().zip(is).all(|(was, is)| is_same_text(was, is)),
        (was, is) => was == is,
    };
    let of_query = was.query.keys().chain(is.query.keys()).collect::<BTreeSet<_>>().into_iter();
    let declared = operation.parameters.iter().filter(|parameter| parameter.place == ParameterPlace::Header);
    let of_headers = declared.map(|parameter| (ParameterPlace::Header, &parameter.name));
    let all = of_query.map(|name| (ParameterPlace::Query, name)).chain(of_headers);
    let different = all.filter(|(place, name)| !same(was.texts(*place, name), is.texts(*place, name)));
    let shown = |texts: Option<&[String]>| texts.map_or_else(|| "nothing".to_owned(), |texts| texts.join(", "));
    let told = different.map(|(place, name)| {
        format!("`{name}` arrived as {} instead of {}", shown(is.texts(place, name)), shown(was.texts(place, name)))
    });
    told.collect()
}

/// The media type that was given, else the declared one.
fn content_type(operation: &Operation, given: &Outgoing, arrived: &Outgoing) -> Option<String> {
    let of = |outgoing: &Outgoing| {
        let header = outgoing.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        header.map(|(_, value)| value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    };
    let content = operation.body.as_ref().filter(|_| given.body.is_some())?;
    let (wanted, is) = (of(given).unwrap_or_else(|| media_type(&content.media).to_owned()), of(arrived));
    let is = is.unwrap_or_else(|| "nothing".to_owned());
    (wanted != is).then(|| format!("the content type is {is} instead of {wanted}"))
}

fn body(contract: &Contract, operation: &Operation, was: Option<Body>, is: Option<Body>) -> Option<String> {
    match (was, is) {
        (None, None) => None,
        (Some(Body::Bytes(was)), Some(Body::Bytes(is))) => {
            (was != is).then(|| format!("the body has other bytes: {} instead of {}", is.len(), was.len()))
        }
        (Some(Body::Json(was)), Some(Body::Json(is))) => {
            let other = lost(&was, &is).map(|place| format!("the body differs at {place}"));
            let schema = operation.body.as_ref().map(|content| &content.media);
            other.or_else(|| match schema {
                Some(Media::Json(schema)) => {
                    added(contract, schema, &was, &is).map(|place| format!("the body has more: {place}"))
                }
                _ => None,
            })
        }
        // An empty body of bytes is none.
        (Some(Body::Bytes(was)), None) if was.is_empty() => None,
        (Some(_), None) => Some("the body did not arrive".to_owned()),
        (None | Some(_), Some(_)) => Some("a body arrived that was not given".to_owned()),
    }
}
