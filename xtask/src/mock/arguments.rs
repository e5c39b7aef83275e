//! The flags of `mock`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;

use crate::generate::arguments::assignment;
use crate::report::MessageFormat;

/// Which contract to answer from, and where to listen.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The folder of .http files [default: __http__ of the workspace]
    #[arg(long, value_name = "DIR")]
    pub(super) contract: Option<PathBuf>,
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 4010)]
    pub(super) port: u16,
    /// The address to listen on; any other than a loopback address is open to the network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(super) bind: IpAddr,
    /// Read the contract again as soon as one of its files has changed
    #[arg(long)]
    pub(super) watch: bool,
    /// The environment to take variables from, of http-client.env.json and http-client.private.env.json
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// A variable; wins over the files
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(super) variables: Vec<(String, String)>,
    /// How mistakes in the contract are printed; json and github go to standard output
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub(super) message_format: MessageFormat,
}

impl Arguments {
    /// How mistakes are printed.
    #[must_use]
    pub fn message_format(&self) -> MessageFormat {
        self.message_format
    }
}
