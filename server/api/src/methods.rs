//! Methods that a path does not have: 405 with those that it has.
//!
//! Dropshot answers them in a shape of its own. So every path gets a route for each method that the contract leaves out;
//! these routes are in no document.

use dropshot::{ApiDescription, ApiDescriptionRegisterError, ApiEndpoint, ApiEndpointVersions, RequestContext};
use http::Method;

use crate::document::{Answer, Documented, Unsent};
use crate::error::ApiFailure;
use crate::extract::Incoming;
use crate::operation::refuse;
use crate::settings::ApiContext;

/// A path as Dropshot gets it.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// Its template.
    pub path: &'static str,
    /// The paths of the contract that it stands for, the more literal first.
    pub members: &'static [Member],
}

/// A path of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The variables of the route that must have one value: `(variable, value)`.
    pub conditions: &'static [(&'static str, &'static str)],
    /// Its methods, such as `GET, POST`.
    pub methods: &'static str,
}

/// What RFC 9110 and RFC 5789 define. (CONNECT names no path.)
const METHODS: [Method; 8] = [
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// Adds routes for the methods that no path of the resource has. `D` knows its variables.
///
/// # Errors
/// Dropshot refuses a route.
pub fn refuse_others<C: ApiContext, D: Documented>(
    api: &mut ApiDescription<C>,
    resource: &'static Resource,
) -> Result<(), ApiDescriptionRegisterError> {
    for method in METHODS.into_iter().filter(|method| !resource.has(method)) {
        let name = format!("{method} {}", resource.path);
        let handler = move |rqctx: RequestContext<C>, incoming: Incoming<D>| async move {
            Ok::<Answer<D>, Unsent<D>>(refuse(&rqctx, resource.refusal(&incoming)).into())
        };
        let versions = ApiEndpointVersions::All;
        let endpoint = ApiEndpoint::new(name, handler, method, "application/json", resource.path, versions);
        api.register(endpoint.visible(false))?;
    }
    Ok(())
}

impl Resource {
    fn has(&self, method: &Method) -> bool {
        self.members.iter().any(|member| member.methods.split(", ").any(|name| name == method.as_str()))
    }

    /// The methods of the path that a request names.
    ///
    /// # Errors
    /// The contract has no such path.
    pub fn methods<D>(&self, incoming: &Incoming<D>) -> Result<&'static str, ApiFailure> {
        let meant =
            |member: &&Member| member.conditions.iter().all(|(variable, value)| incoming.variable(variable) == *value);
        let member = self.members.iter().find(meant);
        member.map(|member| member.methods).ok_or_else(|| ApiFailure::not_found("there is no such path"))
    }

    /// Why a path does nothing with a method that it does not have.
    #[must_use]
    pub fn refusal<D>(&self, incoming: &Incoming<D>) -> ApiFailure {
        self.methods(incoming).map_or_else(|failure| failure, ApiFailure::method_not_allowed)
    }
}
