//! The operations of the contract.

use dropshot::RequestContext;
use futures::{StreamExt, TryStreamExt};
use server_api::operations::{
    abort_session, complete_file, create_session, finalize_session, get_analytics, get_session, register_file,
    upload_part,
};
use server_api::{ApiFailure, SecurityRequirement, UploadSessionsApi};

use super::failures::{self, Declared};
use super::request::{idempotency, run};
use super::{analytics, answers};
use crate::auth::Identity;
use crate::domain::model::FileId;
use crate::domain::parts::ListedPart;
use crate::domain::ports::{FileAddress, SessionAddress};
use crate::domain::{PartUpload, SessionId, UserId};
use crate::service::Service;

/// The operations of the contract, on a [`Service`].
pub enum Entry {}

fn session_address(caller: Identity, session: uuid::Uuid) -> SessionAddress {
    SessionAddress { owner: UserId(caller.user), session: SessionId(session) }
}

fn file_address(caller: Identity, session: uuid::Uuid, file: uuid::Uuid) -> FileAddress {
    FileAddress { owner: UserId(caller.user), session: SessionId(session), file: FileId(file) }
}

impl UploadSessionsApi for Entry {
    type Context = Service;
    type Caller = Identity;

    async fn authenticate(
        rqctx: &RequestContext<Service>,
        requirement: &'static SecurityRequirement,
    ) -> Result<Identity, ApiFailure> {
        let mut headers = rqctx.request.headers().get_all(http::header::AUTHORIZATION).iter();
        let header = headers.next().map(|value| value.to_str().unwrap_or_default());
        if headers.next().is_some() {
            return Err(ApiFailure::unauthorized("the header `Authorization` is given more than once"));
        }
        let authenticator = rqctx.context().authenticator();
        let identity = authenticator.authenticate(header).await.map_err(|refusal| failures::of_refusal(&refusal))?;
        match requirement.roles.iter().find(|role| !identity.roles.contains(**role)) {
            Some(role) => Err(ApiFailure::forbidden(format!("the role `{role}` is needed"))),
            None => Ok(identity),
        }
    }

    async fn create_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: create_session::Request,
    ) -> Result<create_session::Response, ApiFailure> {
        let service = rqctx.context();
        let key = idempotency(request.idempotency_key, "createSession", "", &request.body)?;
        let files = request.body.files.into_iter();
        let files = files.map(|file| answers::declaration(file.key, file.size, file.hash, file.content_type)).collect();
        let uploads = service.uploads();
        let work = uploads.create_session(UserId(caller.user), files, request.body.allow_duplicates, key);
        match run(rqctx, "createSession", work).await? {
            Ok(session) => {
                if !session.repeated {
                    service.metrics().duplicates("allowed", session.duplicates.len());
                }
                let location = answers::session_location(session.session);
                let upload_limit = answers::upload_limit(uploads, session.expires_at);
                let headers = create_session::CreatedHeaders { location, upload_limit };
                Ok(create_session::Response::Created(answers::created(session), headers))
            }
            Err(Declared::Duplicates(error)) => {
                service.metrics().duplicates("refused", error.duplicates.len());
                Ok(create_session::Response::Conflict(error))
            }
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn get_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: get_session::Request,
    ) -> Result<get_session::Response, ApiFailure> {
        let uploads = rqctx.context().uploads();
        let address = session_address(caller, request.session_id);
        match run(rqctx, "getSession", uploads.session(&address)).await? {
            Ok(session) => Ok(get_session::Response::Ok(answers::session(uploads, session))),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn abort_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: abort_session::Request,
    ) -> Result<abort_session::Response, ApiFailure> {
        let address = session_address(caller, request.session_id);
        let work = rqctx.context().uploads().abort_session(&address, request.reason.as_deref());
        match run(rqctx, "abortSession", work).await? {
            Ok(()) => Ok(abort_session::Response::NoContent),
            Err(Declared::Conflict(error)) => Ok(abort_session::Response::Conflict(error)),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn register_file(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: register_file::Request,
    ) -> Result<register_file::Response, ApiFailure> {
        let service = rqctx.context();
        let body = request.body;
        let key = idempotency(request.idempotency_key, "registerFile", &request.session_id.to_string(), &body)?;
        let address = session_address(caller, request.session_id);
        let session = address.session;
        let file = answers::declaration(body.key.clone(), body.size, body.hash.clone(), body.content_type.clone());
        let work = service.uploads().register_file(address, file, key);
        match run(rqctx, "registerFile", work).await? {
            Ok(registered) => {
                let headers = register_file::CreatedHeaders {
                    location: answers::parts_location(session, &registered),
                    upload_limit: answers::upload_limit(service.uploads(), registered.activity.expires_at),
                };
                Ok(register_file::Response::Created(answers::registered(&registered, body), headers))
            }
            Err(Declared::Conflict(error)) => Ok(register_file::Response::Conflict(error)),
            Err(Declared::Gone(error)) => Ok(register_file::Response::Gone(error)),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn upload_part(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: upload_part::Request,
    ) -> Result<upload_part::Response, ApiFailure> {
        let service = rqctx.context();
        let address = file_address(caller, request.session_id, request.file_id);
        let sent = PartUpload {
            number: request.part_number,
            content_length: request.body.content_length(),
            body: request.body.map_err(|failure| failures::of_body(&failure)).boxed(),
        };
        match run(rqctx, "uploadPart", service.uploads().upload_part(&address, sent)).await? {
            Ok(stored) => {
                service.metrics().uploaded(stored.part.size.unsigned_abs());
                let headers = upload_part::OkHeaders {
                    e_tag: format!("\"{}\"", stored.part.etag),
                    upload_limit: answers::upload_limit(service.uploads(), stored.activity.expires_at),
                };
                Ok(upload_part::Response::Ok(answers::stored(stored), headers))
            }
            Err(Declared::Conflict(error)) => Ok(upload_part::Response::Conflict(error)),
            Err(Declared::Gone(error)) => Ok(upload_part::Response::Gone(error)),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn complete_file(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: complete_file::Request,
    ) -> Result<complete_file::Response, ApiFailure> {
        let service = rqctx.context();
        let address = file_address(caller, request.session_id, request.file_id);
        let parts = request.body.parts.into_iter();
        let listed: Vec<_> = parts.map(|part| ListedPart { number: part.part_number, etag: part.etag }).collect();
        match run(rqctx, "completeFile", service.uploads().complete_file(&address, &listed)).await? {
            Ok(completed) => {
                let upload_limit = answers::upload_limit(service.uploads(), completed.activity.expires_at);
                let headers = complete_file::OkHeaders { upload_limit };
                Ok(complete_file::Response::Ok(answers::completed(completed)?, headers))
            }
            Err(Declared::Conflict(error)) => Ok(complete_file::Response::Conflict(error)),
            Err(Declared::Gone(error)) => Ok(complete_file::Response::Gone(error)),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn finalize_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: finalize_session::Request,
    ) -> Result<finalize_session::Response, ApiFailure> {
        let address = session_address(caller, request.session_id);
        match run(rqctx, "finalizeSession", rqctx.context().uploads().finalize_session(&address)).await? {
            Ok(finalized) => Ok(finalize_session::Response::Ok(answers::finalized(address.session, &finalized)?)),
            Err(Declared::Conflict(error)) => Ok(finalize_session::Response::Conflict(error)),
            Err(Declared::Gone(error)) => Ok(finalize_session::Response::Gone(error)),
            Err(other) => Err(other.undeclared()),
        }
    }

    async fn get_analytics(
        rqctx: &RequestContext<Service>,
        _caller: Identity,
        request: get_analytics::Request,
    ) -> Result<get_analytics::Response, ApiFailure> {
        let (limit, offset) = (request.limit, request.offset);
        let work = async { rqctx.context().analytics().query(&analytics::query(request)?).await };
        match run(rqctx, "getAnalytics", work).await? {
            Ok(found) => Ok(get_analytics::Response::Ok(analytics::answer(found, limit, offset))),
            Err(other) => Err(other.undeclared()),
        }
    }
}
