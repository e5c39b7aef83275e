//! `cargo xtask generate-sdk`: the one place that knows the order of the stages.

pub(crate) mod arguments;
mod commit;
pub mod environment;
pub mod input;
mod plan;
mod targets;
pub(crate) mod unsupported;

use std::path::PathBuf;
use std::time::Instant;

use httpfile::syntax::Leading;
use httpfile::{Profile, Severity, Source, Sources};
use openapi::{Contract, Valid};
use openapiv3::OpenAPI;

pub use self::arguments::Arguments;
use self::input::Loaded;
use self::plan::{Action, Plan};
pub use self::targets::Target;
pub use self::unsupported::UNSUPPORTED_BY_TARGET;
use crate::Output;
use crate::emit::typescript;
use crate::failure::{Failure, Problem};
use crate::progress::{Progress, seconds};
use crate::report::{self, MessageFormat};
use crate::workspace;

/// Reads the contract, makes everything that follows from it, and writes or checks it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    commit::finish_writing_before_interrupts();
    let started = Instant::now();
    let progress = if arguments.message_format.for_programs() { Progress::quiet() } else { Progress::new() };
    let folders = Folders::of(arguments)?;

    let compiled = compile(arguments, &folders, &progress)?;
    let mut outputs = vec![document_file(&compiled.document)?];
    let names = arguments.names(&compiled.document.info);
    let (targets, format) = (arguments.targets(), arguments.message_format);
    outputs.extend(targets::emit_all(&targets, &compiled, &names, format, &progress)?);

    let intro = folders.out.join(typescript::INTRO);
    typescript::add_intro(&mut outputs, &intro).map_err(|error| Failure::io("read", &intro, &error))?;

    let plan = Plan::new(&folders.out, outputs)?;
    if arguments.check {
        return check(&plan, format, &progress);
    }
    let stage = progress.stage("write");
    commit::commit(&folders.out, &plan)?;
    stage.done();
    progress.line(&format!("{:>8}  total: {}", seconds(started.elapsed()), summary(&plan, &folders)));
    Ok(())
}

/// Where a run reads, writes, and stands.
struct Folders {
    current: PathBuf,
    contract: PathBuf,
    out: PathBuf,
}

impl Folders {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let current = workspace::current_dir()?;
        let given = |folder: &Option<PathBuf>| folder.as_ref().map(|folder| current.join(folder));
        let (contract, out) = match (given(&arguments.contract), given(&arguments.out)) {
            (Some(contract), Some(out)) => (contract, out),
            (contract, out) => {
                let root = workspace::root()?;
                (contract.unwrap_or_else(|| root.join("__http__")), out.unwrap_or(root))
            }
        };
        Ok(Self { current, contract, out })
    }
}

/// A contract, its document, and the texts that both come from.
struct Compiled {
    sources: Sources,
    contract: Valid<Contract>,
    document: OpenAPI,
}

/// From the contract's texts to the document; every mistake is printed on the way.
fn compile(arguments: &Arguments, folders: &Folders, progress: &Progress) -> Result<Compiled, Failure> {
    let variables =
        environment::variables(&folders.contract, &folders.current, arguments.env.as_deref(), &arguments.variables)?;
    let stage = progress.stage("read the contract");
    let Loaded { sources, diagnostics } = input::load(&folders.contract, &folders.current)?;
    stage.done();
    if !diagnostics.is_empty() {
        report::diagnostics(arguments.message_format, &sources, &diagnostics);
        return Err(Failure::reported());
    }
    let sources = titled(sources, arguments.title.as_deref());
    let stage = progress.stage("compile the contract");
    let compiled = openapi::compile(&sources, &variables);
    stage.done();
    report::diagnostics(arguments.message_format, &sources, &compiled.diagnostics);
    let wrong = compiled.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    let contract = compiled.contract.filter(|_| !wrong).ok_or_else(Failure::reported)?;
    let mut document = contract.document();
    if let Some(title) = &arguments.title {
        document.info.title.clone_from(title);
    }
    Ok(Compiled { sources, contract, document })
}

/// A contract that declares no `@api` gets one from the command line.
fn titled(sources: Sources, title: Option<&str>) -> Sources {
    let names_api = |item: &Leading| matches!(item, Leading::Annotation(annotation) if annotation.name.value == "api");
    let declares = |(id, source)| {
        let parsed = httpfile::parse(source, id, Profile::Lenient);
        parsed.file.blocks.iter().flat_map(|block| &block.leading).any(names_api)
    };
    let declared = || sources.iter().any(declares);
    match title {
        Some(title) if !declared() => {
            let declaration = Source::new("(--title).http", format!("### {title}\n# @api {title} 0.1.0\n"));
            Sources::new(sources.iter().map(|(_, source)| source.clone()).chain([declaration]))
        }
        _ => sources,
    }
}

fn document_file(document: &OpenAPI) -> Result<Output, Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|error| {
        Failure::environment(Problem::new("environment", format!("the document cannot be written as JSON: {error}")))
    })?;
    Ok(Output::generated("openapi/openapi.json", text + "\n"))
}

fn check(plan: &Plan, format: MessageFormat, progress: &Progress) -> Result<(), Failure> {
    if plan.changes.is_empty() {
        progress.line(&format!("up to date: {} files", plan.unchanged));
        return Ok(());
    }
    for change in &plan.changes {
        report::output(format, change.action.state(), &workspace::slashes(&change.path));
    }
    let message = match plan.changes.len() {
        1 => "1 file does not match the contract".to_owned(),
        n => format!("{n} files do not match the contract"),
    };
    Err(Failure::contract(Problem::new("stale-output", message).help(format!("run `{}`", repairing_command()))))
}

/// What the user typed, without `--check` and what is for programs only.
fn repairing_command() -> String {
    let mut format = false;
    let typed = std::env::args().skip(1).filter(|argument| {
        let value = std::mem::replace(&mut format, argument == "--message-format");
        !value && argument != "--check" && !argument.starts_with("--message-format")
    });
    // The freshness step of `cargo xtask test` checks the workspace's own outputs.
    let typed: Vec<_> = typed.skip_while(|argument| argument != "generate-sdk").skip(1).map(quoted).collect();
    let command = [vec!["cargo xtask generate-sdk".to_owned()], typed].concat();
    command.join(" ")
}

fn quoted(argument: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,@:+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

fn summary(plan: &Plan, folders: &Folders) -> String {
    let removed = plan.changes.iter().filter(|change| change.action == Action::Remove).count();
    let written = plan.changes.len() - removed;
    let place = workspace::shown(&folders.out, &folders.current);
    match plan.changes.len() {
        0 => format!("nothing to do, {} files below {place} are up to date", plan.unchanged),
        _ => format!("{written} files written, {removed} removed, {} unchanged below {place}", plan.unchanged),
    }
}
