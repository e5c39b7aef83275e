//! Requests and answers as texts: what is sent, byte by byte, and what comes back.

// Every test file uses a part of this.
#![allow(dead_code)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use serde_json::Value;

use crate::workshop::Workshop;

/// A running `cargo xtask mock`.
pub struct Mock {
    child: Child,
    log: BufReader<ChildStderr>,
    /// `127.0.0.1:4010`
    pub address: String,
}

impl Mock {
    /// Starts it on the contract of a workshop.
    pub fn start(workshop: &Workshop, more: &[&str]) -> Self {
        let arguments = [&["mock", "--contract", "contract", "--port", "0"], more].concat();
        let mut child = workshop.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut mock = Self { child, log, address: String::new() };
        let line = mock.log_until("listening on http://");
        let address = line.strip_prefix("listening on http://").and_then(|rest| rest.split_once(';'));
        mock.address = address.expect("an address").0.to_owned();
        mock
    }

    /// Reads the log up to a line with this text, and gives that line.
    pub fn log_until(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ends before {text:?}");
            if line.contains(text) {
                return line.trim_end().to_owned();
            }
        }
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// Sends bytes on a connection of its own, says that nothing follows, and gives all that comes back.
    pub fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        read_all(stream)
    }

    /// Sends each request of a text, and writes down what comes back.
    pub fn transcript(&self, requests: &str, token: &str) -> String {
        let mut transcript = String::new();
        for (title, request) in entries(requests) {
            let answer = self.send(&raw(&request.replace("{{token}}", token)));
            let _ = writeln!(transcript, "### {title}\n{}", shown(&answer));
        }
        transcript
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn read_all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The requests between lines that begin with `###`, each with its title.
pub fn entries(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("### ").skip(1);
    parts.map(|part| part.split_once('\n').map(|(title, request)| (title, request.trim())).unwrap()).collect()
}

/// The bytes of a request as people write it. The connection is closed after it, and a body has a size, unless it says so.
pub fn raw(request: &str) -> Vec<u8> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    lines[0].push_str(" HTTP/1.1");
    lines.push("Host: localhost".to_owned());
    lines.push("Connection: close".to_owned());
    let sized = lines.iter().any(|line| line.to_ascii_lowercase().starts_with("content-length:"));
    if !body.is_empty() && !sized {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
}

/// An answer without what differs from server to server: its status, the headers that say something, and its body.
pub fn shown(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let dull = ["content-length", "connection", "date", "x-request-id"];
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value));
    let mut headers: Vec<_> = headers
        .filter(|(name, _)| !dull.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    headers.sort();
    let body = match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            value.get_mut("requestId").into_iter().for_each(|id| *id = "<id>".into());
            format!("{value:#}\n")
        }
        Err(_) => body.to_owned(),
    };
    format!("{status}\n{}{body}", headers.concat())
}
