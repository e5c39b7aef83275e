//! The mock as a part of this program: it gives the answer that it was told to give, and keeps what it was asked.

use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use http::StatusCode;

use super::answer::Answer;
use super::connection::{self, Body};
use super::head::Head;

/// A server on loopback that answers what it was told to. Its thread ends with the program.
pub struct Scripted {
    /// Where it listens.
    pub base_url: String,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    answer: Option<Answer>,
    asked: Vec<Asked>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As it was written.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// In the order written.
    pub headers: Vec<(String, String)>,
    /// Without its coding.
    pub body: Vec<u8>,
}

impl Scripted {
    /// Listens on a free port.
    pub fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let shared = Arc::clone(&shared);
                // A client that goes away has no use for an error.
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Ok(Self { base_url, script })
    }

    /// From now on gives this answer; what was asked before is forgotten.
    pub fn tell(&self, answer: Answer) {
        *locked(&self.script) = Script { answer: Some(answer), asked: Vec::new() };
    }

    /// What was asked since then.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.script).asked.clone()
    }
}

/// Whoever panicked with the lock has not left half an answer behind.
fn locked(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) -> io::Result<()> {
    let handle = |head: &Head, body: &mut Body| {
        let mut bytes = Vec::new();
        let whole = body.read_to_end(&mut bytes);
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let (method, target) = (head.method.clone(), head.target.clone());
        let mut script = locked(script);
        script.asked.push(Asked { method, target, headers: headers.collect(), body: bytes });
        let told = script.answer.clone().filter(|_| whole.is_ok());
        told.unwrap_or_else(|| Answer::empty(StatusCode::BAD_REQUEST))
    };
    connection::serve(stream, handle, |failure| Answer::empty(failure.status()))
}
