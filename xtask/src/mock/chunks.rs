//! A body in chunks (RFC 9112, 7.1), read strictly: it ends with its last chunk, and nothing in it is without a bound.

use std::io::{self, BufRead, Read};

/// The most bytes of the line that says how long a chunk is, with its extensions.
const MAX_SIZE_LINE: u64 = 1024;
/// The most bytes of the fields after the last chunk.
const MAX_TRAILER: u64 = 16 * 1024;

/// The bytes that the chunks carry. Nothing more is read once they have ended.
pub struct Chunks<R> {
    reader: R,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of the chunk are still to come, then its line end.
    Inside(u64),
    Between,
    Ended,
}

impl<R: BufRead> Chunks<R> {
    /// The chunks that begin here.
    pub fn new(reader: R) -> Self {
        Self { reader, state: State::Between }
    }

    /// A line without its end, which must be there within so many bytes.
    fn line(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.reader).take(most).read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\r\n") {
            Some(line) => Ok(line.to_vec()),
            None if line.ends_with(b"\n") || line.len() as u64 == most => Err(malformed()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn begin(&mut self) -> io::Result<State> {
        let line = self.line(MAX_SIZE_LINE)?;
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(malformed)? {
            0 => self.trailer().map(|()| State::Ended),
            size => Ok(State::Inside(size)),
        }
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut left = MAX_TRAILER;
        loop {
            let line = self.line(left)?;
            if line.is_empty() {
                return Ok(());
            }
            left = left.saturating_sub(line.len() as u64 + 2);
        }
    }
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.state == State::Between {
            self.state = self.begin()?;
        }
        let State::Inside(left) = self.state else { return Ok(0) };
        let count = (&mut self.reader).take(left).read(buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.state = match left - count as u64 {
            0 if self.line(2)?.is_empty() => State::Between,
            0 => return Err(malformed()),
            left => State::Inside(left),
        };
        Ok(count)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the body is not in chunks")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<String> {
        let mut body = String::new();
        Chunks::new(text.as_bytes()).read_to_string(&mut body).map(|_| body)
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(read("2\r\nab\r\n00A;x=1\r\n0123456789\r\n0\r\nA: b\r\n\r\n").unwrap(), "ab0123456789");
        assert_eq!(read("0\r\n\r\n").unwrap(), "");
    }

    #[test]
    fn what_ends_before_its_last_chunk_has_broken_off() {
        let whole = "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{:?}", &whole[..length]);
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let long = "1".repeat(2000);
        for text in
            ["\r\n\r\n", "x\r\n", "-1\r\na\r\n", "1\r\nab\r\n0\r\n\r\n", "1\na\n0\n\n", &long, "11111111111111111\r\n"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        let trailer = format!("0\r\n{}", "A: b\r\n".repeat(5000));
        assert_eq!(read(&trailer).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let endless = io::BufReader::new(io::repeat(b'1'));
        assert_eq!(Chunks::new(endless).read(&mut [0; 9]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
