//! The operations of the contract, with faults in how they take requests.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dropshot::RequestContext;
use server_api::operations::{
    abort_session, complete_file, create_session, finalize_session, get_analytics, get_session, register_file,
    upload_part,
};
use server_api::{ApiFailure, SecurityRequirement, UploadSessionsApi};

use super::catalog::faults;
use crate::auth::Identity;
use crate::domain::ports::SessionAddress;
use crate::domain::{SessionId, UserId};
use crate::http::Entry;
use crate::service::Service;

faults! {
    /// What can be wrong with how an operation takes a request.
    EntryFault {
        RolesIgnored "roles-ignored" "Everyone may ask for the analytics, with or without the role",
        SignatureIgnored "signature-ignored" "Tokens are believed whoever signed them",
        UnsignedAccepted "unsigned-accepted" "Tokens that say that nobody has signed them are believed",
        ExpiryIgnored "expiry-ignored" "Tokens are accepted after they have expired",
        EtagsIgnored "etags-ignored" "completeFile does not compare the etags that it is given",
    }
}

/// Whom a token claims to speak for, without a look at its signature.
fn claimed(rqctx: &RequestContext<Service>) -> Option<Identity> {
    #[derive(serde::Deserialize)]
    struct Claims {
        sub: String,
        #[serde(default)]
        roles: BTreeSet<String>,
    }
    let header = rqctx.request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let payload = URL_SAFE_NO_PAD.decode(header.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Some(Identity { user: claims.sub, roles: claims.roles })
}

/// Whether a token comes without a signature.
fn is_unsigned(rqctx: &RequestContext<Service>) -> bool {
    let header = rqctx.request.headers().get(http::header::AUTHORIZATION).and_then(|header| header.to_str().ok());
    header.is_some_and(|header| header.matches('.').count() == 2 && header.ends_with('.'))
}

/// Replaces the etags of a request by those that would be right.
async fn use_stored_etags(rqctx: &RequestContext<Service>, caller: &Identity, request: &mut complete_file::Request) {
    let address = SessionAddress { owner: UserId(caller.user.clone()), session: SessionId(request.session_id) };
    let Ok(session) = rqctx.context().uploads().session(&address).await else { return };
    let parts: Vec<_> =
        session.files.iter().filter(|file| file.id.0 == request.file_id).flat_map(|f| &f.parts).collect();
    for listed in &mut request.body.parts {
        if let Some(stored) = parts.iter().find(|part| part.number == listed.part_number) {
            listed.etag = stored.etag.clone();
        }
    }
}

/// The operations, with the chosen fault.
pub enum FaultyEntry {}

impl UploadSessionsApi for FaultyEntry {
    type Context = Service;
    type Caller = Identity;

    async fn authenticate(
        rqctx: &RequestContext<Service>,
        requirement: &'static SecurityRequirement,
    ) -> Result<Identity, ApiFailure> {
        static NO_ROLES: SecurityRequirement =
            SecurityRequirement { operation: "getAnalytics", schemes: &["bearer"], roles: &[] };
        match EntryFault::chosen() {
            Some(EntryFault::RolesIgnored) => Entry::authenticate(rqctx, &NO_ROLES).await,
            Some(EntryFault::ExpiryIgnored) => match Entry::authenticate(rqctx, requirement).await {
                Err(refusal) if refusal.message().contains("expired") => claimed(rqctx).ok_or(refusal),
                outcome => outcome,
            },
            Some(EntryFault::UnsignedAccepted) if is_unsigned(rqctx) => {
                match Entry::authenticate(rqctx, requirement).await {
                    Err(refusal) if refusal.status() == http::StatusCode::UNAUTHORIZED => claimed(rqctx).ok_or(refusal),
                    outcome => outcome,
                }
            }
            Some(EntryFault::SignatureIgnored) => match Entry::authenticate(rqctx, requirement).await {
                Err(refusal) if refusal.status() == http::StatusCode::UNAUTHORIZED => claimed(rqctx).ok_or(refusal),
                outcome => outcome,
            },
            _ => Entry::authenticate(rqctx, requirement).await,
        }
    }

    async fn create_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: create_session::Request,
    ) -> Result<create_session::Response, ApiFailure> {
        Entry::create_session(rqctx, caller, request).await
    }

    async fn get_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: get_session::Request,
    ) -> Result<get_session::Response, ApiFailure> {
        Entry::get_session(rqctx, caller, request).await
    }

    async fn abort_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: abort_session::Request,
    ) -> Result<abort_session::Response, ApiFailure> {
        Entry::abort_session(rqctx, caller, request).await
    }

    async fn register_file(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: register_file::Request,
    ) -> Result<register_file::Response, ApiFailure> {
        Entry::register_file(rqctx, caller, request).await
    }

    async fn upload_part(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: upload_part::Request,
    ) -> Result<upload_part::Response, ApiFailure> {
        Entry::upload_part(rqctx, caller, request).await
    }

    async fn complete_file(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        mut request: complete_file::Request,
    ) -> Result<complete_file::Response, ApiFailure> {
        if EntryFault::chosen() == Some(EntryFault::EtagsIgnored) {
            use_stored_etags(rqctx, &caller, &mut request).await;
        }
        Entry::complete_file(rqctx, caller, request).await
    }

    async fn finalize_session(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: finalize_session::Request,
    ) -> Result<finalize_session::Response, ApiFailure> {
        Entry::finalize_session(rqctx, caller, request).await
    }

    async fn get_analytics(
        rqctx: &RequestContext<Service>,
        caller: Identity,
        request: get_analytics::Request,
    ) -> Result<get_analytics::Response, ApiFailure> {
        Entry::get_analytics(rqctx, caller, request).await
    }
}
