//! The flags of `dev`.

use std::path::PathBuf;

use clap::Args;

use crate::generate::Target;

/// What to work on, and where it listens.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The port of the service
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    pub(super) port: u16,
    /// The port of the page
    #[arg(long, value_name = "PORT", default_value_t = 5173)]
    pub(super) page_port: u16,
    /// The folder that keeps the data of the service from one start to the next [default: .data/dev of the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The folder of .http files [default: __http__ of the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) contract: Option<PathBuf>,
    /// Leave a target of generate-sdk as it is; may be given several times
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    pub(super) skip: Vec<Target>,
    /// Start the service alone
    #[arg(long)]
    pub(super) no_page: bool,
}
