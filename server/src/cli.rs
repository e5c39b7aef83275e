//! The command line: which command, and the settings that are given as flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command as Clap, builder::NonEmptyStringValueParser, value_parser};

use crate::config::{self, Problem, Setting, Settings};

/// What the program is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Answer requests until told to stop.
    Serve,
    /// Bring the database to this version's tables, and stop.
    Migrate,
    /// Put the example data into the database, and stop.
    Seed,
    /// Make the sums of the analytics anew, and stop.
    RebuildAnalytics,
    /// Compare the sums of the analytics with the sessions and events, and stop.
    CheckAnalytics,
    /// Print what statements find in the database.
    Sql(Vec<String>),
    /// Print a token.
    Token(TokenRequest),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the effective settings, secrets redacted.
    Config,
    /// Print the faults that this build can have.
    #[cfg(feature = "faults")]
    Faults,
}

/// A token that is asked for on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who its bearer is.
    pub user: String,
    /// Whether its bearer is an administrator.
    pub admin: bool,
    /// How long it is valid.
    pub ttl: Duration,
    /// Whether that time is over already.
    pub expired: bool,
}

/// The command line as it was understood.
#[derive(Debug)]
pub struct Invocation {
    /// What to do.
    pub command: Command,
    file: Option<PathBuf>,
    flags: BTreeMap<&'static str, String>,
}

impl Invocation {
    /// Reads a command line; on a mistake, or when help was asked for, prints it and ends the program as clap does.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Self {
        match Self::try_parse(arguments) {
            Ok(invocation) => invocation,
            Err(error) => error.exit(),
        }
    }

    fn try_parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = definition().try_get_matches_from(arguments)?;
        let command = match matches.subcommand() {
            None | Some(("serve", _)) => Command::Serve,
            Some(("migrate", _)) => Command::Migrate,
            Some(("seed", _)) => Command::Seed,
            Some(("analytics", matches)) if matches.subcommand_name() == Some("rebuild") => Command::RebuildAnalytics,
            Some(("analytics", _)) => Command::CheckAnalytics,
            Some(("sql", matches)) => {
                Command::Sql(matches.get_many::<String>("statement").into_iter().flatten().cloned().collect())
            }
            Some(("openapi", _)) => Command::Openapi,
            Some(("config", _)) => Command::Config,
            #[cfg(feature = "faults")]
            Some(("faults", _)) => Command::Faults,
            Some((_, matches)) => Command::Token(TokenRequest {
                user: matches.get_one::<String>("user").cloned().unwrap_or_default(),
                admin: matches.get_flag("admin"),
                ttl: Duration::from_secs(60 * matches.get_one::<u64>("ttl").copied().unwrap_or(DEFAULT_TTL_MINUTES)),
                expired: matches.get_flag("expired"),
            }),
        };
        // A global flag may stand before or after each command; clap keeps it with the command that it follows.
        let mut layers: Vec<&ArgMatches> =
            std::iter::successors(Some(&matches), |outer| outer.subcommand().map(|(_, inner)| inner)).collect();
        layers.reverse();
        let given = |id: &str| layers.iter().find_map(|matches| matches.get_one::<String>(id).cloned());
        let flags =
            open_settings().filter_map(|setting| given(setting.name).map(|text| (setting.name, text))).collect();
        let file = layers.iter().find_map(|matches| matches.get_one::<PathBuf>("config").cloned());
        Ok(Self { command, file, flags })
    }

    /// The effective settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn settings(self, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Settings, Vec<Problem>> {
        config::load(self.file.as_deref(), environment, self.flags)
    }
}

/// Minutes that a printed token is valid unless told otherwise.
const DEFAULT_TTL_MINUTES: u64 = 12 * 60;

/// The settings that may stand on a command line.
fn open_settings() -> impl Iterator<Item = &'static Setting> {
    Settings::ALL.iter().filter(|setting| !setting.secret)
}

fn definition() -> Clap {
    Clap::new("upload-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Multipart upload sessions on PostgreSQL")
        .after_help(secrets_help())
        .subcommands([
            Clap::new("serve").about("Answer requests until told to stop (the default)"),
            Clap::new("migrate").about("Bring the database to this version's tables"),
            Clap::new("seed").about("Put example sessions of the user dev-user-00000000-… into the database"),
            analytics_definition(),
            sql_definition(),
            token_definition(),
            Clap::new("openapi").about("Print the OpenAPI document of the service"),
            Clap::new("config").about("Print the effective settings, secrets redacted"),
            #[cfg(feature = "faults")]
            Clap::new("faults").about("Print the faults that UPLOAD_FAULT can name, one a line"),
        ])
        .arg(
            Arg::new("config")
                .long("config")
                .global(true)
                .env("UPLOAD_SERVER_CONFIG")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("TOML file with settings"),
        )
        .args(open_settings().map(setting_argument))
}

fn analytics_definition() -> Clap {
    Clap::new("analytics")
        .about("Look after the sums that the analytics are made from")
        .subcommand_required(true)
        .subcommands([
            Clap::new("rebuild").about("Make all sums of hours and days anew"),
            Clap::new("check").about("Compare all sums with the sessions and events; fails when one differs"),
        ])
}

fn sql_definition() -> Clap {
    Clap::new("sql").about("Print what statements find in the database; nothing is changed").arg(
        Arg::new("statement")
            .required(true)
            .action(ArgAction::Append)
            .num_args(1..)
            .value_name("STATEMENT")
            .help("SQL; several statements, each an argument, run in one transaction, which only reads"),
    )
}

fn token_definition() -> Clap {
    Clap::new("token")
        .about("Print a token signed with the configured or the development secret")
        .arg(
            Arg::new("user")
                .long("user")
                .required(true)
                .value_name("ID")
                .value_parser(NonEmptyStringValueParser::new())
                .help("The user that the token stands for"),
        )
        .arg(Arg::new("admin").long("admin").action(ArgAction::SetTrue).help("Give the role `admin`"))
        .arg(
            Arg::new("ttl")
                .long("ttl")
                .value_name("MINUTES")
                .value_parser(value_parser!(u64).range(1..=525_600))
                .help(format!("How long it is valid [default: {DEFAULT_TTL_MINUTES}]")),
        )
        .arg(
            Arg::new("expired")
                .long("expired")
                .action(ArgAction::SetTrue)
                .help("Let that time end an hour ago, to see that the token is refused"),
        )
}

fn setting_argument(setting: &'static Setting) -> Arg {
    let default =
        setting.default.filter(|text| !text.is_empty()).map_or_else(String::new, |text| format!(", default {text}"));
    Arg::new(setting.name).long(setting.flag()).global(true).value_name("VALUE").hide_short_help(false).help(format!(
        "{} [{}{default}]",
        setting.help.trim(),
        setting.variable()
    ))
}

fn secrets_help() -> String {
    let mut text =
        "Secrets come from the environment, from a file named by the variable with `_FILE` added, or from the \
                    file of --config:\n"
            .to_owned();
    for setting in Settings::ALL.iter().filter(|setting| setting.secret) {
        text.push_str(&format!("  {:<24}{}\n", setting.variable(), setting.help.trim()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Invocation, clap::Error> {
        Invocation::try_parse(std::iter::once("upload-server").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn no_word_means_serve() {
        assert_eq!(parse("--bind 127.0.0.1:0").unwrap().command, Command::Serve);
    }

    #[test]
    fn settings_may_stand_before_and_after_the_command() {
        for line in ["--data-dir here config", "config --data-dir here", "analytics check --data-dir here"] {
            let settings = parse(line).unwrap().settings(&|_| None).unwrap();
            assert_eq!(settings.data_dir, PathBuf::from("here"), "{line}");
        }
    }

    #[test]
    fn what_to_do_with_the_sums_must_be_said() {
        assert_eq!(parse("analytics rebuild").unwrap().command, Command::RebuildAnalytics);
        assert_eq!(parse("sql table").unwrap().command, Command::Sql(vec!["table".to_owned()]));
        assert!(parse("sql").is_err());
        assert_eq!(parse("analytics check").unwrap().command, Command::CheckAnalytics);
        assert!(parse("analytics").is_err());
    }

    #[test]
    fn a_secret_cannot_be_given_as_a_flag() {
        assert!(parse("--jwt-secret 00000000000000000000000000000000").is_err());
    }

    #[test]
    fn a_token_needs_a_user() {
        assert!(parse("token").is_err());
        let Command::Token(token) = parse("token --user ada --admin --ttl 5").unwrap().command else { panic!() };
        let ada = TokenRequest { user: "ada".to_owned(), admin: true, ttl: Duration::from_secs(300), expired: false };
        assert_eq!(token, ada);
        assert!(parse("token --user ada --expired").is_ok());
    }
}
