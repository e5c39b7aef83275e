//! Layers, redaction and the report of mistakes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use super::{Problem, Settings, load};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn from(
    file: Option<&Path>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Settings, Vec<String>> {
    let environment: BTreeMap<&str, &str> = environment.iter().copied().collect();
    let flags = flags.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    load(file, &|name| environment.get(name).map(OsString::from), flags)
        .map_err(|problems| problems.into_iter().map(|Problem(text)| text).collect())
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn the_defaults_are_valid_and_local() {
    let settings = from(None, &[], &[]).unwrap();
    assert!(settings.development());
    assert_eq!(settings.bind.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.max_session_lifetime_hours.get(), 24);
    assert_eq!(settings.session_extension_threshold_minutes.get(), 10);
    assert_eq!(settings.session_extension_ttl_minutes.get(), 30);
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = file(
        "session_ttl_minutes = 1\ndatabase_connections = 2\nbind = \"127.0.0.1:1\"\ncors_origins = [\"https://a.example\"]\n",
    );
    let environment = [("DATABASE_CONNECTIONS", "3"), ("BIND", "127.0.0.1:2")];
    let settings = from(Some(file.path()), &environment, &[("bind", "127.0.0.1:3")]).unwrap();
    assert_eq!(settings.session_ttl_minutes.get(), 1);
    assert_eq!(settings.database_connections.get(), 3);
    assert_eq!(settings.bind.port(), 3);
    assert_eq!(settings.cors_origins.0.len(), 1);
}

#[test]
fn all_mistakes_are_reported_at_once_with_their_places() {
    let file = file("session_ttl_minute = 1\nmax_file_size_bytes = 0\n");
    let environment = [("LOG_FORMAT", "xml"), ("JWT_SECRET", "short"), ("JWT_SECRET_FILE", "/nowhere")];
    let problems = from(Some(file.path()), &environment, &[("bind", "localhost")]).unwrap_err();
    let all = problems.join("\n");
    assert_eq!(problems.len(), 5, "{all}");
    for part in [
        "did you mean `session_ttl_minutes`?",
        &format!("max_file_size_bytes in {} = `0`", file.path().display()),
        "LOG_FORMAT = `xml`: must be `auto`, `json` or `text`",
        "--bind = `localhost`: must be an address and a port",
        "JWT_SECRET and JWT_SECRET_FILE: only one of them",
    ] {
        assert!(all.contains(part), "no `{part}` in:\n{all}");
    }
}

#[test]
fn a_setting_that_cannot_be_read_hides_no_mistake_of_the_others_and_causes_none() {
    let environment = [
        ("JWT_SECRET_FILE", "/nowhere"),
        ("DATABASE_URL", "hunter2"),
        ("LOG_FILTER", "a=b=c"),
        ("AWS_ENDPOINT", "http://localhost:5000"),
        ("PG_BIN", "/nowhere"),
    ];
    let flags = [("bind", "0.0.0.0:3000"), ("max_session_lifetime_hours", "0"), ("session_ttl_minutes", "2000")];
    let problems = from(None, &environment, &flags).unwrap_err();
    let all = problems.join("\n");
    for name in
        ["JWT_SECRET_FILE", "database_url", "log_filter", "aws_endpoint", "pg_bin", "--max-session-lifetime-hours"]
    {
        assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}:\n{all}");
    }
    assert_eq!(problems.len(), 6, "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn development_mode_refuses_to_listen_beyond_loopback() {
    let problems = from(None, &[], &[("bind", "0.0.0.0:3000")]).unwrap_err();
    assert!(problems.join("\n").contains("loopback"), "{problems:?}");
    from(None, &[("JWT_SECRET", SECRET)], &[("bind", "0.0.0.0:3000")]).unwrap();
}

#[test]
fn a_short_secret_is_refused_and_not_quoted() {
    let problems = from(None, &[("JWT_SECRET", "hunter2")], &[]).unwrap_err().join("\n");
    assert!(problems.contains("at least 32 bytes") && !problems.contains("hunter2"), "{problems}");
}

#[test]
fn a_secret_may_stand_in_a_file_and_stays_text() {
    let digits = "01234567890123456789012345678901";
    let secret = file(&format!("{digits}\n"));
    let settings = from(None, &[("JWT_SECRET_FILE", secret.path().to_str().unwrap())], &[]).unwrap();
    assert_eq!(settings.jwt_secret.unwrap().expose(), digits);
    let settings = from(None, &[("JWT_SECRET", digits)], &[]).unwrap();
    assert_eq!(settings.jwt_secret.unwrap().expose(), digits);
}

#[test]
fn secrets_are_neither_shown_nor_debugged() {
    let environment = [("JWT_SECRET", SECRET), ("DATABASE_URL", "postgres://u:hunter2@db/x")];
    let settings = from(None, &environment, &[]).unwrap();
    let shown = format!("{settings:?} {:?}", settings.shown());
    assert!(!shown.contains("hunter2") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn a_file_that_cannot_be_read_or_parsed_is_a_mistake() {
    let missing = from(Some(Path::new("/nowhere/at/all.toml")), &[], &[]).unwrap_err();
    assert!(missing.join("\n").contains("/nowhere/at/all.toml"), "{missing:?}");
    let broken = file("jwt_secret = \"hunter2\nbind");
    let problems = from(Some(broken.path()), &[], &[]).unwrap_err().join("\n");
    assert!(problems.contains("not a TOML file") && !problems.contains("hunter2"), "{problems}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (name, text, expected) in [
        ("session_ttl_minutes", "1441", "max_session_lifetime_hours"),
        ("session_extension_threshold_minutes", "31", "session_extension_ttl_minutes"),
        ("object_store_url", "https://bucket", "s3://bucket"),
        ("jwks", "ftp://x/y", "http(s)"),
        ("jwks", "/nowhere/keys.json", "no such file"),
        ("log_filter", "a=b=c", "log_filter"),
    ] {
        let problems = from(None, &[], &[(name, text)]).unwrap_err().join("\n");
        assert!(problems.contains(expected), "{name}: {problems}");
    }
}

#[test]
fn the_readme_lists_every_setting() {
    let mut table = "| setting | default | |\n|---|---|---|\n".to_owned();
    for setting in Settings::ALL {
        let default = setting.default.filter(|text| !text.is_empty()).map_or(String::new(), |text| format!("`{text}`"));
        let secret = if setting.secret { " (secret)" } else { "" };
        table.push_str(&format!("| `{}`{secret} | {default} | {} |\n", setting.name, setting.help.trim()));
    }
    let readme = include_str!("../../README.md");
    let section = readme.split_once("<!-- settings -->\n").and_then(|(_, rest)| rest.split_once("<!-- /settings -->"));
    assert_eq!(section.unwrap().0, table, "put this table into the README:\n{table}");
}
