//! Which tokens are accepted, for every kind of key.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::keys::Pair;
use super::verified::Verified;
use super::{Authenticator, Identity, KeySet, KeySource, Refusal, issue};
use crate::config::Settings;

#[path = "../../tests/support/keys.rs"]
mod keys;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// An authenticator with a secret and, if given, a key set.
fn authenticator(keys: Option<KeySet>) -> Authenticator {
    let secret = Some(DecodingKey::from_secret(SECRET.as_bytes()));
    Authenticator { secret, keys, issuer: None, audience: None, verified: Verified::default() }
}

fn sign(claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn valid() -> Value {
    json!({ "sub": "ada", "exp": get_current_timestamp() + 60 })
}

async fn check(authenticator: &Authenticator, token: &str) -> Result<Identity, Refusal> {
    authenticator.authenticate(Some(&format!("Bearer {token}"))).await
}

/// The claims of a valid token with one of them replaced, or removed by `null`.
fn with(name: &str, value: Value) -> Value {
    let mut claims = valid();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

fn settings(environment: &[(&str, &str)]) -> Settings {
    crate::config::load(
        None,
        &|name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()),
        Default::default(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_good_token_names_its_user() {
    let identity = check(&authenticator(None), &sign(&valid())).await.unwrap();
    assert_eq!(identity, Identity { user: "ada".to_owned(), roles: [].into() });
}

#[tokio::test]
async fn roles_come_from_three_claims_as_text_or_list() {
    for (claim, value) in [
        ("roles", json!(["admin"])),
        ("role", json!("admin")),
        ("cognito:groups", json!(["admin"])),
        ("roles", json!("admin")),
    ] {
        let identity = check(&authenticator(None), &sign(&with(claim, value))).await.unwrap();
        assert!(identity.roles.contains("admin"), "{claim}");
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_no_other_is_accepted() {
    let (authenticator, token) = (authenticator(None), sign(&valid()));
    assert!(authenticator.authenticate(Some(&format!("bEARER {token}"))).await.is_ok());
    assert_eq!(authenticator.authenticate(None).await, Err(Refusal::Missing));
    for header in [String::new(), "Bearer".to_owned(), format!("Basic {token}"), token.clone(), "Bearer ".to_owned()] {
        assert!(matches!(authenticator.authenticate(Some(&header)).await, Err(Refusal::Invalid(_))), "{header}");
    }
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused_with_the_reason() {
    let now = get_current_timestamp();
    for (claims, reason) in [
        (with("exp", json!(now - 1)), "expired"),
        (with("exp", json!(now)), "expired"),
        (with("exp", Value::Null), "claim is missing"),
        (with("exp", json!("tomorrow")), ""),
        (with("nbf", json!(now + 60)), "not valid yet"),
        (with("sub", Value::Null), ""),
        (with("sub", json!("")), "empty"),
        (with("sub", json!(7)), ""),
        (with("sub", json!("a\u{0}b")), "control"),
        (with("sub", json!("a\u{85}b")), "control"),
        (with("sub", json!("x".repeat(201))), "200"),
        (with("roles", json!({ "admin": true })), "malformed"),
    ] {
        match check(&authenticator(None), &sign(&claims)).await {
            Err(Refusal::Invalid(text)) => assert!(text.contains(reason), "{claims}: {text}"),
            other => panic!("{claims}: {other:?}"),
        }
    }
    assert!(check(&authenticator(None), &sign(&with("sub", json!("ä".repeat(200))))).await.is_ok());
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused() {
    let authenticator = authenticator(None);
    let good = sign(&valid());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let payload = head.split('.').nth(1).unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let hs512 = encode(&Header::new(Algorithm::HS512), &valid(), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    let other = encode(&Header::default(), &valid(), &EncodingKey::from_secret(b"another secret")).unwrap();
    let critical = part(json!({ "alg": "HS256", "crit": ["b64"], "b64": "x" }));
    for (name, token) in [
        ("alg none", format!("{}.{payload}.", part(json!({ "alg": "none", "typ": "JWT" })))),
        ("alg none, signed", format!("{}.{payload}.{signature}", part(json!({ "alg": "none" })))),
        (
            "changed claims",
            format!("{}.{}.{signature}", head.split('.').next().unwrap(), part(with("sub", json!("eve")))),
        ),
        ("another algorithm", hs512),
        ("another secret", other),
        ("an asymmetric algorithm without keys", format!("{}.{payload}.{signature}", part(json!({ "alg": "RS256" })))),
        ("critical extensions", format!("{critical}.{payload}.{signature}")),
        ("no signature", head.to_owned()),
        ("too long", format!("{good}{}", "x".repeat(20_000))),
    ] {
        assert!(matches!(check(&authenticator, &token).await, Err(Refusal::Invalid(_))), "{name}");
    }
}

#[tokio::test]
async fn issuer_and_audience_are_needed_when_configured() {
    let environment = [("JWT_SECRET", SECRET), ("JWT_ISSUER", "us"), ("JWT_AUDIENCE", "uploads")];
    let settings = settings(&environment);
    let authenticator = Authenticator::new(&settings).await.unwrap();
    let own = issue(&settings, "ada", true, Duration::from_secs(60)).unwrap();
    assert!(check(&authenticator, &own).await.unwrap().roles.contains("admin"));
    let claims = json!({ "sub": "ada", "exp": get_current_timestamp() + 60, "iss": "us", "aud": ["x", "uploads"] });
    assert!(check(&authenticator, &sign(&claims)).await.is_ok());
    for (name, value) in [("iss", json!("them")), ("iss", Value::Null), ("aud", json!("x")), ("aud", Value::Null)] {
        let mut claims = claims.clone();
        claims[name] = value;
        assert!(check(&authenticator, &sign(&claims)).await.is_err(), "{claims}");
    }
}

#[tokio::test]
async fn development_mode_makes_one_secret_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let settings = settings(&[("DATA_DIR", data_dir.to_str().unwrap())]);
    let token = issue(&settings, "ada", false, Duration::from_secs(60)).unwrap();
    let authenticator = Authenticator::new(&settings).await.unwrap();
    assert_eq!(check(&authenticator, &token).await.unwrap().user, "ada");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(data_dir.join("development-jwt-secret")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_damaged_secret_of_development_mode_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("development-jwt-secret"), "\n").unwrap();
    let settings = settings(&[("DATA_DIR", folder.path().to_str().unwrap())]);
    let error = issue(&settings, "ada", false, Duration::from_secs(60)).unwrap_err().to_string();
    assert!(error.contains("development-jwt-secret") && error.contains("remove the file"), "{error}");
    assert!(Authenticator::new(&settings).await.is_err());
}

#[tokio::test]
async fn a_token_for_no_possible_user_is_not_issued() {
    let settings = settings(&[("JWT_SECRET", SECRET)]);
    assert!(issue(&settings, "a\nb", false, Duration::from_secs(60)).is_err());
}

fn signed(pair: &Pair, id: Option<&str>) -> String {
    pair.sign(id, &valid())
}

fn key_file(keys: &[&Value]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    file
}

const AN_HOUR: Duration = Duration::from_secs(3600);

async fn open(file: &tempfile::NamedTempFile, min_interval: Duration) -> KeySet {
    KeySet::open_with(KeySource::File(file.path().to_owned()), min_interval, AN_HOUR).await.unwrap()
}

#[tokio::test]
async fn each_asymmetric_algorithm_is_accepted_with_its_own_key_only() {
    let pairs =
        [Pair::new(Algorithm::RS256, "rsa"), Pair::new(Algorithm::ES256, "ec"), Pair::new(Algorithm::EdDSA, "ed")];
    let strange = json!({ "kty": "new", "kid": "unknown" });
    let file = key_file(&[&strange, &pairs[0].public, &pairs[1].public, &pairs[2].public]);
    let authenticator = authenticator(Some(open(&file, Duration::from_secs(60)).await));
    for (pair, id) in pairs.iter().zip(["rsa", "ec", "ed"]) {
        assert!(check(&authenticator, &signed(pair, Some(id))).await.is_ok(), "{id}");
        assert!(check(&authenticator, &signed(pair, None)).await.is_ok(), "the only key of its kind needs no id: {id}");
        assert!(check(&authenticator, &signed(pair, Some("other"))).await.is_err(), "{id}");
        let forged = Pair::new(pair.algorithm, id);
        assert!(check(&authenticator, &signed(&forged, Some(id))).await.is_err(), "{id} forged");
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret_and_a_key_for_encryption_no_signing_key() {
    let mut pair = Pair::new(Algorithm::RS256, "rsa");
    let modulus = URL_SAFE_NO_PAD.decode(pair.public["n"].as_str().unwrap()).unwrap();
    let file = key_file(&[&pair.public]);
    let authenticator_with_keys = authenticator(Some(open(&file, Duration::from_secs(60)).await));
    let header = Header { kid: Some("rsa".to_owned()), ..Header::new(Algorithm::HS256) };
    let confused = encode(&header, &valid(), &EncodingKey::from_secret(&modulus)).unwrap();
    assert!(check(&authenticator_with_keys, &confused).await.is_err());

    pair.public["use"] = json!("enc");
    let file = key_file(&[&pair.public]);
    let authenticator = authenticator(Some(open(&file, Duration::from_secs(60)).await));
    assert!(check(&authenticator, &signed(&pair, Some("rsa"))).await.is_err());
}

#[tokio::test]
async fn an_unknown_key_id_reads_the_set_again() {
    let (old, new) = (Pair::new(Algorithm::ES256, "old"), Pair::new(Algorithm::ES256, "new"));
    let file = key_file(&[&old.public]);
    let authenticator = authenticator(Some(open(&file, Duration::ZERO).await));
    let held = signed(&old, Some("old"));
    assert!(check(&authenticator, &held).await.is_ok());
    assert!(check(&authenticator, &signed(&new, Some("new"))).await.is_err());
    std::fs::write(file.path(), json!({ "keys": [new.public] }).to_string()).unwrap();
    assert!(check(&authenticator, &signed(&new, Some("new"))).await.is_ok());
    assert!(check(&authenticator, &held).await.is_err(), "a withdrawn key is not accepted any more");
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_from_the_first_look_at_an_old_set_on() {
    let (withdrawn, kept) = (Pair::new(Algorithm::ES256, "withdrawn"), Pair::new(Algorithm::ES256, "kept"));
    let file = key_file(&[&withdrawn.public, &kept.public]);
    let source = KeySource::File(file.path().to_owned());
    // The set is old at once.
    let authenticator = authenticator(Some(KeySet::open_with(source, Duration::ZERO, Duration::ZERO).await.unwrap()));
    assert!(check(&authenticator, &signed(&withdrawn, Some("withdrawn"))).await.is_ok());
    std::fs::write(file.path(), json!({ "keys": [kept.public] }).to_string()).unwrap();
    assert!(check(&authenticator, &signed(&withdrawn, Some("withdrawn"))).await.is_err());
    std::fs::remove_file(file.path()).unwrap();
    assert!(
        check(&authenticator, &signed(&kept, Some("kept"))).await.is_ok(),
        "a set that cannot be read stays in use"
    );
}

/// An issuer that answers every request with a key set, and counts them.
async fn issuer(keys: Value) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let body = json!({ "keys": keys }).to_string();
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, calls)
}

#[tokio::test]
async fn invented_key_ids_do_not_make_the_issuer_work() {
    let pair = Pair::new(Algorithm::EdDSA, "ed");
    let (url, calls) = issuer(json!([pair.public])).await;
    let keys = KeySet::open_with(KeySource::of(&url), AN_HOUR, AN_HOUR).await.unwrap();
    let authenticator = authenticator(Some(keys));
    assert!(check(&authenticator, &signed(&pair, Some("ed"))).await.is_ok());
    for n in 0..20 {
        assert!(check(&authenticator, &signed(&pair, Some(&format!("invented-{n}")))).await.is_err());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2, "once at the start, once for the first of them");
}

#[tokio::test]
async fn an_issuer_that_is_away_is_not_the_clients_fault() {
    let pair = Pair::new(Algorithm::EdDSA, "ed");
    let keys = KeySet::open(KeySource::of("http://127.0.0.1:9/keys")).await.unwrap();
    let authenticator = authenticator(Some(keys));
    assert_eq!(check(&authenticator, &signed(&pair, Some("ed"))).await, Err(Refusal::KeysUnavailable));
    assert!(check(&authenticator, &sign(&valid())).await.is_ok(), "the secret does not depend on the issuer");
}

#[tokio::test]
async fn a_missing_key_file_stops_the_start() {
    assert!(KeySet::open(KeySource::of("/nowhere/keys.json")).await.is_err());
}
