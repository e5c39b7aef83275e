//! The hand-written files of the package, for a folder that has none yet.

use crate::names::Names;
use crate::output::Output;

macro_rules! runtime {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../server/api/src/", $name)))),*]
    };
}

/// The files that know no contract; the same for every package.
const RUNTIME: &[(&str, &str)] = runtime![
    "lib.rs",
    "check.rs",
    "contract.rs",
    "cors.rs",
    "document.rs",
    "drain.rs",
    "error.rs",
    "exact.rs",
    "extract.rs",
    "format.rs",
    "input.rs",
    "json.rs",
    "media.rs",
    "methods.rs",
    "operation.rs",
    "parameter.rs",
    "reply.rs",
    "settings.rs",
    "stream.rs",
    "strict.rs",
];

/// A package that builds by itself.
pub(super) fn files(names: &Names) -> Vec<Output> {
    let mut files = vec![Output::scaffold(format!("{}/Cargo.toml", super::PACKAGE), manifest(names))];
    for (name, text) in RUNTIME {
        files.push(Output::scaffold(format!("{}/src/{name}", super::PACKAGE), *text));
    }
    files
}

fn manifest(names: &Names) -> String {
    let (name, version) = (&names.server, names.package_version());
    let title = toml::Value::from(names.title.as_str());
    format!(
        r#"[package]
name = "{name}"
version = "{version}"
description = {title}
edition = "2024"
rust-version = "1.95"
publish = false

[dependencies]
async-trait = "0.1"
base64 = "0.22"
bytes = "1"
chrono = {{ version = "0.4", default-features = false, features = ["clock", "serde", "std"] }}
dropshot = "0.18"
futures = "0.3"
http = "1"
http-body-util = "0.1"
hyper = "1"
indexmap = {{ version = "2", features = ["serde"] }}
percent-encoding = "2"
regex = "1"
schemars = {{ version = "0.8", features = ["chrono", "uuid1"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = {{ version = "1", features = ["preserve_order"] }}
slog = "2"
tokio = {{ version = "1", features = ["full"] }}
uuid = {{ version = "1", features = ["serde"] }}

# The package stands alone, also inside of another workspace.
[workspace]
"#
    )
}
