//! Bytes in an S3 bucket, by the store's own multipart upload.
//!
//! Every upload of a file has a key of its own, `<prefix>/<file>/<upload>`, so that whatever a late request does to an
//! upload that was given up cannot touch the one that took its place. The bucket computes no SHA-256 of a whole, so a
//! declared hash is checked by reading the whole back; a mismatch uses up the parts.

use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ClientOptions, Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt, RetryConfig,
};
use sha2::{Digest, Sha256 as Hasher};
use url::Url;
use uuid::Uuid;

use super::Scratch;
use super::content::{Purpose, Received, hex, receive, storage_failure};
use super::sending::{NotSent, PartToSend, Sender};
use crate::config::{Secret, Settings};
use crate::domain::error::DomainError;
use crate::domain::model::{FileId, Part, Sha256};
use crate::domain::ports::{Assembled, ObjectStore, PartBody, Upload, UploadToken};

/// How long one call of the bucket may take; a part of some hundred megabytes takes a while.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// What is read of a whole in one call, so that each call ends in time however large the whole is.
const READ_BYTES: u64 = 16 * 1024 * 1024;
/// After this time a call that failed is not tried again.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);
/// What a bucket says of an upload that was completed or given up, or that a rule has removed. That the bucket itself is not
/// there is another matter, which may pass.
const NO_SUCH_UPLOAD: &str = "NoSuchUpload";
/// What a bucket says of a part that it does not have, or has with other bytes.
const INVALID_PART: &str = "InvalidPart";

/// Keeps bytes in a bucket.
pub struct BucketStore {
    store: AmazonS3,
    /// Of the bucket itself.
    url: Url,
    prefix: Path,
    scratch: Scratch,
    sender: Sender,
}

impl BucketStore {
    /// The bucket at `url`, with the credentials of the settings, or else those of the environment.
    pub fn open(url: &Url, settings: &Settings, scratch: Scratch) -> Result<Self, String> {
        let bucket = url.host_str().unwrap_or_default().to_owned();
        let prefix = Path::from_url_path(url.path()).map_err(|error| format!("object_store_url: {error}"))?;
        let builder = builder(&bucket, settings);
        let sender = Sender::new(&builder, client(settings)?, RETRY_TIMEOUT)?;
        let store = builder.build().map_err(|error| format!("object_store_url: {error}"))?;
        Ok(Self { store, url: url.clone(), prefix, scratch, sender })
    }

    /// Sends what was received to the bucket; answers its ETag.
    async fn send(&self, place: &Place, number: i32, part: &Received) -> Result<String, DomainError> {
        let Place { path, upload } = place;
        let file = part.file.as_file();
        let part = PartToSend { path, upload, number, size: part.size, sha256: part.sha256, file };
        match self.sender.send(&self.store, &part).await {
            Err(NotSent::Refused(_, words)) if says(&words, NO_SUCH_UPLOAD) => Err(self.used_up(place).await),
            Err(NotSent::Refused(status, words)) => {
                Err(DomainError::unavailable(format!("the bucket answered {status}: {words}")))
            }
            Err(NotSent::Failed(error)) => Err(error),
            Ok(etag) => Ok(etag),
        }
    }

    /// Why an upload takes no parts any more: its file is stored and only the answer was lost, or it is gone.
    async fn used_up(&self, place: &Place) -> DomainError {
        match self.whole(place).await {
            Ok(Some(_)) => DomainError::FileCompleted,
            Ok(None) => DomainError::PartsLost,
            Err(error) => error,
        }
    }

    /// The size of the whole, when there is one.
    async fn whole(&self, place: &Place) -> Result<Option<u64>, DomainError> {
        match self.store.head(&place.path).await {
            Ok(whole) => Ok(Some(whole.size)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    /// Puts the parts together in the bucket.
    async fn complete(&self, place: &Place, parts: &[Part], size: u64) -> Result<(), DomainError> {
        let ids = parts.iter().map(|part| PartId { content_id: format!("\"{}\"", part.etag) }).collect();
        match self.store.complete_multipart(&place.path, &place.upload, ids).await {
            Ok(_) => Ok(()),
            // An earlier try got through and its answer did not; or the upload is gone.
            Err(error) if has_code(&error, NO_SUCH_UPLOAD) => match self.whole(place).await? == Some(size) {
                true => Ok(()),
                false => Err(DomainError::PartsLost),
            },
            Err(error) if has_code(&error, INVALID_PART) => {
                Err(DomainError::invalid("parts", "the bucket has other bytes of some of them; send the parts again"))
            }
            Err(error) => Err(failure(error)),
        }
    }

    /// The SHA-256 of a whole, read back piece by piece.
    async fn hash(&self, place: &Place, size: u64) -> Result<Sha256, DomainError> {
        let mut hasher = Hasher::new();
        let mut start = 0;
        while start < size {
            let end = size.min(start + READ_BYTES);
            let options = GetOptions { range: Some(GetRange::Bounded(start..end)), ..GetOptions::default() };
            let mut pieces = self.store.get_opts(&place.path, options).await.map_err(failure)?.into_stream();
            while let Some(piece) = pieces.try_next().await.map_err(failure)? {
                hasher.update(&piece);
                // Hashing a piece takes long enough to hold up other requests on this thread.
                tokio::task::yield_now().await;
            }
            start = end;
        }
        Ok(hex(&hasher.finalize()))
    }

    fn url(&self, place: &Place) -> String {
        let mut url = self.url.clone();
        url.set_path(place.path.as_ref());
        url.to_string()
    }

    fn place(&self, upload: &Upload) -> Result<Place, DomainError> {
        let (key, id) =
            upload.token.0.split_once(':').ok_or_else(|| DomainError::internal("an upload of another store"))?;
        Ok(Place { path: self.path(upload.file, key), upload: id.to_owned() })
    }

    fn path(&self, file: FileId, key: &str) -> Path {
        self.prefix.clone().join(file.0.to_string()).join(key)
    }
}

/// Where an upload goes in the bucket, and what the bucket calls it.
struct Place {
    path: Path,
    upload: String,
}

#[async_trait]
impl ObjectStore for BucketStore {
    async fn begin(&self, file: FileId, content_type: Option<&str>) -> Result<UploadToken, DomainError> {
        let key = Uuid::new_v4().simple().to_string();
        let mut attributes = Attributes::new();
        if let Some(content_type) = content_type {
            attributes.insert(Attribute::ContentType, content_type.to_owned().into());
        }
        let path = self.path(file, &key);
        let upload = self.store.create_multipart_opts(&path, attributes.into()).await.map_err(failure)?;
        Ok(UploadToken(format!("{key}:{upload}")))
    }

    async fn put_part(&self, upload: &Upload, number: i32, body: PartBody) -> Result<String, DomainError> {
        let place = self.place(upload)?;
        let file = self.scratch.file().map_err(storage_failure)?;
        let received = receive(file, body, Purpose::PassOn).await?;
        self.send(&place, number, &received).await
    }

    async fn discard_part(&self, _upload: &Upload, _part: &Part) -> Result<(), DomainError> {
        // The bucket itself forgets a part when another of the same number arrives.
        Ok(())
    }

    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: i64,
        hash: Option<&Sha256>,
    ) -> Result<Assembled, DomainError> {
        let place = self.place(upload)?;
        let size = u64::try_from(size).map_err(DomainError::internal)?;
        self.complete(&place, parts, size).await?;
        if let Some(declared) = hash {
            let actual = self.hash(&place, size).await?;
            if actual != *declared {
                self.remove(upload).await?;
                return Ok(Assembled::HashMismatch { actual, parts_kept: false });
            }
        }
        Ok(Assembled::Stored { url: self.url(&place) })
    }

    async fn tidy(&self, _upload: &Upload, _url: &str) -> Result<(), DomainError> {
        // The parts of an upload become one whole, once, and are no parts any more.
        Ok(())
    }

    async fn remove(&self, upload: &Upload) -> Result<(), DomainError> {
        let place = self.place(upload)?;
        let aborted = self.store.abort_multipart(&place.path, &place.upload).await;
        let deleted = self.store.delete(&place.path).await;
        for result in [aborted, deleted] {
            match result {
                Err(error) if !is_missing(&error) => return Err(failure(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What sends the bytes of parts. An answer that names another address is an error: that address would need another
/// signature.
fn client(settings: &Settings) -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .https_only(!settings.aws_allow_http)
        .build()
        .map_err(|error| format!("object_store_url: {error}"))
}

fn builder(bucket: &str, settings: &Settings) -> AmazonS3Builder {
    let options = ClientOptions::new()
        .with_timeout(CALL_TIMEOUT)
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_allow_http(settings.aws_allow_http);
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
    // What the environment says of roles and profiles is used where the settings say nothing.
    let mut builder =
        AmazonS3Builder::from_env().with_bucket_name(bucket).with_client_options(options).with_retry(retry);
    if let Some(region) = &settings.aws_region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &settings.aws_endpoint {
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    for (secret, with) in [
        (
            &settings.aws_access_key_id,
            AmazonS3Builder::with_access_key_id as fn(AmazonS3Builder, String) -> AmazonS3Builder,
        ),
        (&settings.aws_secret_access_key, AmazonS3Builder::with_secret_access_key),
        (&settings.aws_session_token, AmazonS3Builder::with_token),
    ] {
        if let Some(secret) = secret.as_ref().map(Secret::expose) {
            builder = with(builder, secret.to_owned());
        }
    }
    builder
}

/// Whether the bucket says that there is no such upload, or no such object.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. })
}

/// Whether the bucket gave this reason. The library keeps it in the text alone.
fn has_code(error: &Error, code: &str) -> bool {
    says(&error.to_string(), code)
}

fn says(words: &str, code: &str) -> bool {
    words.contains(&format!("<Code>{code}</Code>"))
}

/// A bucket that refuses us is misconfigured, and one that does not answer is away: neither is the client's fault, and
/// either may be mended while the client waits.
fn failure(error: Error) -> DomainError {
    DomainError::unavailable(error)
}
