//! A service that is started for one run, with a data folder of its own, and stopped after it.
//!
//! How to build, start and seed it, and how to get tokens, is configuration of the workspace: the toolchain knows
//! nothing of any service.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use super::client::{Client, Outgoing};
use super::interrupt;
use super::running::Running;
use crate::failure::{Failure, Problem};
use crate::workspace;

/// How long a service may take until it is ready.
const START_DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// `[workspace.metadata.contract.service]` of the root `Cargo.toml`. In every command `{root}` is the workspace,
/// `{data}` a fresh folder and `{port}` a free port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Builds the service; none where there is nothing to build.
    pub build: Option<String>,
    /// Starts the service on `{port}`; it runs until it is told to stop.
    pub start: String,
    /// The path that answers 200 once requests are welcome.
    pub ready: String,
    /// Fills the fresh data folder with what the contract's requests rely on, while the service runs.
    pub seed: Option<String>,
    /// Variables of the contract, each with the command that prints its value.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The only variables of the environment that these commands, but for `build`, see of ours; a name that ends with `*`
    /// stands for all that begin so. All of them where this is not given.
    pub inherit: Option<Vec<String>>,
    /// What these commands see in their environment besides, or, where it is `false`, do not see.
    #[serde(default)]
    pub environment: BTreeMap<String, Setting>,
}

/// A variable of an environment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Setting {
    /// Its value.
    Text(String),
    /// Only `false`: it is not there.
    Switch(bool),
}

impl Settings {
    /// What the workspace at `root` says about its service.
    pub fn of_workspace(root: &Path) -> Result<Self, Failure> {
        let settings: Option<Self> = workspace::metadata(root, "service")?;
        if let Some(name) = settings.iter().find_map(|settings| settings.neither()) {
            let message = format!("[workspace.metadata.contract.service.environment]: `{name}` is `true`");
            let help = "give its value as a text, or `false` where it must not be there";
            return Err(Failure::environment(Problem::new("workspace-metadata", message).help(help)));
        }
        settings.ok_or_else(|| {
            let message = format!("{} describes no service", root.join("Cargo.toml").display());
            let help = "describe how to start the service in [workspace.metadata.contract.service], or give --base-url";
            Failure::environment(Problem::new("no-service", message).help(help))
        })
    }

    /// A variable that is neither set nor taken away.
    fn neither(&self) -> Option<&str> {
        self.environment.iter().find(|(_, setting)| **setting == Setting::Switch(true)).map(|(name, _)| name.as_str())
    }

    /// Gives a command the environment that the configuration says.
    fn surround(&self, command: &mut Command) {
        if let Some(names) = &self.inherit {
            let is_named = |given: &str| {
                names.iter().any(|name| name.strip_suffix('*').map_or(name == given, |begin| given.starts_with(begin)))
            };
            let inherited = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_named));
            command.env_clear().envs(inherited);
        }
        for (name, setting) in &self.environment {
            match setting {
                Setting::Text(text) => command.env(name, text),
                Setting::Switch(_) => command.env_remove(name),
            };
        }
    }
}

/// A running service.
pub struct Service {
    process: Arc<Running>,
    settings: Settings,
    data: Arc<TempDir>,
    /// Where it listens.
    pub base_url: String,
    /// What the commands of [`Settings::variables`] printed.
    pub variables: BTreeMap<String, String>,
}

impl Service {
    /// Builds, starts and seeds the service.
    pub fn start(settings: &Settings, root: &Path) -> Result<Self, Failure> {
        if let Some(build) = &settings.build {
            command(root, build)?;
        }
        Self::start_on(settings, root, Arc::new(folder()?), &[])
    }

    /// Starts and seeds a service that is built, on a folder that may hold data, with more variables in its environment.
    pub fn start_on(
        settings: &Settings,
        root: &Path,
        data: Arc<TempDir>,
        environment: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let port = free_port().map_err(|error| Failure::io("bind", Path::new("127.0.0.1:0"), &error))?;
        let words = Words { root, data: data.path(), port, settings: Some(settings) };
        let log = data.path().join("service.log");
        let process = interrupt::started(|| words.spawn(&settings.start, &log, environment))?;
        let base_url = format!("http://127.0.0.1:{port}");
        let mut service = Self { process, settings: settings.clone(), data, base_url, variables: BTreeMap::new() };
        service.wait_until_ready(&settings.ready)?;
        let words = Words { root, data: service.data.path(), port, settings: Some(settings) };
        if let Some(seed) = &settings.seed {
            words.run(seed)?;
        }
        let value = |(name, command): (&String, &String)| Ok((name.clone(), words.run(command)?.trim().to_owned()));
        service.variables = settings.variables.iter().map(value).collect::<Result<_, Failure>>()?;
        Ok(service)
    }

    /// The folder that holds its data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// What the service has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Runs a command of the workspace that concerns this service, and returns what it printed.
    pub fn command(&self, root: &Path, line: &str) -> Result<String, Failure> {
        let port = self.base_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
        Words { root, data: self.data.path(), port, settings: Some(&self.settings) }.run(line)
    }

    /// What to say of a service that has ended by itself; nothing while it runs.
    #[must_use]
    pub fn ended(&self) -> Option<Problem> {
        let status = self.process.ended()?;
        let message = format!("the service ended while it was asked: {status}\n{}", last_lines(&self.log()));
        Some(Problem::new("service-ended", message).help("the first request without an answer ended it"))
    }

    fn log_file(&self) -> PathBuf {
        self.data.path().join("service.log")
    }

    fn wait_until_ready(&self, path: &str) -> Result<(), Failure> {
        let client = Client::of(&self.base_url);
        let url = format!("{}{path}", self.base_url);
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            if is_ready(&client, &url) {
                return Ok(());
            }
            let ended = self.process.ended();
            if ended.is_some() || Instant::now() > deadline {
                let what = ended.map_or_else(|| format!("{url} does not answer 200"), |status| status.to_string());
                return Err(not_ready(&what, &self.log()));
            }
            thread::sleep(POLL);
        }
    }
}

/// Whether a service that listens at this URL answers it with 200.
pub(crate) fn is_ready(client: &Client, url: &str) -> bool {
    status(client, url) == Some(200)
}

/// The status that a URL is answered with, if something listens there.
pub(crate) fn status(client: &Client, url: &str) -> Option<u16> {
    let question = Outgoing { method: "GET".to_owned(), url: url.to_owned(), headers: Vec::new(), body: None };
    client.send(&question).ok().map(|answer| answer.status)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn last_lines(log: &str) -> String {
    let last: Vec<_> = log.lines().rev().take(20).collect();
    last.into_iter().rev().collect::<Vec<_>>().join("\n")
}

fn not_ready(what: &str, log: &str) -> Failure {
    let message = format!("the service did not become ready: {what}\n{}", last_lines(log));
    Failure::environment(
        Problem::new("service-not-ready", message)
            .help("start it by hand with the command in [workspace.metadata.contract.service], or give --base-url"),
    )
}

/// A fresh folder for data.
pub fn folder() -> Result<TempDir, Failure> {
    interrupt::folder("prove-")
}

/// Runs a command of the workspace that concerns no running service, and returns what it printed.
pub fn command(root: &Path, line: &str) -> Result<String, Failure> {
    Words { root, data: root, port: 0, settings: None }.run(line)
}

/// The commands of a workspace's configuration, with what stands for their placeholders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) root: &'a Path,
    pub(crate) data: &'a Path,
    pub(crate) port: u16,
    /// What says which environment the commands have; ours where there is nothing.
    pub(crate) settings: Option<&'a Settings>,
}

impl Words<'_> {
    /// A command that cannot be run.
    pub(crate) fn failure(line: &str, what: &str) -> Failure {
        Failure::environment(Problem::new("service-command", format!("`{line}`: {what}")))
    }

    /// The command that a line of the configuration stands for.
    pub(crate) fn command(&self, line: &str) -> Result<Command, Failure> {
        let bad = |what: String| Self::failure(line, &what);
        let words = shell_words::split(line).map_err(|error| bad(error.to_string()))?;
        let filled = words.iter().map(|word| {
            word.replace("{root}", &self.root.to_string_lossy())
                .replace("{data}", &self.data.to_string_lossy())
                .replace("{port}", &self.port.to_string())
        });
        let words: Vec<String> = filled.collect();
        let (program, arguments) = words.split_first().ok_or_else(|| bad("no program".to_owned()))?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.root).stdin(Stdio::null());
        if let Some(settings) = self.settings {
            settings.surround(&mut command);
        }
        Ok(command)
    }

    /// Runs a command to its end and returns what it printed.
    pub(crate) fn run(&self, line: &str) -> Result<String, Failure> {
        let fail = |what: String| Self::failure(line, &what);
        let output = self.command(line)?.stderr(Stdio::piped()).output().map_err(|error| fail(error.to_string()))?;
        if !output.status.success() {
            return Err(fail(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn spawn(&self, line: &str, log: &Path, environment: &[(&str, &str)]) -> Result<Running, Failure> {
        let open = || File::options().create(true).append(true).open(log);
        let files = open().and_then(|out| Ok((out, open()?))).map_err(|error| Failure::io("write", log, &error))?;
        let fail = |error: std::io::Error| Self::failure(line, &error.to_string());
        let mut command = self.command(line)?;
        command.envs(environment.iter().copied()).stdout(files.0).stderr(files.1);
        Running::start(&mut command).map_err(fail)
    }
}
