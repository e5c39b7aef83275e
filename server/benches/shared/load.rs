//! Load on a server: connections that send one request after the other. Nothing of it is parsed but what must be, since
//! client, server and database share the machine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::CONNECTIONS;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 64 * 1024] }
    }

    /// Sends a request and answers the status.
    pub async fn ask(&mut self, head: &[u8], body: &[u8]) -> u16 {
        self.stream.write_all(head).await.unwrap();
        self.stream.write_all(body).await.unwrap();
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            filled += read;
            if let Some(status) = whole(&self.buffer[..filled]) {
                return status;
            }
        }
    }

    /// The text of the last answer.
    pub fn last(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }
}

/// The status of an answer that has arrived as a whole.
fn whole(bytes: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = text.get(9..12)?.parse().unwrap();
    if status == 204 {
        return Some(status);
    }
    let length: usize = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    (body.len() >= length).then_some(status)
}

/// How many calls of `work` a second go through on all connections together, and how many in all. Each gets its
/// connection's number, and counts its own calls.
pub async fn throughput<F>(time: Duration, work: impl Fn(usize, &'static AtomicBool) -> F) -> (f64, f64)
where
    F: Future<Output = u64> + Send + 'static,
{
    // A flag a measurement is little to leak, and spares every call a reference count.
    let stop: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let start = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS).map(|number| tokio::spawn(work(number, stop))).collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let calls = join_all(tasks).await.into_iter().map(Result::unwrap).sum::<u64>() as f64;
    (calls / start.elapsed().as_secs_f64(), calls)
}
