//! The requests of a contract as they are run against a server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use httpfile::{Location, Predicate, Spanned, Subject};

use super::Security;
use crate::lower::url::without_base;
use crate::variables::{dynamic, substitute};

/// One request, with what it must yield.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Where its request line stands.
    pub location: Location,
    /// The path of its file.
    pub file: String,
    /// The value of its `@name`.
    pub name: Option<String>,
    /// `DD-ERR-001`
    pub test_id: Option<String>,
    /// The title of its separator, without the test id.
    pub title: Option<String>,
    /// The operation it is a request of.
    pub operation: String,
    /// Whether the operation is declared on it.
    pub primary: bool,
    /// The status it must yield.
    pub expect: u16,
    /// For how long it may be sent again until all of that holds; none when the first answer counts.
    pub within: Option<Duration>,
    /// What else must hold of the answer.
    pub assertions: Vec<Assertion>,
    /// What later requests take from the answer.
    pub captures: Vec<Capture>,
    /// Who calls, where this differs from the operation.
    pub security: Option<Security>,
    /// What is sent, as written.
    pub request: Request,
    /// The variables of its file with the values they begin with.
    pub variables: Arc<BTreeMap<String, String>>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// In the order written.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: Option<Body>,
}

/// What follows the headers of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The text.
    Text(String),
    /// The bytes of a file; its path is relative to the request file.
    File(String),
}

/// A condition on an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// What is looked at.
    pub subject: Subject,
    /// What must hold.
    pub predicate: Predicate,
    /// Where it is written.
    pub location: Location,
}

/// A value that is taken from an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The variable that takes it.
    pub variable: Spanned<String>,
    /// Where the value comes from.
    pub from: Subject,
    /// Where it is written.
    pub location: Location,
}

impl Sample {
    /// The test id, else the name: what reports and examples call it.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.test_id.as_deref().or(self.name.as_deref())
    }

    /// A text with every variable replaced, as in [`Sample::resolved`].
    #[must_use]
    pub fn resolved_text(&self, text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
        substitute(text, |name| value_of(name).or_else(|| self.variables.get(name).cloned()))
    }

    /// A text with every variable replaced by the value that it has in the document: the one of its file, and of a dynamic one
    /// the same each time.
    #[must_use]
    pub fn example_text(&self, text: &str) -> String {
        let of_file = |name: &str| self.variables.get(name).map(|value| substitute(value, dynamic));
        substitute(text, |name| of_file(name).or_else(|| dynamic(name)))
    }

    /// The path and query of the request, with every variable replaced as in [`Sample::resolved`]: what follows the base, which
    /// the path template of its operation does not have either.
    #[must_use]
    pub fn target(&self, value_of: impl Fn(&str) -> Option<String>) -> String {
        let url = &self.request.url;
        self.resolved_text(without_base(url).unwrap_or(url), value_of)
    }

    /// The request with every variable replaced. `value_of` is asked first: it knows captured values, and makes
    /// dynamic ones such as `$uuid`. What nobody knows stays as it is written.
    #[must_use]
    pub fn resolved(&self, value_of: impl Fn(&str) -> Option<String>) -> Request {
        let value_of = |name: &str| value_of(name).or_else(|| self.variables.get(name).cloned());
        let text = |s: &str| substitute(s, value_of);
        Request {
            method: self.request.method.clone(),
            url: text(&self.request.url),
            headers: self.request.headers.iter().map(|(n, v)| (n.clone(), text(v))).collect(),
            body: self.request.body.as_ref().map(|body| match body {
                Body::Text(s) => Body::Text(text(s)),
                Body::File(path) => Body::File(text(path)),
            }),
        }
    }
}
