//! What the generated packages are called.

use heck::ToKebabCase;

/// The names of the generated packages, by default made from the contract's title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The title of the contract, for prose.
    pub title: String,
    /// The version of the contract.
    pub version: String,
    /// The cargo package of the server interface.
    pub server: String,
    /// The cargo package of the Rust client.
    pub rust: String,
    /// The npm package of the TypeScript client.
    pub typescript: String,
}

impl Names {
    /// `Upload Sessions` gives the clients `upload-sessions-sdk`; the server's interface is always `server-api`.
    #[must_use]
    pub fn from_title(title: &str, version: &str) -> Self {
        let sdk = format!("{}-sdk", title.to_kebab_case());
        Self {
            title: title.to_owned(),
            version: version.to_owned(),
            server: "server-api".to_owned(),
            rust: sdk.clone(),
            typescript: sdk,
        }
    }
}
