//! What `prove` says of servers that keep their contract, and of servers that break it in one thing.

#[path = "../books/mod.rs"]
mod books;
#[path = "../stall/mod.rs"]
mod stall;
#[path = "../workshop/mod.rs"]
mod workshop;

mod answers;
mod faults;
mod made;
mod probes;
mod reports;
mod services;

use books::{right, strict};
use serde_json::{Value, json};
use stall::{Asked, Reply, Stall};
use workshop::{Ended, Workshop};

fn workshop() -> Workshop {
    let workshop = Workshop::empty();
    workshop.write("contract/10-books.http", include_str!("../contracts/books/10-books.http"));
    workshop
}

fn prove(stall: &Stall, more: &[&str]) -> Ended {
    workshop().run(&[&["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url], more].concat())
}

/// A shelf whose answers to one request, by method and path, are changed.
fn shelf(method: &'static str, path: &'static str, change: fn(&mut Reply)) -> Stall {
    Stall::open(move |asked| {
        let mut reply = right(asked);
        if asked.method == method && asked.path == path {
            change(&mut reply);
        }
        reply
    })
}

fn set_body(reply: &mut Reply, body: Value) {
    reply.body = body.to_string();
}

/// Fails unless the run failed with exactly these findings, each with the line of the contract.
#[track_caller]
fn expect_findings(stall: &Stall, findings: &[(&str, u64)]) {
    let ended = prove(stall, &["--message-format", "json"]).expect(1);
    let found: Vec<_> = objects(&ended)
        .flat_map(|step| step["findings"].as_array().cloned().unwrap_or_default())
        .map(|finding| {
            assert_eq!(finding["file"], "contract/10-books.http");
            (finding["message"].as_str().unwrap().to_owned(), finding["line"].as_u64().unwrap())
        })
        .collect();
    let expected: Vec<_> = findings.iter().map(|(message, line)| ((*message).to_owned(), *line)).collect();
    assert_eq!(found, expected);
}

/// What was printed, an object a line.
fn objects(ended: &Ended) -> impl Iterator<Item = Value> {
    ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap())
}

/// Not a test: the service of the workspaces, in a process of its own.
#[test]
#[ignore = "it runs until it is stopped; tests start it"]
fn service() {
    let port = std::env::var("BOOKS_PORT").expect("the port to listen at");
    println!("a book was put on the shelf by 0198f1c2-7d1e-7b7c-9a51-{:012x}", std::process::id());
    let fault = std::env::var("BOOKS_FAULT").unwrap_or_default();
    let answer = move |asked: &Asked| match fault.as_str() {
        "no-limit" => strict(&Asked { body: asked.body.replace("5001", "5000"), ..asked.clone() }),
        "crash" if asked.method == "POST" => std::process::exit(3),
        "leave" if asked.method == "POST" => {
            std::fs::write(std::env::var("BOOKS_LEFT").unwrap(), "left").unwrap();
            strict(asked)
        }
        "other-title" => strict(asked).with("Dune", "Emma"),
        "wait" if asked.method == "POST" => {
            use std::io::Read;
            let mut caller = std::net::TcpStream::connect(std::env::var("BOOKS_CALL").unwrap()).unwrap();
            let _ = caller.read(&mut [0]).unwrap();
            strict(asked)
        }
        _ => strict(asked),
    };
    stall::serve(&std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap(), answer);
}

impl Reply {
    fn with(mut self, from: &str, to: &str) -> Self {
        self.body = self.body.replace(from, to);
        self
    }
}

/// A workspace that starts this service, with one criterion to prove.
fn workspace(criterion: &str) -> Workshop {
    let shop = Workshop::empty();
    shop.write("__http__/10-books.http", include_str!("../contracts/books/10-books.http"));
    shop.write("xtask/Cargo.toml", "");
    let this = std::env::current_exe().unwrap();
    let start = format!("env BOOKS_PORT={{port}} '{}' service --exact --ignored --nocapture", this.display());
    let service = format!("start = {start:?}\nready = \"/books/7\"");
    let proof = format!(
        "path = \"proof.md\"\nhtml = \"proof.html\"\n[[workspace.metadata.contract.proof.criterion]]\n{criterion}"
    );
    let tables =
        format!("[workspace.metadata.contract.service]\n{service}\n[workspace.metadata.contract.proof]\n{proof}\n");
    shop.write("Cargo.toml", tables);
    shop
}

/// The same, whose service can have these faults.
fn faulty(faults: &str, more: &str) -> Workshop {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    shop.write("faults.txt", faults);
    let tables = shop.read("Cargo.toml");
    let list = "list = \"cat '{root}/faults.txt'\"";
    let mutants =
        format!("[workspace.metadata.contract.mutants]\n{list}\nvariable = 'BOOKS_FAULT'\nleast = 0.6\n{more}");
    shop.write("Cargo.toml", tables + &mutants);
    shop
}
