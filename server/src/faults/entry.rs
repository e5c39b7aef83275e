//! The operations of the contract, with faults in how they take requests.

use dropshot::RequestContext;
use server_api::operations::{
    abort_session, complete_file, create_session, finalize_session, get_analytics, get_session, register_file,
    upload_part,
};
use server_api::{ApiFailure, SecurityRequirement, UploadSessionsApi};

use super::catalog::faults;
use crate::auth::Identity;
use crate::http::Entry;
use crate::service::Service;

faults! {
    /// What can be wrong with how an operation takes a request.
    EntryFault {
        RolesIgnored "roles-ignored" "Everyone may ask for the analytics, with or without the role",
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
        request: complete_file::Request,
    ) -> Result<complete_file::Response, ApiFailure> {
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
