//! The same work in a server written by hand, as little as would do: no token, no check that a type does not make, no log,
//! no deadline. What the service costs more is what these cost.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use dropshot::{
    ApiDescription, Body, ConfigDropshot, HttpError, HttpResponseUpdatedNoContent, RequestContext, ServerBuilder,
    StreamingBody, TypedBody, endpoint,
};
use futures::TryStreamExt;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio_postgres::Row;
use upload_server::postgres::DatabaseSettings;
use upload_server::server;
use uuid::Uuid;

use super::bare::Bare;

/// Where it puts files, and its connections: as many as the service has, of which the one used last is used next.
struct State {
    folder: PathBuf,
    turns: Semaphore,
    connections: Mutex<Vec<Bare>>,
}

impl State {
    async fn row(&self, work: impl AsyncFnOnce(&Bare) -> Row) -> Row {
        let _turn = self.turns.acquire().await.unwrap();
        let connection = self.connections.lock().unwrap().pop().unwrap();
        let row = work(&connection).await;
        self.connections.lock().unwrap().push(connection);
        row
    }
}

/// Serves until the process is killed.
pub fn serve(url: &str, folder: &Path) {
    let settings = upload_server::config::load(None, &|_| None, Default::default()).unwrap();
    server::runtime(&settings).unwrap().block_on(async {
        std::fs::create_dir_all(folder).unwrap();
        let most = DatabaseSettings::new(url).max_connections;
        let connections = Mutex::new(Bare::connect(url, most).await);
        let state = State { folder: folder.to_owned(), turns: Semaphore::new(most), connections };
        let mut api = ApiDescription::new();
        api.register(create).unwrap();
        api.register(register).unwrap();
        api.register(write).unwrap();
        let config = ConfigDropshot { default_request_body_max_bytes: 16 * 1024 * 1024, ..Default::default() };
        let log = slog::Logger::root(slog::Discard, slog::o!());
        let server = ServerBuilder::new(api, state, log).config(config).start().unwrap();
        println!("listening on http://{}", server.local_addr());
        server.await.unwrap();
    });
}

#[derive(Deserialize, JsonSchema)]
struct Session {
    files: Vec<File>,
}

#[derive(Deserialize, JsonSchema)]
struct File {
    key: String,
    size: i64,
    hash: String,
}

#[derive(Serialize)]
struct Created {
    session_id: Uuid,
}

/// Creates a session, or answers which files were uploaded before.
#[endpoint { method = POST, path = "/api/mocs/uploads/sessions" }]
async fn create(rqctx: RequestContext<State>, body: TypedBody<Session>) -> Result<Response<Body>, HttpError> {
    let files = body.into_inner().files;
    let sizes: Vec<i64> = files.iter().map(|file| file.size).collect();
    let hashes: Vec<&str> = files.iter().map(|file| file.hash.as_str()).collect();
    let session_id = Uuid::now_v7();
    let row = rqctx.context().row(async |bare| bare.create(session_id, &sizes, &hashes).await).await;
    match row.get("done") {
        true => answer(StatusCode::CREATED, &Created { session_id }),
        false => answer(StatusCode::CONFLICT, &row.get::<_, Value>("earlier")),
    }
}

#[derive(Deserialize, JsonSchema)]
struct InSession {
    session: Uuid,
}

#[derive(Serialize)]
struct Registered {
    file_id: Uuid,
}

/// Adds a file to a session.
#[endpoint { method = POST, path = "/api/mocs/uploads/sessions/{session}/files" }]
async fn register(
    rqctx: RequestContext<State>,
    path: dropshot::Path<InSession>,
    body: TypedBody<File>,
) -> Result<Response<Body>, HttpError> {
    let (session, file, file_id) = (path.into_inner().session, body.into_inner(), Uuid::now_v7());
    let work = async |bare: &Bare| bare.register(session, file_id, &file.key, file.size, &file.hash).await;
    match rqctx.context().row(work).await.get("done") {
        true => answer(StatusCode::CREATED, &Registered { file_id }),
        false => answer(StatusCode::CONFLICT, &()),
    }
}

fn answer(status: StatusCode, body: &impl Serialize) -> Result<Response<Body>, HttpError> {
    let body = serde_json::to_vec(body).unwrap();
    Ok(Response::builder().status(status).header(http::header::CONTENT_TYPE, "application/json").body(body.into())?)
}

#[derive(Deserialize, JsonSchema)]
struct Name {
    name: String,
}

/// Writes a body to a file, syncs it and gives it its name.
#[endpoint { method = PUT, path = "/parts/{name}" }]
async fn write(
    rqctx: RequestContext<State>,
    path: dropshot::Path<Name>,
    body: StreamingBody,
) -> Result<HttpResponseUpdatedNoContent, HttpError> {
    let target = rqctx.context().folder.join(path.into_inner().name);
    let unfinished = target.with_extension("unfinished");
    let written = async {
        let mut file = tokio::fs::File::create(&unfinished).await?;
        let mut chunks = std::pin::pin!(body.into_stream());
        while let Some(chunk) = chunks.try_next().await.map_err(std::io::Error::other)? {
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        file.sync_data().await?;
        tokio::fs::rename(&unfinished, &target).await
    };
    written.await.map_err(|error: std::io::Error| HttpError::for_internal_error(error.to_string()))?;
    Ok(HttpResponseUpdatedNoContent())
}
