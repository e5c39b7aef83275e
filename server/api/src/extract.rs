//! The body of a request: its type, its size, the time it takes.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use dropshot::{
    ApiEndpointBodyContentType, Body, ExclusiveExtractor, ExtensionMode, ExtractorMetadata, HttpError, Path,
    RequestContext, ServerContext, SharedExtractor,
};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;

use crate::document::{self, Documented};
use crate::error::ApiFailure;
use crate::settings::ApiSettings;
use crate::stream::{ByteStream, broken_off, over};

/// The variables of a route by name.
pub type Variables = BTreeMap<String, String>;

/// A request that nothing has been read of yet: who calls is asked first.
pub struct Incoming<D> {
    request: Request<Body>,
    variables: Variables,
    documented: PhantomData<fn() -> D>,
}

impl<D> Incoming<D> {
    /// The text of a variable of the route.
    #[must_use]
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }

    /// The request and the variables of its route.
    #[must_use]
    pub fn into_parts(self) -> (Request<Body>, Variables) {
        (self.request, self.variables)
    }

    /// The same request for another route: which operation is meant was decided by a variable.
    #[must_use]
    pub fn redirect<E>(self) -> Incoming<E> {
        Incoming { request: self.request, variables: self.variables, documented: PhantomData }
    }
}

#[async_trait]
impl<D: Documented> ExclusiveExtractor for Incoming<D> {
    async fn from_request<C: ServerContext>(
        rqctx: &RequestContext<C>,
        request: Request<Body>,
    ) -> Result<Self, HttpError> {
        let variables = <Path<Variables> as SharedExtractor>::from_request(rqctx).await?.into_inner();
        Ok(Self { request, variables, documented: PhantomData })
    }

    fn metadata(content_type: ApiEndpointBodyContentType) -> ExtractorMetadata {
        ExtractorMetadata { extension_mode: ExtensionMode::None, parameters: document::parameters::<D>(content_type) }
    }
}

/// Reads the whole body of a request as JSON text.
///
/// # Errors
/// 415 for another type or an encoding, 413 for too many bytes, 408 when they take too long, 400 when they end early.
pub async fn json_bytes(request: Request<Body>, settings: &ApiSettings) -> Result<Bytes, ApiFailure> {
    let (head, body) = request.into_parts();
    expect_json(&head.headers)?;
    expect_plain(&head.headers)?;
    expect_size(&head.headers, settings.max_body_bytes)?;
    let reading = collect(body, settings.max_body_bytes);
    match tokio::time::timeout(settings.body_read_timeout, reading).await {
        Ok(read) => read,
        Err(_) => {
            let seconds = settings.body_read_timeout.as_secs_f64();
            Err(ApiFailure::timeout(format!("the body did not arrive within {seconds} s")))
        }
    }
}

/// Gives the body of a request as a stream of bytes.
///
/// # Errors
/// 415 for another type or an encoding, 413 when more bytes are announced than the server takes.
pub fn byte_stream(request: Request<Body>, settings: &ApiSettings) -> Result<ByteStream, ApiFailure> {
    let (head, body) = request.into_parts();
    // RFC 9110 lets a recipient take content without a type for application/octet-stream.
    if head.headers.contains_key(CONTENT_TYPE) && media_type(&head.headers)? != "application/octet-stream" {
        return Err(ApiFailure::unsupported_media_type("the body must be `application/octet-stream`"));
    }
    expect_plain(&head.headers)?;
    let declared = expect_size(&head.headers, settings.max_stream_bytes)?;
    Ok(ByteStream::new(body, declared, settings.max_stream_bytes, settings.chunk_timeout))
}

async fn collect(mut body: Body, limit: u64) -> Result<Bytes, ApiFailure> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| broken_off())?.into_data() else { continue };
        if (read.len() + chunk.len()) as u64 > limit {
            return Err(over(limit));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

/// A body without a type is refused as well: a form on a foreign page can send one without asking.
fn expect_json(headers: &HeaderMap) -> Result<(), ApiFailure> {
    let refused = || ApiFailure::unsupported_media_type("the body must be `application/json`");
    if !headers.contains_key(CONTENT_TYPE) || media_type(headers)? != "application/json" {
        return Err(refused());
    }
    let charset = header_text(headers, CONTENT_TYPE).to_ascii_lowercase();
    match charset
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim() == "charset")
    {
        Some((_, charset)) if charset.trim().trim_matches('"') != "utf-8" => {
            Err(ApiFailure::unsupported_media_type("the body must be in UTF-8"))
        }
        _ => Ok(()),
    }
}

fn media_type(headers: &HeaderMap) -> Result<String, ApiFailure> {
    if headers.get_all(CONTENT_TYPE).iter().count() > 1 {
        return Err(ApiFailure::bad_request("the header `Content-Type` is given more than once"));
    }
    let text = header_text(headers, CONTENT_TYPE);
    Ok(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn expect_plain(headers: &HeaderMap) -> Result<(), ApiFailure> {
    let plain =
        headers.get_all(CONTENT_ENCODING).iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if plain { Ok(()) } else { Err(ApiFailure::unsupported_media_type("the body must not be encoded")) }
}

fn expect_size(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, ApiFailure> {
    let declared = header_text(headers, CONTENT_LENGTH).parse().ok();
    match declared {
        Some(declared) if declared > limit => Err(over(limit)),
        _ => Ok(declared),
    }
}

fn header_text(headers: &HeaderMap, name: http::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
