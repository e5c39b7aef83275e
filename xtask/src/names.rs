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
    /// The version of packages that are made from the contract.
    #[must_use]
    pub fn package_version(&self) -> String {
        semver(&self.version)
    }

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

/// A version that cargo and npm both take: as it is where it is one already, else its first three numbers.
fn semver(version: &str) -> String {
    if is_semver(version) {
        return version.to_owned();
    }
    let digits = version.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let mut numbers = digits.map(|digits| digits.parse::<u32>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    format!("{}.{}.{}", next(), next(), next())
}

/// `1.2.3`, and with `-alpha.1` or `+build` after it.
fn is_semver(version: &str) -> bool {
    let is_number = |text: &str| text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let (rest, build) = version.split_once('+').map_or((version, None), |(rest, build)| (rest, Some(build)));
    let (core, before) = rest.split_once('-').map_or((rest, None), |(core, before)| (core, Some(before)));
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && before.is_none_or(|words| {
            words.split('.').all(|word| is_word(word) && (is_number(word) || !word.bytes().all(|b| b.is_ascii_digit())))
        })
        && build.is_none_or(|words| words.split('.').all(is_word))
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
    fn any_version_gives_a_version_of_packages() {
        let versions =
            ["1.2.3", "1.0.0-beta.1+5", "1.0", "2026-01-25", "7", "1.02.3", "1.2.3-", "1.2.3.4", "v2", "99999999999.1"];
        let expected =
            ["1.2.3", "1.0.0-beta.1+5", "1.0.0", "2026.1.25", "7.0.0", "1.2.3", "1.2.3", "1.2.3", "2.0.0", "0.1.0"];
        assert_eq!(versions.map(semver), expected);
    }

    #[test]
    fn any_title_gives_a_package_name() {
        let names = ["Upload Sessions", "PetShop v2", "3D Models", "Größe", "書店", ""].map(sdk_package);
        assert_eq!(
            names,
            ["upload-sessions-sdk", "pet-shop-v2-sdk", "api-3d-models-sdk", "gr-e-sdk", "api-sdk", "api-sdk"]
        );
    }
}
