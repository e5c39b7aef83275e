//! A front before the service, which changes requests on their way in and answers on their way out: statuses, headers and
//! bodies that the typed interface cannot get wrong, and constraints that it never lets through. Without such a fault it
//! passes everything on as it is.

mod answers;
mod exchange;
mod requests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

pub use self::answers::AnswerFault;
use self::exchange::{Answer, Asked};
pub use self::requests::RequestFault;
use crate::config::Settings;

/// The listener that clients know, until the service behind it is there.
pub struct Front {
    listener: Mutex<Option<TcpListener>>,
}

impl Front {
    /// Listens where the settings say, and answers the settings of the service behind it.
    ///
    /// # Errors
    /// In words, when the address is taken, or the fault is none.
    pub async fn before(settings: &Settings) -> Result<(Settings, Self), String> {
        super::check()?;
        let listener = TcpListener::bind(settings.bind).await;
        let listener = listener.map_err(|error| format!("bind = `{}`: {error}", settings.bind))?;
        let behind = Settings { bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ..settings.clone() };
        Ok((behind, Self { listener: Mutex::new(Some(listener)) }))
    }

    /// Passes requests on to the service at `upstream` from now on.
    pub async fn open(&self, upstream: SocketAddr) {
        let Some(listener) = self.listener.lock().await.take() else { return };
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        match client {
            Ok(client) => drop(tokio::spawn(serve(listener, Arc::new(Upstream { client, address: upstream })))),
            Err(error) => tracing::error!(%error, "there is no front"),
        }
    }
}

struct Upstream {
    client: reqwest::Client,
    address: SocketAddr,
}

async fn serve(listener: TcpListener, upstream: Arc<Upstream>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&upstream)));
    }
}

async fn connection(stream: TcpStream, upstream: Arc<Upstream>) {
    let service = service_fn(move |request| {
        let upstream = Arc::clone(&upstream);
        async move { upstream.answer(request).await }
    });
    if let Err(error) = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    {
        tracing::debug!(%error, "a connection ended");
    }
}

impl Upstream {
    /// Asks the service, and changes its answer when that is the fault.
    async fn answer(&self, request: hyper::Request<Incoming>) -> std::io::Result<hyper::Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let mut asked = Asked {
            method: head.method,
            target: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: head.headers,
            body: body.collect().await.map_err(std::io::Error::other)?.to_bytes(),
        };
        if let Some(fault) = RequestFault::chosen() {
            fault.change(&mut asked);
        }
        let mut answer = self.ask(&asked).await.map_err(std::io::Error::other)?;
        if let Some(another) = RequestFault::chosen().and_then(|fault| fault.another(&asked, answer.status)) {
            self.ask(&another).await.map_err(std::io::Error::other)?;
        }
        if let Some(fault) = AnswerFault::chosen() {
            fault.change(&asked, &mut answer);
        }
        answer.into_response().map_err(std::io::Error::other)
    }

    async fn ask(&self, asked: &Asked) -> reqwest::Result<Answer> {
        let url = format!("http://{}{}", self.address, asked.target);
        let mut request = self.client.request(asked.method.clone(), url).headers(asked.passed_headers());
        if !asked.body.is_empty() {
            request = request.body(asked.body.clone());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await? })
    }
}
