//! The client and how it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use reqwest::Url;

use crate::generated::client as raw;
use crate::retry::RetryPolicy;
use crate::token::{BoxError, Tokens};
use crate::transport::Transport;

/// Calls the service. Cheap to clone; clones share connections and token.
#[derive(Clone)]
pub struct Client {
    pub(crate) raw: raw::Client,
}

impl Client {
    /// Starts with the defaults that [`ClientBuilder`] names.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Where the service is, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        progenitor_client::ClientInfo::baseurl(&self.raw)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

type Configure = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Makes a [`Client`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: String,
    tokens: Result<Tokens, BoxError>,
    connect_timeout: Duration,
    read_timeout: Duration,
    timeout: Option<Duration>,
    retry: RetryPolicy,
    configure: Configure,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            tokens: Ok(Tokens::none()),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            timeout: None,
            retry: RetryPolicy::default(),
            configure: Arc::new(|http| http),
        }
    }
}

impl ClientBuilder {
    /// Where the service is: `http://` or `https://`, perhaps with a path before that of the contract. Required.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// A bearer token that never changes.
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.tokens = Tokens::fixed(token.as_ref());
        self
    }

    /// Where bearer tokens come from. The provider is asked before the first call, and once more whenever the server
    /// refuses a call with 401; that call is then sent again.
    pub fn token_provider<F, T, E>(mut self, provider: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.tokens = Ok(Tokens::provided(Arc::new(move || {
            let token = provider();
            async move { token.await.map_err(Into::into) }.boxed()
        })));
        self
    }

    /// How long connecting may take. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the server may be silent. Calls that send bytes have no such limit. Default: 30 s.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// How long one attempt may take in total. Calls that send bytes have no such limit. Default: none.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When a failed call is sent again. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Changes the HTTP client underneath, such as its proxy or its certificates.
    pub fn http<F>(mut self, configure: F) -> Self
    where
        F: Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    {
        self.configure = Arc::new(configure);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// When the base URL or the token is not usable, or the HTTP client cannot be made.
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = checked_base_url(&self.base_url)?;
        let tokens = self.tokens.map_err(|error| BuildError::Token(error.to_string()))?;
        let http = || {
            let named = reqwest::Client::builder().user_agent(USER_AGENT);
            (self.configure)(named).connect_timeout(self.connect_timeout)
        };
        let unhurried = http().build().map_err(BuildError::Http)?;
        let mut hurried = http().read_timeout(self.read_timeout);
        if let Some(timeout) = self.timeout {
            hurried = hurried.timeout(timeout);
        }
        let hurried = hurried.build().map_err(BuildError::Http)?;
        let transport = Transport::new(unhurried, tokens, self.retry);
        Ok(Client { raw: raw::Client::new_with_client(&base_url, hurried, transport) })
    }
}

/// Without the trailing slash, which the paths of the contract bring.
fn checked_base_url(text: &str) -> Result<String, BuildError> {
    let invalid = |reason: &str| BuildError::BaseUrl(format!("`{text}` {reason}"));
    let url = Url::parse(text).map_err(|error| invalid(&format!("is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("is neither http:// nor https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("has a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The base URL is missing or not usable.
    #[error("the base URL {0}; give one such as http://127.0.0.1:3000")]
    BaseUrl(String),
    /// The fixed token is not usable.
    #[error("{0}")]
    Token(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Http(#[source] reqwest::Error),
}
