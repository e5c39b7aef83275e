//! A part on its way from a file to a bucket, read as it is sent: no part is in memory as a whole.
//!
//! `object_store` takes only what is in memory. It tells where the bucket is, who we are, and how a request is signed; the
//! one request that carries bytes is made here. Its signature covers their SHA-256, which the bucket checks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use futures::stream;
use http::{Method, header};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::signer::Signer;
use reqwest::{Body, Response, StatusCode};
use tokio::time::{Instant, sleep};

use super::content::{blocking, storage_failure};
use crate::domain::error::DomainError;

/// Bytes that are read and sent at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// How long to wait before a part is sent again; each time twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Where a bucket is whose settings do not say, as `object_store` has it.
const DEFAULT_REGION: &str = "us-east-1";
/// Settings that would need other requests than those that are made here.
const NOT_SUPPORTED: [&str; 5] = [
    "aws_skip_signature",
    "aws_request_payer",
    "aws_s3_express",
    "aws_checksum_algorithm",
    "aws_sse_customer_key_base64",
];
/// How `object_store` is told that something is not wanted.
const OFF: [&str; 5] = ["0", "false", "off", "no", "n"];

/// What of a part the bucket is told.
pub(super) struct PartToSend<'a> {
    pub path: &'a Path,
    /// What the bucket calls the upload.
    pub upload: &'a str,
    pub number: i32,
    pub size: u64,
    pub sha256: [u8; 32],
    pub file: &'a File,
}

/// Why a part did not get there.
pub(super) enum NotSent {
    /// The bucket's own words.
    Refused(StatusCode, String),
    Failed(DomainError),
}

/// Sends parts to one bucket.
pub(super) struct Sender {
    client: reqwest::Client,
    region: String,
    /// After this time a part that failed is not sent again.
    retry_timeout: Duration,
}

impl Sender {
    /// For the bucket of this builder.
    pub fn new(bucket: &AmazonS3Builder, client: reqwest::Client, retry_timeout: Duration) -> Result<Self, String> {
        let told = |name: &str| bucket.get_config_value(&name.parse::<AmazonS3ConfigKey>().ok()?);
        for name in NOT_SUPPORTED {
            if told(name).is_some_and(|value| !OFF.contains(&value.to_ascii_lowercase().as_str())) {
                return Err(format!("{}: this server sends no such requests; unset it", name.to_uppercase()));
            }
        }
        let region = told("aws_region").unwrap_or_else(|| DEFAULT_REGION.to_owned());
        Ok(Self { client, region, retry_timeout })
    }

    /// Sends a part, and again when the bucket is away or in trouble for a moment. Answers its ETag.
    pub async fn send(&self, store: &AmazonS3, part: &PartToSend<'_>) -> Result<String, NotSent> {
        let deadline = Instant::now() + self.retry_timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.send_once(store, part).await {
                Ok(answer) if answer.status().is_success() => return etag(&answer),
                Ok(answer) if is_final(answer.status()) => {
                    let status = answer.status();
                    return Err(NotSent::Refused(status, answer.text().await.unwrap_or_default()));
                }
                Ok(answer) => DomainError::unavailable(format!("the bucket answered {}", answer.status())),
                Err(error @ DomainError::Unavailable(_)) => error,
                Err(error) => return Err(NotSent::Failed(error)),
            };
            if Instant::now() + pause > deadline {
                return Err(NotSent::Failed(failure));
            }
            tracing::debug!(error = &failure as &dyn std::error::Error, "sending a part to the bucket again");
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn send_once(&self, store: &AmazonS3, part: &PartToSend<'_>) -> Result<Response, DomainError> {
        let signed = self.signed(store, part).await.map_err(DomainError::unavailable)?;
        let body = bytes_of(part.file).map_err(storage_failure)?;
        let request = self.client.put(signed.uri().to_string()).headers(signed.headers().clone());
        request.body(body).send().await.map_err(|error| DomainError::unavailable(error.without_url()))
    }

    /// The request as the bucket wants to see it, without its bytes.
    async fn signed(&self, store: &AmazonS3, part: &PartToSend<'_>) -> object_store::Result<HttpRequest> {
        // For its address only: a signature in an address would not cover the bytes.
        let mut url = store.signed_url(Method::PUT, part.path, self.retry_timeout).await?;
        url.query_pairs_mut()
            .clear()
            .append_pair("partNumber", &part.number.to_string())
            .append_pair("uploadId", part.upload);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = url.as_str().parse().map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::<dyn std::error::Error + Send + Sync>::from(error),
        })?;
        request.headers_mut().insert(header::CONTENT_LENGTH, part.size.into());
        let credential = store.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, Some(&part.sha256))?;
        Ok(request)
    }
}

/// Whether another try would get the same answer.
fn is_final(status: StatusCode) -> bool {
    let passes = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    !status.is_server_error() && !passes.contains(&status)
}

fn etag(answer: &Response) -> Result<String, NotSent> {
    let etag = answer.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let missing = || NotSent::Failed(DomainError::internal("the bucket took a part and answered no ETag"));
    etag.map(|etag| etag.trim_matches('"').to_owned()).ok_or_else(missing)
}

/// The bytes of a file, each read at its place: what an earlier try still reads moves nobody else's.
fn bytes_of(file: &File) -> io::Result<Body> {
    let file = Arc::new(file.try_clone()?);
    let chunks = stream::try_unfold(0, move |start| {
        let file = Arc::clone(&file);
        async move {
            let chunk = blocking(move || read_at(&file, start)).await?;
            let end = start + chunk.len() as u64;
            Ok::<_, DomainError>((!chunk.is_empty()).then_some((chunk, end)))
        }
    });
    Ok(Body::wrap_stream(chunks))
}

/// Nothing at the end.
fn read_at(file: &File, start: u64) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let read = file.read_at(&mut chunk, start)?;
    chunk.truncate(read);
    Ok(chunk)
}
