//! The command line of the service.

use std::process::ExitCode;

use upload_server::cli::{Command, Invocation};
use upload_server::config::Settings;

fn main() -> ExitCode {
    let invocation = Invocation::parse(std::env::args_os());
    let command = invocation.command.clone();
    match invocation.settings(&|name| std::env::var_os(name)) {
        Ok(settings) => run(&command, &settings),
        Err(problems) => {
            for problem in problems {
                eprintln!("configuration: {problem}");
            }
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command, settings: &Settings) -> ExitCode {
    if *command == Command::Config {
        for (name, value) in settings.shown() {
            println!("{name} = {}", value.unwrap_or_default());
        }
    }
    ExitCode::SUCCESS
}
