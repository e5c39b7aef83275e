//! Rules between settings.

use std::path::Path;

use super::Settings;
use super::layers::Mistakes;

/// The fewest bytes of an HS256 secret (RFC 7518, 3.2: no shorter than the hash).
pub(crate) const MIN_SECRET_BYTES: usize = 32;

impl Settings {
    /// Whether no way to check tokens is configured. The server then makes a secret of its own and listens on loopback
    /// only.
    pub fn development(&self) -> bool {
        self.jwt_secret.is_none() && self.jwks.is_none()
    }
}

/// Adds what is wrong although each setting by itself can be read. Nothing is said about settings that cannot.
pub(super) fn check(settings: &Settings, mistakes: &mut Mistakes) {
    let mut refuse = |about: &[&str], wrong: bool, message: &str| {
        if wrong && mistakes.know(about) {
            mistakes.add(message.to_owned());
        }
    };
    refuse(
        &["bind", "jwt_secret", "jwks"],
        settings.development() && !settings.bind.ip().is_loopback(),
        &format!(
            "bind = `{}`: without `jwt_secret` or `jwks` the server runs in development mode, which listens on loopback \
             only; configure one of them, or listen on 127.0.0.1",
            settings.bind
        ),
    );
    refuse(
        &["jwt_secret"],
        settings.jwt_secret.as_ref().is_some_and(|secret| secret.expose().len() < MIN_SECRET_BYTES),
        &format!("jwt_secret: must have at least {MIN_SECRET_BYTES} bytes, for example from `openssl rand -hex 32`"),
    );
    let cap_minutes = settings.max_session_lifetime_hours.get() * 60;
    refuse(
        &["session_ttl_minutes", "max_session_lifetime_hours"],
        settings.session_ttl_minutes.get() > cap_minutes,
        "session_ttl_minutes: a session cannot start with more than `max_session_lifetime_hours`",
    );
    refuse(
        &["session_extension_threshold_minutes", "session_extension_ttl_minutes"],
        settings.session_extension_threshold_minutes.get() >= settings.session_extension_ttl_minutes.get(),
        "session_extension_threshold_minutes: must be less than `session_extension_ttl_minutes`, or every call would extend \
         the session",
    );
    check_object_store(settings, &mut refuse);
    refuse(
        &["log_filter"],
        tracing_subscriber::EnvFilter::try_new(&settings.log_filter).is_err(),
        "log_filter: must be a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module, separated by commas",
    );
    check_jwks(settings.jwks.as_deref(), &mut refuse);
    refuse(
        &["database_url"],
        settings.database_url.as_ref().is_some_and(|url| url.expose().parse::<tokio_postgres::Config>().is_err()),
        "database_url: must be like `postgres://user:password@host/database`",
    );
    let pg_bin = settings.pg_bin.as_deref();
    refuse(
        &["pg_bin"],
        pg_bin.is_some_and(|folder| !folder.join("postgres").is_file() || !folder.join("initdb").is_file()),
        "pg_bin: must be a folder that has `postgres` and `initdb`",
    );
}

fn check_jwks(jwks: Option<&str>, refuse: &mut impl FnMut(&[&str], bool, &str)) {
    let is_url = |jwks: &str| jwks.contains("://");
    refuse(
        &["jwks"],
        jwks.is_some_and(|jwks| is_url(jwks) && !jwks.starts_with("https://") && !jwks.starts_with("http://")),
        "jwks: must be the path of a file, or an http(s) URL",
    );
    refuse(
        &["jwks"],
        jwks.is_some_and(|jwks| !is_url(jwks) && !Path::new(jwks).is_file()),
        &format!("jwks = `{}`: there is no such file", jwks.unwrap_or_default()),
    );
}

fn check_object_store(settings: &Settings, refuse: &mut impl FnMut(&[&str], bool, &str)) {
    let url = settings.object_store_url.as_ref();
    refuse(
        &["object_store_url"],
        url.is_some_and(|url| url.scheme() != "s3" || url.host_str().is_none_or(str::is_empty)),
        "object_store_url: must be `s3://bucket` or `s3://bucket/prefix`; leave it out to store files in the data folder",
    );
    refuse(
        &["aws_access_key_id", "aws_secret_access_key"],
        settings.aws_access_key_id.is_some() != settings.aws_secret_access_key.is_some(),
        "aws_access_key_id, aws_secret_access_key: give both or neither",
    );
    refuse(
        &["aws_allow_http", "aws_endpoint"],
        !settings.aws_allow_http && settings.aws_endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http"),
        "aws_endpoint: plain http needs `aws_allow_http = true`",
    );
}
