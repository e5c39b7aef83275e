//! A small HTTP server, right or wrong in one thing, to prove.

// Every test file uses a part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came in.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub token: Option<String>,
    pub body: String,
}

/// What goes out.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Reply {
    pub fn json(status: u16, body: serde_json::Value) -> Self {
        Self { status, headers: vec![("Content-Type", "application/json".to_owned())], body: body.to_string() }
    }
}

/// A server that answers until the test ends.
pub struct Stall {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stall {
    /// Answers each request with what `answer` makes of it.
    pub fn open(answer: impl Fn(&Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let noted = move |request: &Asked| {
            seen.lock().unwrap().push(request.clone());
            answer(request)
        };
        // The thread waits for connections when the test ends, and ends with the process.
        thread::spawn(move || serve(&listener, noted));
        Self { url, asked }
    }

    /// What was asked so far, in order: method and path.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }
}

/// Answers every connection, one after the other.
pub fn serve(listener: &TcpListener, answer: impl Fn(&Asked) -> Reply) {
    for stream in listener.incoming().map_while(Result::ok) {
        if let Some(request) = read(&stream) {
            write(stream, &answer(&request));
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut token) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => token = value.trim().strip_prefix("Bearer ").map(str::to_owned),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, token, body: String::from_utf8(body).ok()? })
}

fn write(mut stream: TcpStream, reply: &Reply) {
    let mut text = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{}", reply.body.len(), reply.body);
    // A client that went away says so in the test's own words.
    drop(stream.write_all(text.as_bytes()));
}
