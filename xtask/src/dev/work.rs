//! What is done about a change, in which order.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use clap::ValueEnum;

use super::Plan;
use super::crew::{Crew, Halt, Outcome};
use super::page::Page;
use super::part::{Change, Part};
use super::process::Ended;
use super::terminal;
use crate::failure::{Failure, Problem};
use crate::npm;
use crate::prove::client::Client;
use crate::prove::service::{Words, is_ready, status};
use crate::workspace::shown;

/// The work on the changes of one workspace.
pub struct Work<'a> {
    plan: &'a Plan,
    crew: Crew,
    /// This program: it may be built anew while it runs, and is then found at the same place.
    program: PathBuf,
    service: Option<u32>,
    /// None until the service has been ready for the first time.
    variables: Option<BTreeMap<String, String>>,
    /// Whether the packages have been built since they changed.
    packages: bool,
    /// Whether everything has been started, and the user told so.
    shown: bool,
}

impl<'a> Work<'a> {
    /// Nothing is done yet.
    pub fn new(plan: &'a Plan, crew: Crew) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::environment(Problem::new("environment", format!("cannot find this program: {error}")))
        })?;
        Ok(Self { plan, crew, program, service: None, variables: None, packages: false, shown: false })
    }

    /// Works on one change after the other until there is a reason to end.
    pub fn go_on(&mut self) -> Halt {
        loop {
            if let Err(halt) = self.step() {
                return halt;
            }
        }
    }

    /// Ends everything that runs.
    pub fn end(&mut self) {
        terminal::banner("ending everything that was started");
        self.crew.stop_all();
    }

    fn step(&mut self) -> Result<(), Halt> {
        let change = match self.crew.change() {
            Some(change) => change,
            None => {
                self.show()?;
                self.crew.wait_for_change()?
            }
        };
        match change {
            Change::Contract => self.generate(),
            Change::Service => self.build_service(),
            Change::Packages => self.build_packages(),
        }
    }

    /// What stands in the commands of the service.
    fn words(&self) -> Words<'a> {
        let plan = self.plan;
        Words { root: &plan.root, data: &plan.data, port: plan.arguments.port, settings: Some(&plan.service) }
    }

    /// What stands in those of everything else, which see the whole environment.
    fn other_words(&self) -> Words<'a> {
        Words { settings: None, ..self.words() }
    }

    fn generate(&mut self) -> Result<(), Halt> {
        let mut command = Command::new(&self.program);
        command.arg("generate-sdk").arg("--contract").arg(&self.plan.contract).arg("--out").arg(&self.plan.root);
        for target in self.plan.arguments.skip.iter().filter_map(ValueEnum::to_possible_value) {
            command.args(["--skip", target.get_name()]);
        }
        if self.crew.job(Part::Contract, command, Change::Contract)? == Outcome::Failed {
            terminal::warn(Part::Contract, "nothing was generated; what was there before goes on");
        }
        Ok(())
    }

    fn build_service(&mut self) -> Result<(), Halt> {
        if let Some(line) = &self.plan.service.build {
            let command = self.other_words().command(line)?;
            match self.crew.job(Part::Build, command, Change::Service)? {
                Outcome::Done => {}
                Outcome::Outdated => return Ok(()),
                Outcome::Failed => {
                    let meanwhile = match self.service {
                        Some(id) if self.crew.runs(id) => "the one that runs goes on",
                        _ => "it is tried again after the next change",
                    };
                    terminal::warn(Part::Build, &format!("the service cannot be built; {meanwhile}"));
                    return Ok(());
                }
            }
        }
        self.restart_service()
    }

    fn restart_service(&mut self) -> Result<(), Halt> {
        if let Some(running) = self.service.take() {
            self.crew.stop(running)?;
        }
        let mut command = self.words().command(&self.plan.service.start)?;
        command.envs(&self.plan.development.environment);
        let id = self.crew.start(Part::Service, command)?;
        let server = self.server();
        let client = Client::of(&server);
        let url = format!("{server}{}", self.plan.service.ready);
        match self.crew.wait_until(id, || is_ready(&client, &url))? {
            None => self.service = Some(id),
            Some(ended) if self.variables.is_none() => return Err(never_ready(&ended).into()),
            Some(ended) => {
                terminal::warn(
                    Part::Service,
                    &format!("did not start ({ended}); it is tried again after the next change"),
                );
                return Ok(());
            }
        }
        if self.variables.is_none() {
            self.variables = Some(self.seed()?);
        }
        terminal::say(Part::Service, &format!("ready at {server}"));
        Ok(())
    }

    /// Puts the example data into the service, once, and asks for the tokens.
    fn seed(&self) -> Result<BTreeMap<String, String>, Failure> {
        let words = self.words();
        if let Some(line) = &self.plan.service.seed {
            words.run(line)?;
        }
        let value = |(name, line): (&String, &String)| Ok((name.clone(), words.run(line)?.trim().to_owned()));
        self.plan.service.variables.iter().map(value).collect()
    }

    /// Installs and builds what the page is made with.
    fn build_packages(&mut self) -> Result<(), Halt> {
        let Some(page) = &self.plan.page else { return Ok(()) };
        let outcome = match self.install(page)? {
            Outcome::Done => self.build(page)?,
            other => other,
        };
        self.packages |= outcome == Outcome::Done;
        if outcome == Outcome::Failed {
            terminal::warn(Part::Build, "what the page uses cannot be built; it is tried again after the next change");
        }
        Ok(())
    }

    fn install(&mut self, page: &Page) -> Result<Outcome, Halt> {
        for package in &page.packages {
            let package = self.plan.root.join(package);
            let Some(outdated) = npm::outdated(&package)? else { continue };
            match self.crew.job(Part::Build, npm::install(&package), Change::Packages)? {
                Outcome::Done => outdated.installed()?,
                other => return Ok(other),
            }
        }
        Ok(Outcome::Done)
    }

    fn build(&mut self, page: &Page) -> Result<Outcome, Halt> {
        match &page.build {
            Some(line) => self.crew.job(Part::Build, self.other_words().command(line)?, Change::Packages),
            None => Ok(Outcome::Done),
        }
    }

    /// Starts the page when everything is there that it needs, once, and says where everything is.
    fn show(&mut self) -> Result<(), Halt> {
        let Some(variables) = self.variables.as_ref().filter(|_| !self.shown) else { return Ok(()) };
        if let Some(page) = &self.plan.page {
            if !self.packages {
                return Ok(());
            }
            let id = self.crew.start(Part::Page, self.page_command(page, variables)?)?;
            let address = self.page_address();
            let client = Client::of(&address);
            if let Some(ended) = self.crew.wait_until(id, || status(&client, &address).is_some())? {
                return Err(never_shown(&ended).into());
            }
        }
        self.shown = true;
        self.banner();
        Ok(())
    }

    fn page_command(&self, page: &Page, variables: &BTreeMap<String, String>) -> Result<Command, Failure> {
        let words = Words { port: self.plan.arguments.page_port, ..self.other_words() };
        page.command(&words, &self.server(), variables)
    }

    fn server(&self) -> String {
        format!("http://127.0.0.1:{}", self.plan.arguments.port)
    }

    fn page_address(&self) -> String {
        format!("http://localhost:{}", self.plan.arguments.page_port)
    }

    fn banner(&self) {
        let place = |path| shown(path, &std::env::current_dir().unwrap_or_default());
        let mut lines = vec![String::new(), format!("  service    {}", self.server())];
        if self.plan.page.is_some() {
            lines.push(format!("  page       {}", self.page_address()));
        }
        lines.push(format!("  contract   {}, generated anew whenever a file is saved", place(&self.plan.contract)));
        lines.push(format!("  data       {}, kept for the next time", place(&self.plan.data)));
        lines.push("  Ctrl-C     ends everything".to_owned());
        lines.push(String::new());
        terminal::banner(&lines.join("\n"));
    }
}

fn never_ready(ended: &Ended) -> Failure {
    Failure::environment(
        Problem::new(
            "service-not-ready",
            format!("the service did not become ready: {ended}; its own words are above"),
        )
        .help("start it by hand with the command in [workspace.metadata.contract.service]"),
    )
}

fn never_shown(ended: &Ended) -> Failure {
    Failure::environment(
        Problem::new("no-page", format!("the page did not start: {ended}; its own words are above"))
            .help("start it by hand with the command in [workspace.metadata.contract.page]"),
    )
}
