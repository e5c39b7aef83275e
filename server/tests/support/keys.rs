//! Keys to sign tokens with, of every kind that a key set may have.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// A key pair, as a signer and as an entry of a key set.
pub struct Pair {
    pub algorithm: Algorithm,
    pub public: Value,
    private: EncodingKey,
}

impl Pair {
    pub fn new(algorithm: Algorithm, id: &str) -> Self {
        let random = SystemRandom::new();
        let (private, mut public) = match algorithm {
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
                // The signing library wants PKCS #1, which PKCS #8 wraps in 26 bytes for keys of this size.
                let private = EncodingKey::from_rsa_der(&der.as_ref()[26..]);
                let public = serde_json::to_value(Jwk::from_encoding_key(&private, algorithm).unwrap()).unwrap();
                (private, public)
            }
            Algorithm::ES256 => {
                let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                let private = EncodingKey::from_ec_der(der.as_ref());
                let public = serde_json::to_value(Jwk::from_encoding_key(&private, algorithm).unwrap()).unwrap();
                (private, public)
            }
            _ => {
                let der = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap();
                let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
                (EncodingKey::from_ed_der(der.as_ref()), json!({ "kty": "OKP", "crv": "Ed25519", "x": x }))
            }
        };
        public["kid"] = json!(id);
        Self { algorithm, public, private }
    }

    /// A token with these claims that names a key.
    pub fn sign(&self, id: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: id.map(str::to_owned), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.private).unwrap()
    }
}
