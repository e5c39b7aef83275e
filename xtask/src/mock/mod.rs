//! `cargo xtask mock`: answers every operation from the contract's examples, so that a client can be written before there
//! is a server.

mod access;
mod answer;
mod arguments;
mod choice;
mod chunks;
mod connection;
mod contract;
mod cors;
mod head;
mod input;
mod made;
mod operation;
mod preference;
mod route;
mod rules;
mod scripted;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

pub use self::answer::{Answer, Declared};
pub use self::arguments::Arguments;
use self::connection::Body;
use self::contract::Watched;
use self::head::Head;
pub(crate) use self::made::{matching, possible};
pub use self::preference::Preference;
pub use self::scripted::{Asked, Scripted};
use crate::failure::{Failure, Problem};

/// How many clients are served at a time; each has a thread of its own, so that a slow one keeps nobody waiting.
const MAX_CONNECTIONS: usize = 512;

/// Answers until it is interrupted. Exit code 1 when the contract has mistakes, 2 when nobody can listen.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let watched = Arc::new(Watched::read(arguments)?);
    let address = SocketAddr::new(arguments.bind, arguments.port);
    let listener = TcpListener::bind(address).map_err(|error| occupied(address, &error))?;
    let address = listener.local_addr().map_err(|error| occupied(address, &error))?;
    // Nothing has to be put away: an interrupt may end the program at any point.
    ctrlc::set_handler(|| std::process::exit(0)).map_err(|error| {
        Failure::environment(Problem::new("no-signals", format!("cannot wait for Ctrl-C: {error}")))
    })?;
    eprintln!("{}", watched.latest().summary());
    if !address.ip().is_loopback() {
        eprintln!("warning: everybody who can reach {address} can call it");
    }
    eprintln!("listening on http://{address}; Ctrl-C ends");
    let count = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().filter_map(Result::ok) {
        let (watched, place) = (Arc::clone(&watched), Place::take(&count));
        let spawned = thread::Builder::new().spawn(move || {
            if let Some(_place) = place {
                // A client that goes away in the middle of its answer has no use for an error.
                drop(serve(&stream, &watched));
            }
        });
        if let Err(error) = spawned {
            eprintln!("a connection is dropped: {error}");
        }
    }
    Ok(())
}

/// One of the places for clients.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(count: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(Arc::clone(count));
        (count.fetch_add(1, Ordering::Relaxed) < MAX_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(stream: &TcpStream, watched: &Watched) -> std::io::Result<()> {
    let handle = |head: &Head, body: &mut Body| {
        let started = Instant::now();
        let served = watched.latest();
        let (answer, operation) = operation::answer(&served, head, body);
        let path = head.target.split('?').next().unwrap_or_default();
        let id = operation.map_or("-", |operation| operation.id.as_str());
        let note = if answer.note.is_empty() { String::new() } else { format!(" ({})", answer.note) };
        let line = format!("{} {path} {} {id}{note}", head.method, answer.status.as_u16());
        // What a client sends must not write to the terminal.
        let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        eprintln!("{line} {:.1} ms", started.elapsed().as_secs_f64() * 1000.0);
        cors::allow(answer, &head.headers)
    };
    connection::serve(stream, handle, |failure| {
        eprintln!("- - {} - ({})", failure.status().as_u16(), failure.message());
        answer::refused(&watched.latest().contract, None, failure)
    })
}

fn occupied(address: SocketAddr, error: &std::io::Error) -> Failure {
    let problem = Problem::new("cannot-listen", format!("cannot listen on {address}: {error}"));
    Failure::environment(problem.help("give another port with --port; 0 takes a free one"))
}
