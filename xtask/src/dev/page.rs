//! The page that is shown beside the service: where it is, and how it is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::failure::{Failure, Problem};
use crate::prove::service::Words;

/// `[workspace.metadata.contract.page]` of the root `Cargo.toml`. All folders are relative to the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The folder that it is started in.
    pub dir: PathBuf,
    /// Starts it on `{port}`; it runs until it is told to stop.
    pub start: String,
    /// npm packages whose dependencies are installed before.
    #[serde(default)]
    pub packages: Vec<PathBuf>,
    /// Builds the packages that the page uses; none where there is nothing to build.
    pub build: Option<String>,
    /// Folders and files whose changes ask for that build.
    #[serde(default)]
    pub sources: Vec<PathBuf>,
    /// What the page is told: `{server}` is where the service listens, and each variable of the service has its name.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

impl Page {
    /// The command that starts the page beside a service that runs.
    pub fn command(
        &self,
        words: &Words<'_>,
        server: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Command, Failure> {
        let mut command = words.command(&self.start)?;
        command.current_dir(self.folder(words.root)?);
        for (name, template) in &self.environment {
            let start = template.replace("{server}", server);
            let fill = |text: String, (name, value): (&String, &String)| text.replace(&format!("{{{name}}}"), value);
            command.env(name, variables.iter().fold(start, fill));
        }
        Ok(command)
    }

    fn folder(&self, root: &Path) -> Result<PathBuf, Failure> {
        let folder = root.join(&self.dir);
        if folder.is_dir() {
            return Ok(folder);
        }
        let message = format!("there is no folder {}", folder.display());
        let help = "repair `dir` in [workspace.metadata.contract.page], or start the service alone with --no-page";
        Err(Failure::environment(Problem::new("no-page", message).help(help)))
    }
}
