//! `cargo xtask dev`: the service and its page run, and every change of the contract or of the sources is worked on.
//!
//! One thread decides, and hears of everything by [`Event`]s: a process ended, a file changed, somebody wants to stop.

mod arguments;
mod crew;
pub(crate) mod guard;
mod page;
mod part;
mod process;
mod settings;
mod terminal;
mod watch;
mod work;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};

pub use self::arguments::Arguments;
use self::crew::{Crew, Halt};
use self::page::Page;
use self::part::Change;
use self::process::Ended;
use self::settings::Development;
use self::watch::Watched;
use self::work::Work;
use crate::failure::{Failure, Problem};
use crate::prove::service::Settings;
use crate::workspace;

/// What can happen.
#[derive(Debug)]
enum Event {
    /// Somebody wants everything to end.
    Interrupted,
    /// Something has changed on the disk.
    Changed(Change),
    /// A process is gone.
    Ended(Ended),
}

/// What is worked on, and where.
struct Plan {
    root: PathBuf,
    contract: PathBuf,
    data: PathBuf,
    service: Settings,
    development: Development,
    page: Option<Page>,
    arguments: Arguments,
}

/// Starts everything, and works on changes until it is interrupted.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let plan = Plan::of(arguments)?;
    plan.check_ports()?;
    std::fs::create_dir_all(&plan.data).map_err(|error| Failure::io("create the folder", &plan.data, &error))?;
    let (sender, events) = mpsc::channel();
    heed_interrupts(sender.clone());
    // Watches until the end of this function.
    let _watcher = watch::start(&plan.watched()?, &sender)?;

    let mut work = Work::new(&plan, Crew::new((sender, events)))?;
    let halt = work.go_on();
    work.end();
    match halt {
        Halt::Interrupted => Ok(()),
        Halt::Failed(failure) => Err(failure),
    }
}

impl Plan {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let (root, current) = (workspace::root()?, workspace::current_dir()?);
        let given = |folder: &Option<PathBuf>, usual: &str| match folder {
            Some(folder) => current.join(folder),
            None => root.join(usual),
        };
        Ok(Self {
            contract: given(&arguments.contract, "__http__"),
            data: given(&arguments.data, ".data/dev"),
            service: Settings::of_workspace(&root)?,
            development: workspace::metadata(&root, "dev")?.unwrap_or_default(),
            page: if arguments.no_page { None } else { workspace::metadata(&root, "page")? },
            arguments: arguments.clone(),
            root,
        })
    }

    fn watched(&self) -> Result<Vec<Watched>, Failure> {
        let below = |path: &PathBuf, change| Ok(Watched { path: real(&self.root.join(path))?, change });
        let page = self.page.iter().flat_map(|page| &page.sources);
        let contract = std::iter::once(below(&self.contract, Change::Contract));
        let service = self.development.sources.iter().map(|path| below(path, Change::Service));
        contract.chain(service).chain(page.map(|path| below(path, Change::Packages))).collect()
    }

    /// What listens there already would otherwise answer in place of what is started.
    fn check_ports(&self) -> Result<(), Failure> {
        check_port(self.arguments.port, "the service", "--port")?;
        match self.page {
            Some(_) => check_port(self.arguments.page_port, "the page", "--page-port"),
            None => Ok(()),
        }
    }
}

/// Changes are told by the path without links.
fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| Failure::io("watch", path, &error))
}

fn check_port(port: u16, what: &str, flag: &str) -> Result<(), Failure> {
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    // A machine without IPv6 refuses the second address for another reason.
    let is_taken = |address| TcpListener::bind(address).is_err_and(|e| e.kind() == std::io::ErrorKind::AddrInUse);
    if here.into_iter().any(is_taken) {
        let message = format!("port {port}, which is for {what}, is in use");
        let help = format!("end the program that listens there, or give another port with {flag}");
        return Err(Failure::environment(Problem::new("port-in-use", message).help(help)));
    }
    Ok(())
}

/// Ctrl-C, SIGTERM, and a terminal that is closed.
fn heed_interrupts(events: Sender<Event>) {
    let handler = move || {
        // Nobody listens any more when everything ends.
        drop(events.send(Event::Interrupted));
    };
    // Only a second handler of one process is refused, and this is the first.
    drop(ctrlc::set_handler(handler));
}
