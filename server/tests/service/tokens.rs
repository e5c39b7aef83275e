//! Tokens that an issuer signed with its own keys, which it publishes as a file or at an address.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::PATIENT;
use crate::support::answer::Answer;
use crate::support::database::TestDatabase;
use crate::support::keys::Pair;
use crate::support::process::{Process, program};
use crate::support::world::{SESSIONS, User};

/// An issuer of tokens that publishes its keys, and counts how often it is asked for them.
struct Issuer {
    address: String,
    keys: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Issuer {
    async fn start(keys: Value) -> Self {
        Self::start_at("127.0.0.1:0", keys).await
    }

    async fn start_at(address: &str, keys: Value) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (keys, asked) = (Arc::new(Mutex::new(keys)), Arc::new(AtomicUsize::new(0)));
        let serving = tokio::spawn(publish(listener, Arc::clone(&keys), Arc::clone(&asked)));
        Self { address, keys, asked, serving }
    }

    fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    fn replace(&self, keys: Value) {
        *self.keys.lock().unwrap() = keys;
    }

    async fn stop(self) {
        self.serving.abort();
        let _ = self.serving.await;
    }
}

async fn publish(listener: TcpListener, keys: Arc<Mutex<Value>>, asked: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        asked.fetch_add(1, Ordering::SeqCst);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let body = json!({ "keys": *keys.lock().unwrap() }).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    }
}

/// A server that knows no secret and these keys, and its data folder.
struct Guarded {
    server: Process,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

impl Guarded {
    async fn start(jwks: &str) -> Self {
        let (database, folder) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
        let mut command = program();
        command.envs([("DATABASE_URL", database.url.as_str()), ("JWKS", jwks), PATIENT]);
        let server = Process::spawn(command, folder.path().into());
        Self { server, _database: database, _folder: folder }
    }

    /// Somebody with this token creates a session.
    async fn create(&self, token: &str) -> Answer {
        self.client(token).create(json!([{ "key": "a", "size": 5 }])).await
    }

    async fn refuses(&self, name: &str, token: &str) {
        let answer = self.create(token).await;
        assert_eq!((name, answer.status), (name, 401), "{:#}", answer.body);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        answer.expect_error(401, "UNAUTHORIZED");
    }

    fn client(&self, token: &str) -> User {
        User::new(self.server.base.clone(), token.to_owned(), reqwest::Client::new())
    }
}

fn pairs() -> [Pair; 3] {
    [Pair::new(Algorithm::RS256, "rsa"), Pair::new(Algorithm::ES256, "ec"), Pair::new(Algorithm::EdDSA, "ed")]
}

fn public(pairs: &[Pair]) -> Value {
    pairs.iter().map(|pair| pair.public.clone()).collect()
}

fn id(pair: &Pair) -> Option<&str> {
    pair.public["kid"].as_str()
}

fn valid() -> Value {
    json!({ "sub": "ada", "exp": get_current_timestamp() + 60 })
}

/// The claims of a valid token with one of them replaced, or removed by `null`.
fn with(name: &str, value: Value) -> Value {
    let mut claims = valid();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// Tokens that were made of the public half of a key, which everybody has.
fn made_of_public_key(pair: &Pair) -> Vec<String> {
    let header = Header { kid: id(pair).map(str::to_owned), ..Header::new(Algorithm::HS256) };
    let text = pair.public.to_string().into_bytes();
    let numbers = ["n", "x", "y"].iter().filter_map(|name| URL_SAFE_NO_PAD.decode(pair.public[name].as_str()?).ok());
    let secrets =
        numbers.chain([text]).chain(["n", "x"].iter().filter_map(|name| Some(pair.public[name].as_str()?.into())));
    secrets.map(|secret| encode(&header, &valid(), &EncodingKey::from_secret(&secret)).unwrap()).collect()
}

async fn each_kind_of_key(guarded: &Guarded, pairs: &[Pair]) {
    let now = get_current_timestamp();
    for pair in pairs {
        guarded.create(&pair.sign(id(pair), &valid())).await.expect(201);
        guarded.create(&pair.sign(None, &valid())).await.expect(201);
        guarded.refuses("another key's id", &pair.sign(Some("another"), &valid())).await;
        for other in pairs.iter().filter(|other| other.algorithm != pair.algorithm) {
            guarded.refuses("the id of a key of another kind", &pair.sign(id(other), &valid())).await;
        }
        let forged = Pair::new(pair.algorithm, "forged");
        guarded.refuses("another key under this id", &forged.sign(id(pair), &valid())).await;
        for (name, claims) in [
            ("expired", with("exp", json!(now - 1))),
            ("without end", with("exp", Value::Null)),
            ("not valid yet", with("nbf", json!(now + 60))),
            ("for nobody", with("sub", Value::Null)),
        ] {
            guarded.refuses(name, &pair.sign(id(pair), &claims)).await;
        }
        for token in made_of_public_key(pair) {
            guarded.refuses("a public key for a secret", &token).await;
        }
        let good = pair.sign(id(pair), &valid());
        let claims = good.split('.').nth(1).unwrap();
        for header in [json!({ "alg": "none" }), json!({ "alg": "none", "kid": id(pair) }), json!({ "alg": "NONE" })] {
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            guarded.refuses("unsigned", &format!("{header}.{claims}.")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_a_file_check_tokens_of_each_algorithm() {
    let pairs = pairs();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "keys": public(&pairs) }).to_string()).unwrap();
    let guarded = Guarded::start(file.path().to_str().unwrap()).await;
    each_kind_of_key(&guarded, &pairs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_at_an_address_check_tokens_of_each_algorithm() {
    let pairs = pairs();
    let issuer = Issuer::start(public(&pairs)).await;
    let guarded = Guarded::start(&issuer.url()).await;
    each_kind_of_key(&guarded, &pairs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_of_an_issuer_decide_who_may_ask_for_analytics() {
    let pair = Pair::new(Algorithm::ES256, "ec");
    let issuer = Issuer::start(json!([pair.public])).await;
    let guarded = Guarded::start(&issuer.url()).await;
    for (claims, status) in [
        (with("roles", json!(["uploader", "admin"])), 200),
        (with("roles", json!("admin")), 200),
        (with("role", json!("admin")), 200),
        (with("role", json!(["admin"])), 200),
        (with("cognito:groups", json!(["admin"])), 200),
        (with("cognito:groups", json!("admin")), 200),
        (with("groups", json!(["admin"])), 403),
        (with("roles", json!(["administrator", "Admin", "admin "])), 403),
        (with("role", json!("")), 403),
        (valid(), 403),
    ] {
        let answer = guarded.client(&pair.sign(id(&pair), &claims)).get(&format!("{SESSIONS}/analytics")).await;
        assert_eq!(answer.status, status, "{claims}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_replaced_is_asked_for_once() {
    let (old, new) = (Pair::new(Algorithm::ES256, "old"), Pair::new(Algorithm::ES256, "new"));
    let issuer = Issuer::start(json!([old.public])).await;
    let guarded = Guarded::start(&issuer.url()).await;
    for _ in 0..3 {
        guarded.create(&old.sign(id(&old), &valid())).await.expect(201);
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1, "keys are kept");
    issuer.replace(json!([new.public]));
    let token = new.sign(id(&new), &valid());
    let answers = futures::future::join_all((0..16).map(|_| guarded.create(&token))).await;
    for answer in answers {
        answer.expect(201);
    }
    guarded.refuses("a key that was withdrawn", &old.sign(id(&old), &valid())).await;
    for invented in 0..20 {
        guarded.refuses("an invented key", &new.sign(Some(&format!("{invented}")), &valid())).await;
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 2, "unknown keys do not make the issuer work");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_known_stay_in_use_while_the_issuer_is_away() {
    let pair = Pair::new(Algorithm::EdDSA, "ed");
    let issuer = Issuer::start(json!([pair.public])).await;
    let guarded = Guarded::start(&issuer.url()).await;
    issuer.stop().await;
    guarded.refuses("an unknown key", &pair.sign(Some("another"), &valid())).await;
    guarded.create(&pair.sign(id(&pair), &valid())).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_keys_the_answer_is_to_come_again_until_the_issuer_is_there() {
    let pair = Pair::new(Algorithm::RS256, "rsa");
    let issuer = Issuer::start(json!([pair.public])).await;
    let (url, address) = (issuer.url(), issuer.address.clone());
    issuer.stop().await;
    let guarded = Guarded::start(&url).await;
    let token = pair.sign(id(&pair), &valid());
    guarded.create(&token).await.expect_error(503, "UNAVAILABLE");
    guarded.refuses("what no key could make good", "nonsense").await;
    let _issuer = Issuer::start_at(&address, json!([pair.public])).await;
    crate::support::eventually(|| async { (guarded.create(&token).await.status == 201).then_some(()) }).await;
}
