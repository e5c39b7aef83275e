//! Running the programs of PostgreSQL, which refuse to run as root.

use std::{fs, os::unix::fs::chown, path::Path, process::Stdio};

use tokio::process::Command;

use super::EmbeddedError;

/// The account that the programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// The one that runs this program.
    Own,
    /// Root, which looks like `nobody` to the program in a user namespace. Files stay root's.
    Namespace,
    /// Another one of this machine, which then owns the files of the database.
    Other {
        /// Its number.
        user: u32,
        /// The number of its group.
        group: u32,
    },
}

const NAMESPACE: [&str; 3] = ["--user", "--map-user=65534", "--map-group=65534"];

impl Account {
    /// The account for this process.
    pub async fn choose() -> Result<Self, EmbeddedError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let probe = Command::new("unshare")
            .args(NAMESPACE)
            .arg("true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await;
        if probe.is_ok_and(|status| status.success()) {
            return Ok(Self::Namespace);
        }
        let accounts = fs::read_to_string("/etc/passwd").map_err(EmbeddedError::io("cannot read /etc/passwd"))?;
        unprivileged(&accounts).ok_or_else(|| {
            EmbeddedError::Failed(
                "PostgreSQL does not run as root, `unshare --user` is not allowed here, and there is no account \
                 `postgres` or `nobody`; run the server as an ordinary user, or set DATABASE_URL"
                    .to_owned(),
            )
        })
    }

    /// A command that runs as this account, away from the terminal's signals.
    pub fn command(self, program: &Path) -> Command {
        let mut command = match self {
            Self::Own | Self::Other { .. } => Command::new(program),
            Self::Namespace => {
                let mut command = Command::new("unshare");
                command.args(NAMESPACE).arg(program);
                command
            }
        };
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
        command.process_group(0).stdin(Stdio::null());
        command
    }

    /// Gives a folder to this account.
    pub fn own(self, folder: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::Own | Self::Namespace => Ok(()),
            Self::Other { user, group } => chown(folder, Some(user), Some(group))
                .map_err(EmbeddedError::io(format!("cannot give {} to the account {user}", folder.display()))),
        }
    }
}

fn unprivileged(accounts: &str) -> Option<Account> {
    let find = |name: &str| {
        let mut fields = accounts.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        let number = |field: Option<&str>| field.and_then(|field| field.parse().ok());
        Some(Account::Other { user: number(fields.next())?, group: number(fields.next())? })
    };
    find("postgres").or_else(|| find("nobody"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_postgres_goes_before_nobody() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(unprivileged(accounts), Some(Account::Other { user: 101, group: 104 }));
        assert_eq!(
            unprivileged(&accounts.replace("postgres", "other")),
            Some(Account::Other { user: 65534, group: 65533 })
        );
        assert_eq!(unprivileged("root:x:0:0::/root:/bin/sh\n"), None);
    }
}
