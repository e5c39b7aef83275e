//! Running the programs of PostgreSQL, which refuse to run as root.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
};

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

    /// Whether this account can use what lies below a folder: it owns it, or passes through everything above it.
    pub fn reaches(self, folder: &Path) -> bool {
        self.obstacle(folder).is_none()
    }

    /// Refuses a folder that this account cannot get to.
    pub fn check_way_to(self, folder: &Path) -> Result<(), EmbeddedError> {
        let above = folder.parent().and_then(|parent| self.obstacle(parent));
        above.map_or(Ok(()), |obstacle| {
            Err(EmbeddedError::Failed(format!(
                "PostgreSQL does not run as root, and the account that it runs as instead cannot pass through {}; use a \
                 data folder elsewhere (`--data-dir`), run the server as an ordinary user, or set DATABASE_URL",
                obstacle.display()
            )))
        })
    }

    /// The highest folder on the way that this account cannot pass through.
    fn obstacle(self, folder: &Path) -> Option<PathBuf> {
        let Self::Other { user, group } = self else { return None };
        let passes = |folder: &Path| {
            fs::metadata(folder).is_ok_and(|found| {
                let bits = match (found.uid() == user, found.gid() == group) {
                    (true, _) => found.mode() >> 6,
                    (false, true) => found.mode() >> 3,
                    (false, false) => found.mode(),
                };
                bits & 1 == 1
            })
        };
        let way: Vec<_> = folder.ancestors().filter(|above| above.exists()).collect();
        way.into_iter().rev().find(|above| !passes(above)).map(Path::to_path_buf)
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
    fn an_account_reaches_what_lies_in_folders_that_others_may_enter() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let nobody = Account::Other { user: 65534, group: 65534 };
        let allow = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        allow(0o700);
        assert!(!nobody.reaches(&inner));
        let refusal = nobody.check_way_to(&inner).unwrap_err().to_string();
        assert!(refusal.contains(&folder.path().display().to_string()) && refusal.contains("--data-dir"), "{refusal}");
        assert!(Account::Own.reaches(&inner) && Account::Namespace.reaches(&inner));
        allow(0o711);
        assert!(nobody.reaches(&inner));
    }

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
