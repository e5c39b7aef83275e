//! The flags of `prove`.

use std::path::PathBuf;

use clap::Args;

use crate::generate::arguments::assignment;
use crate::report::MessageFormat;

/// What goes with no fault. The flags that only go with `--mutants` name it too: a flag is not missed where it could not be
/// given.
const AGAINST_MUTANTS: [&str; 4] = ["base_url", "write_proof", "junit", "through"];

/// Which server to prove, by which contract.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// A server that runs already [default: the workspace's own service, started on fresh data]
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// The folder of .http files [default: __http__ of the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) contract: Option<PathBuf>,
    /// Send only the requests of these test ids or names, and the earlier ones that they share captured values with
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Send the requests as they are written, and no variants that break one constraint each
    #[arg(long)]
    pub(super) no_probes: bool,
    /// Send the requests through generated clients, by their names in the workspace, or `all`
    #[arg(long, value_name = "CLIENT", value_delimiter = ',')]
    pub(super) through: Vec<String>,
    /// With --through: send only the requests to the contract's examples, to a `cargo xtask mock` that runs at this address
    #[arg(long, value_name = "URL", requires = "through", conflicts_with_all = ["base_url", "mutants", "write_proof"])]
    pub(super) mock: Option<String>,
    /// Write the proof document of the workspace instead of comparing it with what this run saw
    #[arg(long, conflicts_with_all = ["base_url", "contract", "only", "through"])]
    pub(super) write_proof: bool,
    /// Start the workspace's service once with each of its faults, and count how many of them the proof finds
    #[arg(long, conflicts_with_all = AGAINST_MUTANTS)]
    pub(super) mutants: bool,
    /// With --mutants: only the few faults that the workspace names for every day
    #[arg(long, requires = "mutants", conflicts_with = "fault", conflicts_with_all = AGAINST_MUTANTS)]
    pub(super) quick: bool,
    /// With --mutants: only the faults of these names
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', requires = "mutants", conflicts_with_all = AGAINST_MUTANTS)]
    pub(super) fault: Vec<String>,
    /// With --mutants: let Schemathesis judge instead, for so many seconds as each of its callers; only counted
    #[arg(long, value_name = "SECONDS", requires = "mutants", conflicts_with_all = AGAINST_MUTANTS, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) schemathesis: Option<u64>,
    /// The environment to take variables from, of http-client.env.json and http-client.private.env.json
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// A variable, such as a token; wins over the files
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(super) variables: Vec<(String, String)>,
    /// How the results are printed; json and github go to standard output
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub(super) message_format: MessageFormat,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
}

impl Arguments {
    /// Everything through every generated client of the workspace.
    #[must_use]
    pub fn clients() -> Self {
        Self { through: vec!["all".to_owned()], ..Self::workspace() }
    }

    /// The contract's examples through every generated client of the workspace, from the mock at `url`.
    #[must_use]
    pub fn clients_with_mock(url: String) -> Self {
        Self { mock: Some(url), ..Self::clients() }
    }

    /// Everything, against the workspace's own service.
    #[must_use]
    pub fn workspace() -> Self {
        Self {
            base_url: None,
            contract: None,
            only: Vec::new(),
            no_probes: false,
            through: Vec::new(),
            mock: None,
            write_proof: false,
            mutants: false,
            quick: false,
            fault: Vec::new(),
            schemathesis: None,
            env: None,
            variables: Vec::new(),
            message_format: MessageFormat::default(),
            junit: None,
        }
    }

    /// The faults of the workspace's own service, or the few that it names for every day.
    #[must_use]
    pub fn mutants(quick: bool) -> Self {
        Self { mutants: true, quick, ..Self::workspace() }
    }

    /// Whether this is the whole contract of the workspace against its own service, which the proof document is about.
    pub(super) fn is_whole(&self) -> bool {
        self.base_url.is_none() && self.contract.is_none() && self.only.is_empty() && self.through.is_empty()
    }

    /// How the results are printed.
    #[must_use]
    pub fn message_format(&self) -> MessageFormat {
        self.message_format
    }
}
