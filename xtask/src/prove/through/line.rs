//! A request as a client's program takes it: the parameters of its operation by place and name, and its body.

use std::collections::BTreeMap;
use std::path::Path;

use openapi::{Media, Operation, ParameterPlace};
use serde_json::{Value, json};

use crate::prove::client::Outgoing;
use crate::prove::probes::place::{self, decoded, decoded_query};

/// Headers that are about the connection or the sender, not about the request.
const OF_THE_CLIENT: [&str; 6] = ["accept", "accept-encoding", "connection", "content-length", "host", "user-agent"];

/// Headers by name.
pub type Headers = BTreeMap<String, String>;

type Texts = BTreeMap<String, Vec<String>>;

/// A request taken apart.
pub struct Request<'a> {
    pub operation: &'a Operation,
    pub path: Texts,
    pub query: Texts,
    /// Without the token, and without a media type that is the declared one.
    pub headers: Texts,
    pub token: Option<String>,
    pub body: Option<Body>,
    /// Why no client can be given this request, whatever its types are.
    pub untyped: Option<String>,
}

/// What is sent after the headers.
pub enum Body {
    Json(Value),
    Bytes(Vec<u8>),
}

impl<'a> Request<'a> {
    /// Takes apart what is to be sent.
    pub fn new(operation: &'a Operation, outgoing: &Outgoing) -> Self {
        let mut request = Self {
            operation,
            path: path(operation, &outgoing.url),
            query: query(&outgoing.url),
            headers: Texts::new(),
            token: None,
            body: None,
            untyped: None,
        };
        outgoing.headers.iter().for_each(|(name, text)| request.header(name, text));
        if let Some(body) = &outgoing.body {
            request.body(body);
        }
        request
    }

    fn header(&mut self, name: &str, text: &str) {
        let lower = name.to_ascii_lowercase();
        let media = self.operation.body.as_ref().map(|content| media_type(&content.media));
        let is_declared = media.is_none_or(|media| text.split(';').next().unwrap_or(text).trim() == media);
        match lower.as_str() {
            "authorization" => match text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
                Some((_, token)) => self.token = Some(token.trim().to_owned()),
                None => self.untyped = Some("clients send bearer tokens".to_owned()),
            },
            "content-type" if is_declared => {}
            ignored if OF_THE_CLIENT.contains(&ignored) => {}
            _ => self.headers.entry(name.to_owned()).or_default().push(text.to_owned()),
        }
    }

    fn body(&mut self, bytes: &[u8]) {
        match self.operation.body.as_ref().map(|content| &content.media) {
            Some(Media::Json(_)) => match serde_json::from_slice(bytes) {
                Ok(value) => self.body = Some(Body::Json(value)),
                Err(_) => self.untyped = Some("the body is no JSON".to_owned()),
            },
            Some(Media::Binary) | None => self.body = Some(Body::Bytes(bytes.to_vec())),
        }
    }

    /// The texts of a parameter, if it is given.
    pub fn texts(&self, place: ParameterPlace, name: &str) -> Option<&[String]> {
        let found = match place {
            ParameterPlace::Path => self.path.get(name),
            ParameterPlace::Query => self.query.get(name),
            ParameterPlace::Header => {
                let header = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
                header.map(|(_, texts)| texts)
            }
        };
        found.map(Vec::as_slice)
    }

    /// One line of JSON. Bytes are handed over as a file in `folder`.
    /// Headers that are `additional` are beyond the contract.
    pub fn line(&self, base_url: &str, additional: &Headers, folder: &Path) -> Result<String, String> {
        let mut line = json!({
            "baseUrl": base_url,
            "operation": self.operation.id,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "additionalHeaders": additional,
            "token": self.token,
        });
        match &self.body {
            None => {}
            Some(Body::Json(value)) => line["body"] = value.clone(),
            Some(Body::Bytes(bytes)) => {
                let file = folder.join("body");
                std::fs::write(&file, bytes).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
                line["bodyFile"] = json!(file);
            }
        }
        Ok(line.to_string())
    }
}

/// As it stands in a `Content-Type`.
pub fn media_type(media: &Media) -> &'static str {
    match media {
        Media::Json(_) => "application/json",
        Media::Binary => "application/octet-stream",
    }
}

fn path(operation: &Operation, url: &str) -> Texts {
    let of_path = operation.parameters.iter().filter(|parameter| parameter.place == ParameterPlace::Path);
    let text = |name: &str| Some(decoded(&place::path_value(url, &operation.path, name)?));
    of_path.filter_map(|parameter| Some((parameter.name.clone(), vec![text(&parameter.name)?]))).collect()
}

/// The parameters after the `?` of a URL.
pub fn query(url: &str) -> Texts {
    let mut texts = Texts::new();
    let pairs = url.split_once('?').map_or("", |(_, query)| query).split('&').filter(|pair| !pair.is_empty());
    for (name, text) in pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
        let [name, text] = [name, text].map(decoded_query);
        texts.entry(name).or_default().push(text);
    }
    texts
}
