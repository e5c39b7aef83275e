//! Sends requests through this client: reads one JSON object a line, and prints what the client made of the answer.
//!
//! `cargo xtask prove --through rust` runs it, so that the client is tried with the requests of the contract. A request
//! that the types of the client cannot express is not sent; the line that is printed for it says why.

#[allow(clippy::all, deprecated, unused_imports, unused_mut)]
#[rustfmt::skip]
mod generated;
mod outcome;
mod request;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Write};

use generated::sdk::reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use generated::sdk::{Client, RetryPolicy};

use self::outcome::Outcome;
use self::request::{Inexpressible, Request};

/// One client for each server, token and set of additional headers.
type Clients = HashMap<(String, Option<String>, BTreeMap<String, String>), Client>;

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut clients = Clients::new();
    for line in io::stdin().lock().lines() {
        let outcome = runtime.block_on(send(&mut clients, &line?)).unwrap_or_else(Outcome::from);
        let mut out = io::stdout().lock();
        writeln!(out, "{outcome}")?;
        out.flush()?;
    }
    Ok(())
}

async fn send(clients: &mut Clients, line: &str) -> Result<Outcome, Inexpressible> {
    let request: Request = serde_json::from_str(line).map_err(|error| Inexpressible(format!("no request: {error}")))?;
    let key = (request.base_url.clone(), request.token.clone(), request.additional_headers.clone());
    let client = match clients.get(&key) {
        Some(client) => client.clone(),
        None => {
            let client = client(&request)?;
            clients.insert(key, client.clone());
            client
        }
    };
    generated::send(&client, request).await
}

/// Nothing is sent twice: each answer is looked at.
fn client(request: &Request) -> Result<Client, Inexpressible> {
    let mut builder = Client::builder().base_url(&request.base_url).retry(RetryPolicy::never());
    if let Some(token) = &request.token {
        builder = builder.token(token);
    }
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_here = here.iter().any(|url| request.base_url.starts_with(url));
    let headers = additional(request)?;
    let builder = builder.http(move |http| {
        let http = http.default_headers(headers.clone());
        if is_here { http.no_proxy() } else { http }
    });
    builder.build().map_err(|error| Inexpressible(error.to_string()))
}

fn additional(request: &Request) -> Result<HeaderMap, Inexpressible> {
    let mut headers = HeaderMap::new();
    for (name, text) in &request.additional_headers {
        let read = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(text).ok());
        let (name, value) = read.ok_or_else(|| Inexpressible(format!("`{name}: {text}` is no header")))?;
        headers.append(name, value);
    }
    Ok(headers)
}
