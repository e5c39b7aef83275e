//! Limits and origins, which a server takes from its configuration.

use std::time::Duration;

/// What the interface needs to know of the server's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// The largest JSON body in bytes; a larger one is answered 413.
    pub max_body_bytes: u64,
    /// The largest binary body in bytes; a larger one is answered 413.
    pub max_stream_bytes: u64,
    /// How long a whole JSON body may take to arrive; else 408.
    pub body_read_timeout: Duration,
    /// How long the next bytes of a binary body may take to arrive; else 408.
    pub chunk_timeout: Duration,
    /// Web origins whose scripts may call this server, such as `https://app.example.org`; `*` stands for all of them.
    pub cors_origins: Vec<String>,
}

impl Default for ApiSettings {
    /// 1 MiB of JSON within 30 s, 5 GiB of bytes with no pause over 30 s, and no foreign origin.
    fn default() -> Self {
        Self {
            max_body_bytes: 1024 * 1024,
            max_stream_bytes: 5 * 1024 * 1024 * 1024,
            body_read_timeout: Duration::from_secs(30),
            chunk_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
        }
    }
}

/// The state of a server, as far as the interface asks it.
pub trait ApiContext: dropshot::ServerContext {
    /// The limits and origins in force.
    fn settings(&self) -> &ApiSettings;

    /// Whether the server is about to stop. Then every answer ends its connection, so that clients open their next one
    /// elsewhere before this server closes them.
    fn draining(&self) -> bool {
        false
    }
}
