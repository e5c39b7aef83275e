//! Requests that no decent client sends, byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest wait for an answer: a server that needs longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection on which anything can be sent.
pub struct Raw(TcpStream);

impl Raw {
    /// Connects to `http://host:port`.
    pub async fn connect(base: &str) -> Self {
        Self(TcpStream::connect(base.strip_prefix("http://").unwrap()).await.unwrap())
    }

    /// Sends bytes. A server that has already answered may have closed the connection.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more will be sent.
    pub async fn finish(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// The status and the text of the answer, as far as it comes before the connection is closed or a whole body has
    /// arrived. Status 0 when the connection was closed without an answer.
    pub async fn answer(mut self) -> (u16, String) {
        let mut bytes = Vec::new();
        let reading = async {
            let mut chunk = [0; 16 * 1024];
            while !is_whole(&bytes) {
                match self.0.read(&mut chunk).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => bytes.extend_from_slice(&chunk[..read]),
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the server answers in time");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, text)
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
