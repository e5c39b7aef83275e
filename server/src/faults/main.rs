//! The service in a build that can have a fault: another name, so that it is never taken for the service itself.

#[path = "../main.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
