//! Servers in processes of their own, as they run in the field.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::SECRET;
use super::world::User;

/// A server process. Killed, not stopped, when it is dropped.
pub struct Process {
    child: Child,
    /// Its address.
    pub base: String,
    token: Option<String>,
    log: Arc<Mutex<String>>,
    data_dir: PathBuf,
    /// Kept until the end when it is the process's own.
    _folder: Option<TempDir>,
}

/// The program, with no settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upload-server"));
    command.env_clear().envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

impl Process {
    /// A server on a database.
    pub fn start(database_url: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Self::in_folder(folder.path().into(), database_url, environment);
        process._folder = Some(folder);
        process
    }

    /// A server on a database and a folder that may be shared.
    pub fn in_folder(data_dir: PathBuf, database_url: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = program();
        command.env("DATABASE_URL", database_url).env("JWT_SECRET", SECRET).envs(environment.iter().copied());
        Self::spawn(command, data_dir)
    }

    /// Runs the prepared program until it says where it listens.
    pub fn spawn(mut command: Command, data_dir: PathBuf) -> Self {
        let development = !command.get_envs().any(|(name, _)| name == "JWT_SECRET" || name == "JWKS");
        command.args(["serve", "--bind", "127.0.0.1:0", "--data-dir"]).arg(&data_dir);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, sink) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = sink.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base =
            lines.by_ref().map_while(Result::ok).find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let token = if development { lines.map_while(Result::ok).nth(1) } else { None };
        let base = base.unwrap_or_else(|| panic!("the server did not start:\n{}", log.lock().unwrap()));
        Self { child, base, token, log, data_dir, _folder: None }
    }

    /// Somebody at this server.
    pub fn user(&self, name: &str) -> User {
        self.client_of(name, false)
    }

    /// An administrator at this server.
    pub fn admin(&self) -> User {
        self.client_of("administrator", true)
    }

    fn client_of(&self, name: &str, admin: bool) -> User {
        let environment = |wanted: &str| match wanted {
            "JWT_SECRET" => Some(SECRET.into()),
            "DATA_DIR" => Some(self.data_dir.clone().into_os_string()),
            _ => None,
        };
        let settings = upload_server::config::load(None, &environment, Default::default()).unwrap();
        let token = upload_server::auth::issue(&settings, name, admin, Duration::from_secs(3600)).unwrap();
        User::new(self.base.clone(), token, reqwest::Client::new())
    }

    /// Whoever the token is for that the server printed at its start.
    pub fn developer(&self) -> User {
        User::new(self.base.clone(), self.token.clone().expect("a server in development mode"), reqwest::Client::new())
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// The most memory that it has had, in bytes.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end; whether it was a good one.
    pub fn wait(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Kills it as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
