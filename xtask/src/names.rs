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
        let sdk = sdk_package(title);
        Self {
            title: title.to_owned(),
            version: version.to_owned(),
            server: "server-api".to_owned(),
            rust: sdk.clone(),
            typescript: sdk,
        }
    }
}

/// A name that cargo and npm both take, whatever the title is written in.
fn sdk_package(title: &str) -> String {
    let ascii: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let words = ascii.to_kebab_case();
    match words.chars().next() {
        None => "api-sdk".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("api-{words}-sdk"),
        Some(_) => format!("{words}-sdk"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_gives_a_package_name() {
        let names = ["Upload Sessions", "PetShop v2", "3D Models", "Größe", "書店", ""].map(sdk_package);
        assert_eq!(
            names,
            ["upload-sessions-sdk", "pet-shop-v2-sdk", "api-3d-models-sdk", "gr-e-sdk", "api-sdk", "api-sdk"]
        );
    }
}
