//! `routes.rs`: the Dropshot trait, whose endpoints call the trait that a server implements.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::api::is_secured;
use super::model::{Location, Model, Operation};
use super::operations::{module_name, trait_name};
use super::routes::{Group, Member};
use super::words::{ident, prose};

/// The file with the Dropshot trait.
pub(super) fn routes_file(model: &Model, groups: &[Group<'_>]) -> TokenStream {
    let api = format_ident!("{}", trait_name(model));
    let modules = model.operations.iter().map(|operation| ident(&module_name(operation)));
    let answers = model.operations.iter().map(|operation| answer(&api, operation));
    let mut endpoints = Vec::new();
    let mut markers = Vec::new();
    let mut refusals = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let marker = format_ident!("Path{}", index + 1);
        for method in methods(group) {
            match alone(group, method) {
                Some(operation) => endpoints.push(published(operation, group)),
                None => endpoints.push(folded(group, method, &marker, index)),
            }
        }
        if !methods(group).contains(&"OPTIONS") {
            endpoints.push(preflight(group, &marker, index));
        }
        markers.push(path_marker(group, &marker));
        refusals.push(quote!(crate::methods::refuse_others::<_, #marker>(&mut api, &#marker::RESOURCE)));
    }
    let errors = endpoints.iter().map(ToString::to_string).collect::<String>();
    let failure = errors.contains("ApiFailure").then(|| {
        quote!(
            use crate::error::ApiFailure;
        )
    });
    quote! {
        #![doc = " The routes that Dropshot serves. Each one authenticates the caller, reads and checks the request, and calls the"]
        #![doc = " method of its operation."]

        use std::marker::PhantomData;
        use std::sync::LazyLock;

        use dropshot::{ApiDescription, ApiDescriptionBuildErrors, RequestContext};

        use super::api::#api;
        use super::operations::{#(#modules),*};
        use crate::contract::OperationContract;
        use crate::document::{Answer, Documented, Unsent};
        #failure
        use crate::extract::Incoming;
        use crate::reply::Reply;
        use crate::settings::ApiContext;

        #[doc = " Everything that Dropshot needs to serve `T`."]
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = " Dropshot refuses a route."]
        pub fn api_description<T: #api>() -> Result<ApiDescription<T::Context>, ApiDescriptionBuildErrors> {
            let mut api = routes_mod::api_description::<Served<T>>()?;
            let refused = [#(#refusals),*];
            let errors: Vec<_> = refused.into_iter().filter_map(Result::err).collect();
            if errors.is_empty() { Ok(api) } else { Err(ApiDescriptionBuildErrors::new(errors)) }
        }

        #[doc = " The same without a server behind it, for Dropshot's own document."]
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = " Dropshot refuses a route."]
        pub fn stub_api_description() -> Result<ApiDescription<dropshot::StubContext>, ApiDescriptionBuildErrors> {
            routes_mod::stub_api_description()
        }

        struct Served<T>(PhantomData<T>);

        impl<T: #api> Routes for Served<T> {
            type Context = T::Context;
            type Api = T;
        }

        #[dropshot::api_description { module = "routes_mod" }]
        trait Routes: 'static {
            type Context: ApiContext;
            type Api: #api<Context = Self::Context>;

            #(#endpoints)*
        }

        #(#answers)*

        #(#markers)*
    }
}

fn answer(api: &Ident, operation: &Operation) -> TokenStream {
    let name = ident(&module_name(operation));
    let (authenticate, caller) = if is_secured(operation) {
        (quote!(let caller = T::authenticate(rqctx, &#name::SECURITY).await?;), quote!(caller,))
    } else {
        (quote!(), quote!())
    };
    quote! {
        async fn #name<T: #api>(rqctx: &RequestContext<T::Context>, incoming: Incoming<#name::Operation>) -> Reply {
            let answer = async {
                #authenticate
                let request = #name::Request::read(rqctx, incoming).await?;
                T::#name(rqctx, #caller request).await
            };
            crate::operation::run(rqctx, answer).await
        }
    }
}

fn methods(group: &Group<'_>) -> Vec<&'static str> {
    let mut methods: Vec<_> =
        group.members.iter().flat_map(|member| &member.operations).map(|operation| operation.method).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

/// The only operation that the route can mean with this method, when it has its own path.
fn alone<'a>(group: &Group<'a>, method: &str) -> Option<&'a Operation> {
    let mut found = group.members.iter().filter_map(|member| {
        let operation = member.operations.iter().find(|operation| operation.method == method)?;
        Some((member, *operation))
    });
    match (found.next(), found.next()) {
        (Some((member, operation)), None) if !member.route.is_folded() => Some(operation),
        _ => None,
    }
}

/// The paths that come before that of the operation, and know no such method.
fn guards(group: &Group<'_>, operation: &Operation) -> Vec<TokenStream> {
    let before =
        group.members.iter().take_while(|member| !member.operations.iter().any(|other| other.id == operation.id));
    before.map(|member| arm(member, operation.method)).collect()
}

fn published(operation: &Operation, group: &Group<'_>) -> TokenStream {
    let name = ident(&module_name(operation));
    let method = ident(operation.method);
    let (path, id, tags) = (&group.path, &operation.id, &operation.tags);
    let doc = dropshot_doc(operation);
    let deprecated = operation.deprecated.then(|| quote!(, deprecated = true));
    let guards = guards(group, operation);
    quote! {
        #doc
        #[endpoint { method = #method, path = #path, operation_id = #id, tags = [#(#tags),*] #deprecated }]
        async fn #name(
            rqctx: RequestContext<Self::Context>,
            incoming: Incoming<#name::Operation>,
        ) -> Result<Answer<#name::Operation>, Unsent<#name::Operation>> {
            #(#guards)*
            Ok(#name::<Self::Api>(&rqctx, incoming).await.into())
        }
    }
}

/// Dropshot takes the first paragraph for the summary and the rest for the description.
fn dropshot_doc(operation: &Operation) -> TokenStream {
    let parts = [operation.summary.as_deref(), operation.description.as_deref()];
    prose(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n"))
}

fn folded(group: &Group<'_>, method: &str, marker: &Ident, index: usize) -> TokenStream {
    let name = format_ident!("path_{}_{}", index + 1, method.to_lowercase());
    let arms: Vec<_> = group.members.iter().map(|member| arm(member, method)).collect();
    // The last path has no condition when all of its segments are variables: then it takes what is left.
    let open = group.members.last().is_some_and(|member| member.route.conditions().is_empty());
    let otherwise = if open {
        quote!()
    } else {
        quote!(let reply = crate::operation::refuse(&rqctx, ApiFailure::not_found("there is no such path")); Ok(reply.into()))
    };
    let paths = group.members.iter().map(|member| path_text(&member.route.template)).collect::<Vec<_>>();
    let doc = prose(&format!("Stands for {}, which Dropshot cannot lay side by side.", paths.join(" and ")));
    let (path, method) = (&group.path, ident(method));
    quote! {
        #doc
        #[endpoint { method = #method, path = #path, unpublished = true }]
        async fn #name(
            rqctx: RequestContext<Self::Context>,
            incoming: Incoming<#marker>,
        ) -> Result<Answer<#marker>, Unsent<#marker>> {
            #(#arms)*
            #otherwise
        }
    }
}

fn path_text(template: &[super::routes::Segment]) -> String {
    let path: String = template
        .iter()
        .map(|segment| match segment {
            super::routes::Segment::Literal(text) => format!("/{text}"),
            super::routes::Segment::Variable(name) => format!("/{{{name}}}"),
        })
        .collect();
    format!("`{path}`")
}

fn arm(member: &Member<'_>, method: &str) -> TokenStream {
    let conditions = member.route.conditions();
    let operation = member.operations.iter().find(|operation| operation.method == method);
    let reply = match operation {
        Some(operation) => {
            let name = ident(&module_name(operation));
            quote!(#name::<Self::Api>(&rqctx, incoming.redirect()).await)
        }
        None => {
            let allowed = allowed(member);
            quote!(crate::operation::refuse(&rqctx, ApiFailure::method_not_allowed(#allowed)))
        }
    };
    if conditions.is_empty() {
        return quote!(Ok(#reply.into()));
    }
    let tests = conditions.iter().map(|(variable, value)| quote!(incoming.variable(#variable) == #value));
    quote!(if #(#tests)&&* { return Ok(#reply.into()); })
}

/// The methods of a path of the contract, with the one that every path has.
fn allowed(member: &Member<'_>) -> String {
    let mut methods: Vec<_> = member.operations.iter().map(|operation| operation.method).chain(["OPTIONS"]).collect();
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
}

fn preflight(group: &Group<'_>, marker: &Ident, index: usize) -> TokenStream {
    let name = format_ident!("path_{}_options", index + 1);
    let path = &group.path;
    let headers = request_headers(group).join(", ");
    quote! {
        #[doc = " Tells browsers which calls of other origins are allowed."]
        #[endpoint { method = OPTIONS, path = #path, unpublished = true }]
        async fn #name(
            rqctx: RequestContext<Self::Context>,
            incoming: Incoming<#marker>,
        ) -> Result<Answer<#marker>, Unsent<#marker>> {
            Ok(crate::cors::preflight(&rqctx, &incoming, &#marker::RESOURCE, #headers).into())
        }
    }
}

/// The headers that a script may have to send: those of the contract, the token, and the type of a body.
fn request_headers(group: &Group<'_>) -> Vec<String> {
    let operations = || group.members.iter().flat_map(|member| &member.operations);
    let parameters = operations().flat_map(|operation| &operation.parameters);
    let declared = parameters.filter(|parameter| parameter.location == Location::Header);
    let mut headers: Vec<_> = declared.map(|parameter| parameter.name.clone()).collect();
    headers.extend(["Authorization".to_owned(), "Content-Type".to_owned()]);
    headers.sort();
    headers.dedup();
    headers
}

fn path_marker(group: &Group<'_>, marker: &Ident) -> TokenStream {
    let doc = prose(&format!("The variables of `{}`.", group.path));
    let variables = group.members.first().map(|member| member.route.variables()).unwrap_or_default();
    let path = &group.path;
    let members = group.members.iter().map(|member| {
        let conditions = member.route.conditions();
        let conditions = conditions.iter().map(|(variable, value)| quote!((#variable, #value)));
        let methods = allowed(member);
        quote!(crate::methods::Member { conditions: &[#(#conditions),*], methods: #methods })
    });
    quote! {
        #doc
        enum #marker {}

        impl #marker {
            const RESOURCE: crate::methods::Resource =
                crate::methods::Resource { path: #path, members: &[#(#members),*] };
        }

        impl Documented for #marker {
            fn contract() -> &'static OperationContract {
                static CONTRACT: LazyLock<OperationContract> = LazyLock::new(|| OperationContract::of_variables(&[#(#variables),*]));
                &CONTRACT
            }
        }
    }
}
