//! The hand-written files of a package that is not there yet.
//!
//! They are the files of this repository's own client, which know nothing of its API.

use crate::{Names, Output};

const FILES: [(&str, &str); 11] = [
    ("src/lib.rs", include_str!("../../../../sdk/rust/src/lib.rs")),
    ("src/body.rs", include_str!("../../../../sdk/rust/src/body.rs")),
    ("src/client.rs", include_str!("../../../../sdk/rust/src/client.rs")),
    ("src/error.rs", include_str!("../../../../sdk/rust/src/error.rs")),
    ("src/response.rs", include_str!("../../../../sdk/rust/src/response.rs")),
    ("src/retry.rs", include_str!("../../../../sdk/rust/src/retry.rs")),
    ("src/token.rs", include_str!("../../../../sdk/rust/src/token.rs")),
    ("src/transport.rs", include_str!("../../../../sdk/rust/src/transport.rs")),
    ("examples/wire/main.rs", include_str!("../../../../sdk/rust/examples/wire/main.rs")),
    ("examples/wire/outcome.rs", include_str!("../../../../sdk/rust/examples/wire/outcome.rs")),
    ("examples/wire/request.rs", include_str!("../../../../sdk/rust/examples/wire/request.rs")),
];

/// The files, with a manifest that needs no workspace.
pub fn outputs(names: &Names) -> Vec<Output> {
    let sources = FILES.iter().map(|(name, text)| Output::scaffold(format!("sdk/rust/{name}"), *text));
    std::iter::once(Output::scaffold("sdk/rust/Cargo.toml", manifest(names))).chain(sources).collect()
}

fn manifest(names: &Names) -> String {
    let description = format!("A client for {}", names.title);
    format!(
        r#"[package]
name = {name}
description = {description}
version = "0.1.0"
edition = "2024"
rust-version = "1.95"
publish = false

[workspace]

[dependencies]
{DEPENDENCIES}
[dev-dependencies]
http = "1"
"#,
        name = toml::Value::from(names.rust.as_str()),
        description = toml::Value::from(description),
    )
}

const DEPENDENCIES: &str = r#"bytes = "1"
chrono = { version = "0.4", default-features = false, features = ["clock", "serde", "std"] }
futures = "0.3"
progenitor-client = "0.15.1"
rand = "0.9"
regress = "0.11"
reqwest = { version = "0.13", features = ["json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["preserve_order"] }
thiserror = "2"
tokio = { version = "1", features = ["fs", "io-util", "rt", "sync", "time"] }
tokio-util = { version = "0.7", features = ["io"] }
uuid = { version = "1", features = ["serde"] }
"#;
