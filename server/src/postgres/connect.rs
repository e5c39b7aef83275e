//! Connecting to one of several hosts, encrypted when that is asked for. A frozen host accepts a connection and then says
//! nothing, which no time-out of the client library covers; so all hosts are tried at once and the first that answers as
//! wanted is taken.

use std::{future::Future, pin::Pin, sync::Arc};

use deadpool_postgres::Connect;
use futures::future::select_ok;
use tokio::task::JoinHandle;
use tokio_postgres::{
    CancelToken, Client, Config, Error, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::event_queue::EventQueue;

/// Connects to whichever host of the configuration answers first.
#[derive(Clone)]
pub struct FirstToAnswer {
    /// Set when connections must be encrypted.
    tls: Option<MakeRustlsConnect>,
    /// Told when a connection breaks.
    events: Arc<EventQueue>,
}

impl FirstToAnswer {
    /// Connections as the configuration wants them: `sslmode=require` encrypts them and checks the server's certificate,
    /// any other mode leaves them plain. (To try encryption first and go on without it would protect from nobody.)
    pub fn new(config: &Config, events: Arc<EventQueue>) -> Self {
        Self { tls: (config.get_ssl_mode() == SslMode::Require).then(encrypted), events }
    }

    /// Cancels what a connection is doing that was made in this way.
    pub async fn cancel(&self, statement: CancelToken) -> Result<(), Error> {
        match &self.tls {
            Some(tls) => statement.cancel_query(tls.clone()).await,
            None => statement.cancel_query(NoTls).await,
        }
    }
}

/// Encryption that trusts the certificates that the system trusts, or those in the file that `SSL_CERT_FILE` names.
fn encrypted() -> MakeRustlsConnect {
    let trusted = rustls_native_certs::load_native_certs();
    for error in &trusted.errors {
        tracing::warn!(%error, "some trusted certificates cannot be read");
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(trusted.certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    #[expect(clippy::expect_used, reason = "this provider has the suites of both versions")]
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("a provider of TLS 1.2 and 1.3");
    MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth())
}

type Connected = Result<(Client, JoinHandle<()>), Error>;

impl Connect for FirstToAnswer {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let attempts: Vec<_> =
            each_host(config).into_iter().map(|config| Box::pin(connect(config, self.clone()))).collect();
        Box::pin(async move { select_ok(attempts).await.map(|(connected, _others)| connected) })
    }
}

async fn connect(config: Config, FirstToAnswer { tls, events }: FirstToAnswer) -> Connected {
    match tls {
        Some(tls) => {
            let (client, connection) = config.connect(tls).await?;
            Ok((client, drive(connection, events)))
        }
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, drive(connection, events)))
        }
    }
}

fn drive(
    connection: impl Future<Output = Result<(), Error>> + Send + 'static,
    events: Arc<EventQueue>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            events.doubt();
            tracing::warn!(%error, "the connection to the database ended");
        }
    })
}

/// The configuration once for each of its hosts. Never empty: without a host, the library says so.
fn each_host(config: &Config) -> Vec<Config> {
    let hosts = config.get_hosts();
    if hosts.len() < 2 || !config.get_hostaddrs().is_empty() {
        return vec![config.clone()];
    }
    let ports = config.get_ports();
    let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
    hosts.iter().enumerate().map(|(index, host)| with_host(config, host, port(index))).collect()
}

fn with_host(config: &Config, host: &Host, port: u16) -> Config {
    let mut one = Config::new();
    match host {
        Host::Tcp(name) => one.host(name),
        #[cfg(unix)]
        Host::Unix(folder) => one.host_path(folder),
    };
    one.port(port)
        .ssl_mode(config.get_ssl_mode())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .channel_binding(config.get_channel_binding())
        .target_session_attrs(config.get_target_session_attrs());
    config.get_user().map(|user| one.user(user));
    config.get_password().map(|password| one.password(password));
    config.get_dbname().map(|name| one.dbname(name));
    config.get_options().map(|options| one.options(options));
    config.get_application_name().map(|name| one.application_name(name));
    config.get_connect_timeout().map(|timeout| one.connect_timeout(*timeout));
    config.get_tcp_user_timeout().map(|timeout| one.tcp_user_timeout(*timeout));
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_gets_its_own_port_and_all_else_of_the_configuration() {
        let config: Config =
            "postgres://ada:secret@one:5001,two:5002/uploads?target_session_attrs=read-write".parse().unwrap();
        let each = each_host(&config);
        assert_eq!(each.len(), 2);
        assert_eq!(each[1].get_hosts(), [Host::Tcp("two".to_owned())]);
        assert_eq!(each[1].get_ports(), [5002]);
        assert_eq!(each[1].get_user(), Some("ada"));
        assert_eq!(each[1].get_password(), Some(b"secret".as_slice()));
        assert_eq!(each[1].get_dbname(), Some("uploads"));
        assert_eq!(each[1].get_target_session_attrs(), tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    }
    #[test]
    fn connections_are_encrypted_when_that_is_required_and_plain_otherwise() {
        let encrypted = |url: &str| FirstToAnswer::new(&url.parse().unwrap(), Arc::default()).tls.is_some();
        assert!(encrypted("postgres://one/uploads?sslmode=require"));
        assert!(!encrypted("postgres://one/uploads?sslmode=disable"));
        assert!(!encrypted("postgres://one/uploads"));
    }
}
