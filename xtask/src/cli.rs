//! The command line: what can be asked for, and the exit code of the answer.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::report::{self, MessageFormat};
use crate::{check, dev, generate, list, mock, prove};

/// From request files to an OpenAPI document, a server interface and two clients.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Exit codes: 0 fine, 1 the contract, a stale output or an answer that breaks the contract, 2 the machine or the command line."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the OpenAPI document, the server interface and the clients of a contract
    GenerateSdk(generate::Arguments),
    /// Prints every request of files and folders
    List(list::Arguments),
    /// Answers every operation from the contract's examples, so that a client can be written before there is a server
    Mock(mock::Arguments),
    /// Sends every request of the contract to a server and checks the answers against the contract
    Prove(prove::Arguments),
    /// Starts the service and its page, and acts on every change of the contract until Ctrl-C
    Dev(dev::Arguments),
    /// Runs everything that a contributor or CI needs
    Test(check::Arguments),
    /// Runs the benchmarks: figures and ratios of one run on this machine, FULL=1 for the sizes that the service is made for
    Bench,
}

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    match command {
        Command::GenerateSdk(arguments) => finish(arguments.message_format(), generate::run(&arguments)),
        Command::List(arguments) => finish(MessageFormat::Human, list::run(&arguments)),
        Command::Mock(arguments) => finish(arguments.message_format(), mock::run(&arguments)),
        Command::Prove(arguments) => finish(arguments.message_format(), prove::run(&arguments)),
        Command::Dev(arguments) => finish(MessageFormat::Human, dev::run(&arguments)),
        Command::Test(arguments) => finish(MessageFormat::Human, check::run(&arguments)),
        Command::Bench => finish(MessageFormat::Human, check::bench()),
    }
}

fn finish(format: MessageFormat, result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::problems(format, &failure.problems);
            failure.exit_code()
        }
    }
}
