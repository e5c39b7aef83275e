//! What `dev` does about the changes of a small workspace, and that it leaves nothing behind.
#![cfg(unix)]

mod stall;
mod workshop;

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::json;
use stall::{Asked, Reply};
use workshop::Workshop;

/// No line takes this long to come, however busy the machine is; a test without it would hang where it should fail.
const DEADLINE: Duration = Duration::from_secs(120);

/// Not a test: what the workspaces below start, in a process of its own.
#[test]
#[ignore = "it runs until it is stopped; the tests below start it"]
fn service() {
    let port = std::env::var("BOOKS_PORT").expect("the port to listen at");
    println!("service {} listens, logs {}", std::process::id(), std::env::var("LOG_FORMAT").unwrap_or_default());
    let answer = |_: &Asked| Reply::json(200, json!({ "id": 7, "title": "Dune", "pages": 412 }));
    stall::serve(&TcpListener::bind(format!("127.0.0.1:{port}")).unwrap(), answer);
}

/// Not a test: the page of the workspaces below.
#[test]
#[ignore = "it runs until it is stopped; the tests below start it"]
fn page() {
    let told = |name| std::env::var(name).unwrap_or_default();
    println!("page {} asks {} with {}", std::process::id(), told("SHOP_SERVER"), told("SHOP_TOKEN"));
    let listener = TcpListener::bind(format!("127.0.0.1:{}", told("PAGE_PORT"))).unwrap();
    stall::serve(&listener, |_| Reply::json(200, json!({})));
}

/// A workspace whose service is built by looking whether somebody broke it, and whose page is made with a text.
fn workspace() -> Workshop {
    let shop = Workshop::empty();
    shop.write("__http__/10-books.http", include_str!("contracts/books/10-books.http"));
    shop.write("xtask/Cargo.toml", "");
    shop.write("sources/main.txt", "");
    shop.write("client/main.txt", "");
    let this = std::env::current_exe().unwrap();
    let run = |name: &str| format!("'{}' {name} --exact --ignored --nocapture", this.display());
    // The page is started by a shell that waits for it, as npm does.
    let page = format!("sh -c \"env PAGE_PORT={{port}} {} & wait\"", run("page"));
    let tables = format!(
        "[workspace.metadata.contract.service]
build = \"test ! -e {{root}}/sources/broken\"
start = {:?}
ready = \"/books/7\"
[workspace.metadata.contract.service.variables]
token = \"echo a-reader\"
[workspace.metadata.contract.dev]
sources = [\"sources\", \"server/api/src\"]
environment = {{ LOG_FORMAT = \"text\" }}
[workspace.metadata.contract.page]
dir = \"__http__\"
start = {page:?}
build = \"cat client/main.txt\"
sources = [\"client\"]
[workspace.metadata.contract.page.environment]
SHOP_SERVER = \"{{server}}\"
SHOP_TOKEN = \"{{token}}\"
",
        format!("env BOOKS_PORT={{port}} {}", run("service")),
    );
    shop.write("Cargo.toml", tables);
    shop.run(&["generate-sdk", "--skip", "typescript"]).expect(0);
    shop
}

/// `dev`, while it runs.
struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    port: u16,
    page_port: u16,
}

impl Running {
    fn start(shop: &Workshop) -> Self {
        let (port, page_port) = (free_port(), free_port());
        let (port_text, page_port_text) = (port.to_string(), page_port.to_string());
        let arguments = ["dev", "--skip", "typescript", "--port", &port_text, "--page-port", &page_port_text];
        let mut command = shop.command(&arguments);
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, seen: Vec::new(), port, page_port }
    }

    /// Reads on until a line holds this text.
    #[track_caller]
    fn line_with(&mut self, text: &str) -> String {
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
        panic!("no line with {text:?}:\n{}", self.seen.join("\n"));
    }

    /// Reads on until the service and the page run, and returns their process numbers.
    #[track_caller]
    fn line_of_both(&mut self) -> [Pid; 2] {
        let processes = ["service ", "page "].map(|name| {
            let line = self.line_with(&format!("│ {name}"));
            let number = line.split(name).last().and_then(|rest| rest.split(' ').next()).unwrap();
            Pid::from_raw(number.parse().unwrap()).unwrap()
        });
        self.line_with("Ctrl-C");
        processes
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Ends it as a shell does, and expects that it ends well.
    fn end(mut self) {
        self.signal(Signal::TERM);
        self.line_with("ending everything");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    /// A test that failed leaves nothing behind either. Whatever has ended needs no signal.
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.signal(Signal::TERM);
            drop(self.child.wait());
        }
    }
}

/// Bound and let go.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_saved_file_is_generated_and_the_service_starts_again() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    dev.line_of_both();

    shop.edit("__http__/10-books.http", "# @field pages: int32(1..5000)", "# @field pages: int32(1..7000)");

    dev.line_with("contract │");
    dev.line_with("files written");
    assert!(shop.read("openapi/openapi.json").contains("7000"));
    dev.line_with("│ ready at");
    dev.end();
}

#[test]
fn a_mistake_is_reported_with_its_line_and_changes_nothing() {
    let shop = workspace();
    let before = shop.files("server");
    let mut dev = Running::start(&shop);
    dev.line_of_both();

    shop.edit("__http__/10-books.http", "# @field pages: int32(1..5000)", "# @field pages: int33(1..5000)");

    dev.line_with("contract │ error[");
    dev.line_with("__http__/10-books.http:19:");
    dev.line_with("nothing was generated");
    assert_eq!(shop.files("server"), before);

    shop.edit("__http__/10-books.http", "int33", "int32");
    dev.line_with("up to date");
    dev.end();
}

#[test]
fn a_service_that_cannot_be_built_leaves_the_one_that_runs() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    let [service, _] = dev.line_of_both();

    shop.write("sources/broken", "");
    dev.line_with("the service cannot be built; the one that runs goes on");
    test_kill_process(service).unwrap();
    TcpStream::connect(("127.0.0.1", dev.port)).unwrap();

    std::fs::remove_file(shop.path("sources/broken")).unwrap();
    dev.line_with("│ ready at");
    assert!(test_kill_process(service).is_err());
    dev.end();
}

#[test]
fn what_the_page_is_made_with_is_built_again() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    dev.line_of_both();
    shop.write("client/main.txt", "another client");
    dev.line_with("build │ another client");
    dev.end();
}

#[test]
fn the_page_and_the_service_are_told_what_the_workspace_says() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    dev.line_with("listens, logs text");
    let address = format!("asks http://127.0.0.1:{} with a-reader", dev.port);
    dev.line_with(&address);
    dev.end();
}

#[test]
fn nothing_goes_on_when_it_is_ended() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    let processes = dev.line_of_both();
    dev.end();
    for process in processes {
        assert!(test_kill_process(process).is_err(), "{process:?} still runs");
    }
}

#[test]
fn nothing_goes_on_when_it_is_killed() {
    let shop = workspace();
    let mut dev = Running::start(&shop);
    dev.line_of_both();
    let connections = [dev.port, dev.page_port].map(|port| TcpStream::connect(("127.0.0.1", port)).unwrap());
    dev.signal(Signal::KILL);
    for mut connection in connections {
        // Nothing is asked, so nothing but the end of the process ends it.
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        let ended = connection.read(&mut [0]).map_err(|error| error.kind());
        assert!(matches!(ended, Ok(0) | Err(ErrorKind::ConnectionReset)), "it still runs: {ended:?}");
    }
}

#[test]
fn a_port_in_use_is_said_before_anything_starts() {
    let shop = workspace();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ended = shop.run(&["dev", "--no-page", "--port", &port.to_string()]).expect(2);
    let expected = format!("error[port-in-use]: port {port}, which is for the service, is in use");
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
}

#[test]
fn a_service_that_never_runs_ends_everything() {
    let shop = workspace();
    let tables = shop.read("Cargo.toml").replace("service --exact", "--no-such-flag --exact");
    shop.write("Cargo.toml", tables);
    let port = free_port().to_string();
    let ended = shop.run(&["dev", "--no-page", "--skip", "typescript", "--port", &port]).expect(2);
    assert!(ended.stderr.contains("error[service-not-ready]"), "{}", ended.stderr);
    assert!(ended.stdout.contains("service │"), "{}", ended.stdout);
}
