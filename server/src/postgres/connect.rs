//! Connecting to one of several hosts. A frozen host accepts a connection and then says nothing, which no time-out of the
//! client library covers; so all hosts are tried at once and the first that answers as wanted is taken.

use std::{future::Future, pin::Pin};

use deadpool_postgres::Connect;
use futures::future::select_ok;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls, config::Host};

/// Connects to whichever host of the configuration answers first.
pub struct FirstToAnswer;

type Connected = Result<(Client, JoinHandle<()>), Error>;

impl Connect for FirstToAnswer {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let attempts: Vec<_> = each_host(config).into_iter().map(|config| Box::pin(connect(config))).collect();
        Box::pin(async move { select_ok(attempts).await.map(|(connected, _others)| connected) })
    }
}

async fn connect(config: Config) -> Connected {
    let (client, connection) = config.connect(NoTls).await?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "the connection to the database ended");
        }
    });
    Ok((client, task))
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
}
