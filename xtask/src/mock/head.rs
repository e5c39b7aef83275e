//! The head of an HTTP/1.1 request, read strictly: what two readers could understand differently is refused.

use std::io::{self, BufRead, Read};

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::rules::error::ApiFailure;

/// The most bytes of a request line and headers together.
const MAX_HEAD_BYTES: u64 = 64 * 1024;
const MAX_HEADERS: usize = 128;

/// A request without its body.
#[derive(Debug)]
pub struct Head {
    /// As it was written; methods are case-sensitive.
    pub method: String,
    /// What follows the method, such as `/pets?limit=1`.
    pub target: String,
    /// In the order written.
    pub headers: HeaderMap,
    /// How the body is delimited.
    pub length: Length,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// Whether the client wants to send another request on this connection.
    pub keep_alive: bool,
}

/// How a body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// By its size in bytes.
    Bytes(u64),
    /// By chunks.
    Chunked,
}

/// Why there is no head.
#[derive(Debug)]
pub enum NoHead {
    /// The client has gone, or sent nothing for too long.
    Gone,
    /// What it sent is no request; nothing after it can be understood.
    Malformed(ApiFailure),
}

impl From<io::Error> for NoHead {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl Head {
    /// Reads the next head of a connection.
    pub fn read(reader: &mut impl BufRead) -> Result<Self, NoHead> {
        let text = lines(reader)?;
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(&text) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Err(malformed("the head of the request is not complete")),
            Err(error) => return Err(malformed(&format!("this is no HTTP request: {error}"))),
        }
        let mut map = HeaderMap::new();
        for header in parsed.headers.iter() {
            let pair = (HeaderName::try_from(header.name), HeaderValue::from_bytes(header.value));
            let (Ok(name), Ok(value)) = pair else { return Err(malformed("a header is malformed")) };
            map.append(name, value);
        }
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let http_11 = parsed.version == Some(1);
        let says = |name: HeaderName, word: &str| {
            let mut words = map.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
            words.any(|given| given.trim().eq_ignore_ascii_case(word))
        };
        Ok(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            length: length(&map)?,
            expects_continue: http_11 && says(EXPECT, "100-continue"),
            keep_alive: !says(CONNECTION, "close") && (http_11 || says(CONNECTION, "keep-alive")),
            headers: map,
        })
    }
}

/// Every line up to the empty one. Empty lines before a request are left out, as RFC 9112 (2.2) advises.
fn lines(reader: &mut impl BufRead) -> Result<Vec<u8>, NoHead> {
    let mut reader = reader.take(MAX_HEAD_BYTES);
    let mut text = Vec::new();
    loop {
        let start = text.len();
        if reader.read_until(b'\n', &mut text)? == 0 {
            return Err(match reader.limit() {
                0 => malformed(&format!("the head of the request is larger than {MAX_HEAD_BYTES} bytes")),
                _ => NoHead::Gone,
            });
        }
        if matches!(&text[start..], b"\n" | b"\r\n") {
            if start > 0 {
                return Ok(text);
            }
            text.clear();
        }
    }
}

fn length(headers: &HeaderMap) -> Result<Length, NoHead> {
    let sizes: Vec<_> = headers.get_all(CONTENT_LENGTH).iter().collect();
    let codings: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
    match (sizes.as_slice(), codings.as_slice()) {
        ([], []) => Ok(Length::Bytes(0)),
        ([size], []) => {
            let digits = size.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let size = digits.and_then(|text| text.parse().ok());
            size.map(Length::Bytes).ok_or_else(|| malformed("the header `Content-Length` is no size"))
        }
        ([], [coding]) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(Length::Chunked),
        ([], _) => Err(malformed("the only transfer coding that is understood is `chunked`")),
        _ => Err(malformed("the size of the body is given more than once")),
    }
}

fn malformed(message: &str) -> NoHead {
    NoHead::Malformed(ApiFailure::bad_request(message))
}
