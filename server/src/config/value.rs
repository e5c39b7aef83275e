//! How the text of a setting becomes a value, and how a value is shown again.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

use super::Secret;

/// A type that a setting can have.
pub trait Value: Sized {
    /// Whether the value must never be shown, nor given on a command line that other users of the machine can read.
    const SECRET: bool = false;
    /// Reads the text of a setting; the error says what is expected.
    fn parse(text: &str) -> Result<Self, String>;
    /// The value as it would be written; `None` for an optional setting that is not given.
    fn show(&self) -> Option<String>;
}

impl<T: Value> Value for Option<T> {
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

impl Value for Secret {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        // A secret that was written to a file with an editor ends in a line break that is not part of it.
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err("is empty".to_owned()),
            secret => Ok(Self::new(secret)),
        }
    }

    fn show(&self) -> Option<String> {
        Some("<redacted>".to_owned())
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("is empty".to_owned()),
            text => Ok(text.to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        // The address of a key set is such a text.
        Some(Url::parse(self).map_or_else(|_| self.clone(), |url| without_credentials(&url, self)))
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        String::parse(text).map(Self::from)
    }

    fn show(&self) -> Option<String> {
        Some(self.display().to_string())
    }
}

impl Value for SocketAddr {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be an address and a port, such as `127.0.0.1:3000` or `[::1]:3000`".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be `true` or `false`".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for Url {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!("must be a URL: {error}"))
    }

    fn show(&self) -> Option<String> {
        Some(without_credentials(self, self.as_str()))
    }
}

/// A URL as it was written, but for names and passwords in it, and for a query, where there may be keys.
fn without_credentials(url: &Url, written: &str) -> String {
    let (user, query) = (!url.username().is_empty() || url.password().is_some(), url.query().is_some());
    if !user && !query {
        return written.to_owned();
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!(
        "{}://{}{}{port}{}{}",
        url.scheme(),
        if user { "<redacted>@" } else { "" },
        url.host_str().unwrap_or_default(),
        url.path(),
        if query { "?<redacted>" } else { "" }
    )
}

/// A whole number between `MIN` and `MAX`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bounded<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Bounded<MIN, MAX> {
    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> Value for Bounded<MIN, MAX> {
    fn parse(text: &str) -> Result<Self, String> {
        match text.replace('_', "").parse() {
            Ok(number) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(format!("must be a whole number from {MIN} to {MAX}")),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// Several values, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List<T>(pub Vec<T>);

impl<T: Value> Value for List<T> {
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect::<Result<_, _>>().map(Self)
    }

    fn show(&self) -> Option<String> {
        Some(self.0.iter().filter_map(T::show).collect::<Vec<_>>().join(","))
    }
}

/// An origin that a browser may call from: scheme, host and port, or `*` for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin as a browser sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Origin {
    fn parse(text: &str) -> Result<Self, String> {
        let exact = || Url::parse(text).ok().filter(|url| url.origin().ascii_serialization() == text);
        if text == "*" || exact().is_some() {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("`{text}` must be an origin without a path, such as `https://app.example.com`, or `*`"))
    }

    fn show(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `text` on a terminal, `json` otherwise.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("must be `auto`, `json` or `text`".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        let name = match self {
            Self::Auto => "auto",
            Self::Json => "json",
            Self::Text => "text",
        };
        Some(name.to_owned())
    }
}
