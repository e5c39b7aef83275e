//! The command line of the service.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use upload_server::cli::{Command, Invocation, TokenRequest};
use upload_server::config::Settings;
use upload_server::server::{self, Server, Storage};
use upload_server::{auth, http, telemetry};

/// For whom the token of development mode is printed: the user of the example data.
const DEVELOPER: &str = "dev-user-00000000-0000-0000-0000-000000000001";
/// How long work on files that nobody waits for any more may hold up the end of the process.
const LAST_MOMENT: Duration = Duration::from_secs(1);
const DEVELOPER_TOKEN_TTL: Duration = Duration::from_secs(12 * 60 * 60);

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let invocation = Invocation::parse(std::env::args_os());
    let command = invocation.command.clone();
    let settings = match invocation.settings(&|name| std::env::var_os(name)) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                eprintln!("configuration: {problem}");
            }
            return ExitCode::from(2);
        }
    };
    match run(&command, &settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("upload-server: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, settings: &Settings) -> Result<(), String> {
    match command {
        Command::Config => show(settings),
        #[cfg(feature = "faults")]
        Command::Faults => print!("{}", upload_server::faults::listing()),
        Command::Openapi => print!("{}", http::DOCUMENT),
        Command::Token(TokenRequest { user, admin, ttl, expired }) => {
            let issue = if *expired { auth::issue_expired } else { auth::issue };
            println!("{}", issue(settings, user, *admin, *ttl)?);
        }
        Command::Sql(statements) => in_runtime(settings, sql(settings, statements))?,
        Command::Serve => in_runtime(settings, serve(settings))?,
        Command::Migrate => in_runtime(settings, migrate(settings))?,
        Command::Seed => in_runtime(settings, seed(settings))?,
        Command::RebuildAnalytics => in_runtime(settings, rebuild_analytics(settings))?,
        Command::CheckAnalytics => in_runtime(settings, check_analytics(settings))?,
    }
    Ok(())
}

fn show(settings: &Settings) {
    for (name, value) in settings.shown() {
        match value {
            Some(value) => println!("{name} = {value}"),
            None => println!("{name} is not set"),
        }
    }
}

fn in_runtime(settings: &Settings, work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    telemetry::start_logging(settings);
    let runtime = server::runtime(settings).map_err(|error| format!("cannot start: {error}"))?;
    let outcome = runtime.block_on(work);
    // Whatever still waits for a lock or works on files was given up, and is not waited for.
    runtime.shutdown_timeout(LAST_MOMENT);
    outcome
}

async fn serve(settings: &Settings) -> Result<(), String> {
    open_as_many_files_as_allowed();
    let mut signals = Signals::watch().map_err(|error| format!("cannot watch for signals: {error}"))?;
    let delay = Duration::from_secs(settings.shutdown_delay_seconds.get());
    #[cfg(feature = "faults")]
    let (settings, front) = &upload_server::faults::Front::before(settings).await?;
    let server = tokio::select! {
        server = Server::start(settings) => server?,
        _ = signals.wait(delay) => {
            Server::abandon(settings).await;
            return Ok(());
        }
    };
    #[cfg(feature = "faults")]
    front.open(server.address()).await;
    let mut greeting = format!("listening on http://{}\n", server.address());
    if settings.development() {
        let token = auth::issue(settings, DEVELOPER, true, DEVELOPER_TOKEN_TTL)?;
        greeting += &format!("development mode; a token to try it with, valid for 12 hours:\n{token}\n");
    }
    // Whoever has read the address may have stopped reading, which is no reason not to serve.
    let _ = std::io::stdout().write_all(greeting.as_bytes());
    server.run(signals.wait(delay)).await
}

/// Every connection is an open file. The limit in force (1,024 on most systems) is there for programs that cannot deal
/// with more; what an operator means to limit is the hard limit, which stays.
fn open_as_many_files_as_allowed() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// The signals that stop a server.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// The terminal was closed. None where that is to be survived.
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    fn watch() -> std::io::Result<Self> {
        let hangup = if survives_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, hangup })
    }

    /// Waits for a signal, and answers how long requests are taken from then on. Who presses Ctrl-C is waiting, and who
    /// closes the terminal has gone.
    async fn wait(&mut self, delay: Duration) -> Duration {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {
                tracing::info!("asked to stop; finishing what was accepted");
                delay
            }
            _ = self.interrupt.recv() => Duration::ZERO,
            _ = hangup => Duration::ZERO,
        }
    }
}

/// Whether the server was started to outlive its terminal, as by `nohup`: to wait for a signal is to heed it. Linux says
/// so; where nobody does, the system ends the server as ever.
fn survives_hangup() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 != 0)
}

async fn migrate(settings: &Settings) -> Result<(), String> {
    let storage = Storage::open(settings).await?;
    let outcome = storage.migrate().await;
    storage.close().await;
    outcome
}

async fn seed(settings: &Settings) -> Result<(), String> {
    let storage = Storage::open(settings).await?;
    let outcome = storage.seed(settings).await;
    storage.close().await;
    outcome
}

async fn sql(settings: &Settings, statements: &[String]) -> Result<(), String> {
    let storage = Storage::open(settings).await?;
    let outcome = storage.found(statements).await;
    storage.close().await;
    print!("{}", outcome?);
    Ok(())
}

async fn rebuild_analytics(settings: &Settings) -> Result<(), String> {
    let storage = Storage::open(settings).await?;
    let outcome = storage.rebuild_analytics().await;
    storage.close().await;
    println!("{} hours and days are summed up", outcome?);
    Ok(())
}

async fn check_analytics(settings: &Settings) -> Result<(), String> {
    let storage = Storage::open(settings).await?;
    let outcome = storage.check_analytics().await;
    storage.close().await;
    let check = outcome?;
    for period in &check.wrong {
        println!("{period} differs from its sessions and events");
    }
    match check.wrong.len() {
        0 => println!("{} sums are right", check.compared),
        wrong => {
            let advice = "`upload-server analytics rebuild` makes them anew";
            return Err(format!("{wrong} of {} sums are wrong; {advice}", check.compared));
        }
    }
    Ok(())
}
