//! The bearer token of a client.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

/// What a token provider may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Provider = Arc<dyn Fn() -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync>;

/// Where the token comes from. A provided one is kept until the server refuses it. Never printed.
pub(crate) struct Tokens {
    provider: Option<Provider>,
    current: Mutex<Option<HeaderValue>>,
}

impl Tokens {
    pub(crate) fn none() -> Self {
        Self { provider: None, current: Mutex::new(None) }
    }

    pub(crate) fn fixed(token: &str) -> Result<Self, BoxError> {
        Ok(Self { provider: None, current: Mutex::new(Some(authorization(token)?)) })
    }

    pub(crate) fn provided(provider: Provider) -> Self {
        Self { provider: Some(provider), current: Mutex::new(None) }
    }

    /// The value of `Authorization`; the provider is asked when there is none yet.
    pub(crate) async fn current(&self) -> Result<Option<HeaderValue>, BoxError> {
        let mut current = self.current.lock().await;
        if let (None, Some(provider)) = (&*current, &self.provider) {
            *current = Some(authorization(&provider().await?)?);
        }
        Ok(current.clone())
    }

    /// Another value than the refused one, if the provider has one. Of several calls that were refused at the same
    /// time the first asks the provider; the others find what it got.
    pub(crate) async fn after_refusal(&self, refused: &HeaderValue) -> Option<HeaderValue> {
        let provider = self.provider.as_ref()?;
        let mut current = self.current.lock().await;
        if current.as_ref() == Some(refused) {
            let token = provider().await.ok()?;
            *current = Some(authorization(&token).ok()?);
        }
        current.clone()
    }
}

fn authorization(token: &str) -> Result<HeaderValue, BoxError> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| "a token has only visible ASCII characters; this one has others")?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.provider.is_some() { "Tokens(provided)" } else { "Tokens(fixed or none)" })
    }
}
