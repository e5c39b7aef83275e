//! The body of a request: its type, its size, the time it takes.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use dropshot::{
    ApiEndpointBodyContentType, Body, ExclusiveExtractor, ExtensionMode, ExtractorMetadata, HttpError, Path,
    RequestContext, ServerContext, SharedExtractor,
};
use http::Request;
use http_body_util::BodyExt;

use crate::document::{self, Documented};
use crate::drain::drained;
use crate::error::ApiFailure;
use crate::media::{self, broken_off, over};
use crate::settings::ApiSettings;
use crate::stream::ByteStream;

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
        Ok(Self { request: drained(request), variables, documented: PhantomData })
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
    media::expect_json(&head.headers, settings.max_body_bytes)?;
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
    let declared = media::expect_bytes(&head.headers, settings.max_stream_bytes)?;
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
