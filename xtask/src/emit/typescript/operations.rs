//! The operations of a document, in its order.

use openapiv3::{OpenAPI, Operation, Parameter, PathItem, ReferenceOr, Response, SecurityScheme, StatusCode};

/// One operation and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// Its operation id; empty if it has none.
    pub id: &'a str,
    /// The method in capital letters.
    pub method: &'static str,
    /// The path template.
    pub path: &'a str,
    /// Parameters that all operations of the path have.
    shared: &'a [ReferenceOr<Parameter>],
    /// The operation.
    pub operation: &'a Operation,
}

impl<'a> Endpoint<'a> {
    /// Its parameters, those of the path first.
    #[must_use]
    pub fn parameters(&self) -> Vec<&'a Parameter> {
        self.shared.iter().chain(&self.operation.parameters).filter_map(ReferenceOr::as_item).collect()
    }

    /// Whether some of its parameters stand elsewhere in the document.
    #[must_use]
    pub fn has_referenced_parameters(&self) -> bool {
        self.shared.iter().chain(&self.operation.parameters).any(|parameter| parameter.as_item().is_none())
    }

    /// Whether it needs a bearer token.
    #[must_use]
    pub fn needs_token(&self, document: &OpenAPI) -> bool {
        let schemes = document.components.as_ref().map(|all| &all.security_schemes);
        let is_bearer = |name: &String| {
            let scheme = schemes.and_then(|schemes| schemes.get(name)).and_then(ReferenceOr::as_item);
            matches!(scheme, Some(SecurityScheme::HTTP { scheme, .. }) if scheme.eq_ignore_ascii_case("bearer"))
        };
        let required = self.operation.security.as_ref().or(document.security.as_ref());
        required.is_some_and(|any| any.iter().any(|all| all.keys().any(is_bearer)))
    }
}

/// All operations of a document.
#[must_use]
pub fn operations(document: &OpenAPI) -> Vec<Endpoint<'_>> {
    let items = document.paths.iter().filter_map(|(path, item)| Some((path.as_str(), item.as_item()?)));
    items.flat_map(|(path, item)| of_path(path, item)).collect()
}

fn of_path<'a>(path: &'a str, item: &'a PathItem) -> impl Iterator<Item = Endpoint<'a>> {
    let methods = [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("OPTIONS", &item.options),
        ("HEAD", &item.head),
        ("PATCH", &item.patch),
        ("TRACE", &item.trace),
    ];
    methods.into_iter().filter_map(move |(method, operation)| {
        let operation = operation.as_ref()?;
        let id = operation.operation_id.as_deref().unwrap_or_default();
        Some(Endpoint { id, method, path, shared: &item.parameters, operation })
    })
}

/// The declared responses of an operation that have an explicit status.
pub fn responses<'a>(endpoint: &Endpoint<'a>) -> impl Iterator<Item = (u16, &'a Response)> + use<'a> {
    endpoint.operation.responses.responses.iter().filter_map(|(status, response)| match status {
        StatusCode::Code(code) => Some((*code, response.as_item()?)),
        StatusCode::Range(_) => None,
    })
}
