//! One connection: requests in, answers out, in order, until one side has had enough.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::answer::Answer;
use super::chunks::Chunks;
use super::head::{Head, Length, NoHead};

/// How long a client may send nothing, or take nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of a body that nobody wants is read all the same: a client that is still writing does not see its answer
/// when the connection is closed.
const MAX_UNWANTED_BYTES: u64 = 64 * 1024 * 1024;

/// The body of a request while it is read.
pub struct Body<'a> {
    source: Source<'a>,
    /// Where `100 Continue` goes before the first byte is read.
    waiting: Option<&'a TcpStream>,
    ended: bool,
}

enum Source<'a> {
    Sized(io::Take<&'a mut dyn BufRead>),
    Chunked(Chunks<&'a mut dyn BufRead>),
}

impl<'a> Body<'a> {
    fn new(length: Length, reader: &'a mut dyn BufRead, waiting: Option<&'a TcpStream>) -> Self {
        let source = match length {
            Length::Bytes(size) => Source::Sized(reader.take(size)),
            Length::Chunked => Source::Chunked(Chunks::new(reader)),
        };
        Self { source, waiting: waiting.filter(|_| length != Length::Bytes(0)), ended: length == Length::Bytes(0) }
    }

    /// Reads on, if the client is not waiting to be asked for the body, until its end; true when that was reached.
    fn discard(&mut self) -> bool {
        if self.waiting.is_none() && !self.ended {
            // A body that breaks off is seen by `ended`.
            drop(io::copy(&mut self.by_ref().take(MAX_UNWANTED_BYTES), &mut io::sink()));
        }
        self.ended
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        if let Some(mut stream) = self.waiting.take() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let count = match &mut self.source {
            Source::Sized(source) => source.read(buffer)?,
            Source::Chunked(source) => source.read(buffer)?,
        };
        match &self.source {
            Source::Sized(source) if count == 0 && source.limit() > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            Source::Sized(source) => {
                self.ended = source.limit() == 0;
                Ok(count)
            }
            Source::Chunked(_) => {
                self.ended = count == 0;
                Ok(count)
            }
        }
    }
}

/// Serves a client. `handle` answers requests, `refuse` what is none.
pub fn serve(
    stream: &TcpStream,
    handle: impl Fn(&Head, &mut Body) -> Answer,
    refuse: impl Fn(&super::rules::error::ApiFailure) -> Answer,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let head = match Head::read(&mut reader) {
            Ok(head) => head,
            Err(NoHead::Gone) => return Ok(()),
            Err(NoHead::Malformed(failure)) => {
                write(stream, &refuse(&failure), true, false)?;
                return close(stream, &mut reader);
            }
        };
        let waiting = head.expects_continue.then_some(stream);
        let mut body = Body::new(head.length, &mut reader, waiting);
        let answer = handle(&head, &mut body);
        // Whether the connection goes on must be known before the answer is written, and a client that is still writing
        // reads it late. Small bodies are therefore read to their end first.
        let small = matches!(head.length, Length::Bytes(size) if size <= 64 * 1024);
        let ended = if small { body.discard() } else { body.ended };
        let keep = head.keep_alive && ended;
        write(stream, &answer, head.method != "HEAD", keep)?;
        if !keep {
            body.discard();
            return close(stream, &mut reader);
        }
    }
}

fn write(mut stream: &TcpStream, answer: &Answer, with_body: bool, keep_alive: bool) -> io::Result<()> {
    let reason = answer.status.canonical_reason().unwrap_or("Declared");
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", answer.status.as_u16()).into_bytes();
    for (name, value) in &answer.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    // RFC 9110, 8.6: a 204 has no size, since it has no content.
    if answer.status != http::StatusCode::NO_CONTENT {
        text.extend_from_slice(format!("content-length: {}\r\n", answer.body.len()).as_bytes());
    }
    if !keep_alive {
        text.extend_from_slice(b"connection: close\r\n");
    }
    text.extend_from_slice(b"\r\n");
    if with_body && answer.status != http::StatusCode::NO_CONTENT && answer.status != http::StatusCode::NOT_MODIFIED {
        text.extend_from_slice(&answer.body);
    }
    stream.write_all(&text)
}

/// Ends a connection so that the client still gets what was written: nothing that it sent may be left unread.
fn close(stream: &TcpStream, reader: &mut impl Read) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut reader.take(MAX_UNWANTED_BYTES), &mut io::sink()).map(drop)
}
