//! Every setting of the server, each with its description, its type and its default in this one place.
//!
//! A setting `x_y` is given as `--x-y` on the command line, as `X_Y` in the environment or as `x_y` in the file that
//! `--config` names; the earlier of these wins. A secret has no flag, because other users of a machine can read command
//! lines; instead, `X_Y_FILE` names a file that holds it.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

use super::Secret;
use super::layers::{Layers, Mistakes};
use super::value::{Bounded, List, LogFormat, Origin, Value};

/// What is known about a setting before it has a value: for `--help`, the environment, the file and the documentation.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; flag and environment variable follow from it.
    pub name: &'static str,
    /// What it does, in words.
    pub help: &'static str,
    /// The text that stands when it is not given.
    pub default: Option<&'static str>,
    /// Whether its value must not be shown.
    pub secret: bool,
}

impl Setting {
    /// The name of the command line flag, without the dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The name of the environment variable.
    pub fn variable(&self) -> String {
        self.name.to_ascii_uppercase()
    }
}

macro_rules! settings {
    ($( $(#[doc = $help:literal])+ $name:ident: $type:ty $(= $default:literal)?; )+) => {
        /// The effective settings.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $( $(#[doc = $help])+ pub $name: $type, )+
        }

        impl Settings {
            /// Every setting, in the order of the documentation.
            pub const ALL: &[Setting] = &[$( Setting {
                name: stringify!($name),
                help: concat!($($help),+),
                default: settings!(@default $($default)?),
                secret: <$type as Value>::SECRET,
            } ),+];

            /// Reads every setting, and collects everything that is wrong.
            pub(super) fn read(layers: &Layers, mistakes: &mut Mistakes) -> Option<Self> {
                $( let $name = layers.read::<$type>(
                    stringify!($name),
                    settings!(@absent $type $(, $default)?),
                    mistakes,
                ); )+
                Some(Self { $( $name: $name?, )+ })
            }

            /// Each setting with its value as it would be written, secrets redacted.
            pub fn shown(&self) -> Vec<(&'static str, Option<String>)> {
                vec![$( (stringify!($name), Value::show(&self.$name)) ),+]
            }
        }
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@absent $type:ty) => { Some(None) };
    (@absent $type:ty, $default:literal) => { None };
}

settings! {
    /// Address and port to listen on
    bind: SocketAddr = "127.0.0.1:3000";
    /// Folder for everything the server keeps on this machine: the embedded database, the stored files, the development secret
    data_dir: PathBuf = ".data";

    /// Threads that work on requests; 0 for half as many as there are processors, since the database does more than half of the work. Contents of files are hashed and written by others
    worker_threads: Bounded<0, 1_000> = "0";

    /// PostgreSQL to use, `postgres://user:password@host/database`; without it an embedded PostgreSQL runs in the data folder
    database_url: Option<Secret>;
    /// Connections to PostgreSQL that requests share
    database_connections: Bounded<2, 1_000> = "16";
    /// Deadline in milliseconds for all database work of one request; after it the answer is 503
    database_timeout_ms: Bounded<100, 60_000> = "3000";
    /// Folder with the programs of an installed PostgreSQL, for the embedded database
    pg_bin: Option<PathBuf>;

    /// Secret of at least 32 bytes that HS256 tokens are signed with
    jwt_secret: Option<Secret>;
    /// JSON Web Key Set (file or http(s) URL) with the public keys of RS256, ES256 and EdDSA tokens
    jwks: Option<String>;
    /// Issuer (`iss`) that every token must name
    jwt_issuer: Option<String>;
    /// Audience (`aud`) that every token must name
    jwt_audience: Option<String>;

    /// Where file contents are stored: `s3://bucket/prefix`; without it, in the data folder
    object_store_url: Option<Url>;
    /// Region of the bucket
    aws_region: Option<String>;
    /// Address of an S3-compatible store other than Amazon's
    aws_endpoint: Option<Url>;
    /// Access key for the bucket; without it, what the machine's role grants
    aws_access_key_id: Option<Secret>;
    /// Secret key for the bucket
    aws_secret_access_key: Option<Secret>;
    /// Session token that belongs to temporary keys
    aws_session_token: Option<Secret>;
    /// Whether the store may be called over plain http
    aws_allow_http: bool = "false";

    /// Largest file in bytes that the server takes
    max_file_size_bytes: Bounded<1, 5_497_558_138_880> = "5497558138880";
    /// Minutes that a new session lives without activity
    session_ttl_minutes: Bounded<1, 525_600> = "30";
    /// A session is extended by activity when it has fewer minutes left than this
    session_extension_threshold_minutes: Bounded<0, 525_600> = "10";
    /// Minutes from now that an extended session lives
    session_extension_ttl_minutes: Bounded<1, 525_600> = "30";
    /// Hours after its creation that a session ends at the latest, even if its client is active
    max_session_lifetime_hours: Bounded<1, 8_760> = "24";

    /// Whole days that events of the analytics are kept before the present one; 0 for ever. Metrics are of all sessions in any case
    analytics_retention_days: Bounded<0, 36_500> = "0";

    /// Seconds that the body of a JSON request may take, and that a client may leave the server waiting for the next bytes of a part; after it the answer is 408
    body_timeout_seconds: Bounded<1, 3_600> = "10";
    /// Origins whose pages may call this server from a browser, separated by commas; `*` for any
    cors_origins: List<Origin> = "";
    /// Seconds after SIGTERM that requests are still taken, so that a proxy learns from `/readyz` to send them elsewhere
    shutdown_delay_seconds: Bounded<0, 3_600> = "1";
    /// Seconds that requests in flight then get to finish
    drain_seconds: Bounded<1, 3_600> = "25";

    /// Log lines: `json`, `text`, or `auto` for text on a terminal and JSON otherwise
    log_format: LogFormat = "auto";
    /// What is logged: a level, or levels by module such as `info,upload_server::auth=debug`
    log_filter: String = "info,refinery_core=warn";
}
