//! The rules that hold of a whole contract.

use std::collections::HashMap;

use httpfile::{Diagnostic, Location};

use crate::codes;
use crate::locate;
use crate::lower::{Declarations, RequestLine};
use crate::model::{Contract, Kind, ParameterPlace, Schema, Security};
use crate::nearest::nearest;
use crate::operation::{Check, Checked};
use crate::schemas::MAX_ALIASES;
use crate::validate::{Validator, Violation};

/// Every example and every parameter value against the final schemas, and every default against its own.
pub(crate) fn values(contract: &Contract, checks: &[Check], out: &mut Vec<Diagnostic>) {
    let mut validator = Validator::new(&contract.schemas);
    for check in checks {
        let value = match &check.value {
            Checked::Document(json) => &json.value,
            Checked::Parameter { value, .. } => value,
        };
        out.extend(validator.check(&check.schema, value).iter().map(|violation| mismatch(&check.value, violation)));
    }
    each_schema(contract, &mut |schema| {
        let Some(default) = &schema.default else { return };
        for violation in validator.check(schema, default) {
            let message = format!("the default does not fit its own type: {}", violation.message);
            out.push(
                Diagnostic::error(codes::INVALID_DEFAULT, schema.location, message)
                    .help("change the default or the type"),
            );
        }
    });
}

fn mismatch(value: &Checked, violation: &Violation) -> Diagnostic {
    let (location, message, help) = match value {
        Checked::Document(json) => {
            let path = locate::display(&violation.path);
            let message = format!("the example does not fit its schema: {path}: {}", violation.message);
            (json.at(&violation.path), message, "correct the example, or change the schema with a `@field` line")
        }
        Checked::Parameter { name, location, .. } => {
            let message = format!("the value of `{name}` does not fit its schema: {}", violation.message);
            (*location, message, "correct the value, or the line that declares the parameter")
        }
    };
    Diagnostic::error(codes::EXAMPLE_MISMATCH, location, message)
        .also(violation.schema, "the schema is given here")
        .help(format!("{help}; a request that is wrong on purpose says `@expect 422`"))
}

fn each_schema(contract: &Contract, visit: &mut dyn FnMut(&Schema)) {
    for named in contract.schemas.values() {
        below(&named.schema, visit);
    }
    for operation in &contract.operations {
        operation.parameters.iter().for_each(|p| below(&p.schema, visit));
        operation.responses.iter().flat_map(|r| &r.headers).for_each(|h| below(&h.schema, visit));
    }
}

fn below(schema: &Schema, visit: &mut dyn FnMut(&Schema)) {
    visit(schema);
    match &schema.kind {
        Kind::Array { items, .. } => below(items, visit),
        Kind::Map { values: Some(values), .. } => below(values, visit),
        Kind::Object(properties) => properties.values().for_each(|p| below(&p.schema, visit)),
        _ => {}
    }
}

/// No two requests of the contract share a name or a test id: both are keys of examples and of reports.
pub(crate) fn names(requests: &[RequestLine], out: &mut Vec<Diagnostic>) {
    let mut names: HashMap<&str, &RequestLine> = HashMap::new();
    let mut test_ids: HashMap<&str, &RequestLine> = HashMap::new();
    for request in requests {
        if let Some(name) = request.name {
            let first = *names.entry(&name.value).or_insert(request);
            // Within one file the language's own rules report it.
            if first.file.id != request.file.id {
                out.push(twice("the name", &name.value, request, name.span, first, first.name.map(|n| n.span)));
            }
        }
        if let Some(id) = request.test_id {
            let first = *test_ids.entry(&id.value).or_insert(request);
            if !std::ptr::eq(first, request) {
                out.push(twice("the test id", &id.value, request, id.span, first, first.test_id.map(|n| n.span)));
            }
        }
    }
}

fn twice(
    what: &str,
    value: &str,
    request: &RequestLine,
    span: httpfile::Span,
    first: &RequestLine,
    first_span: Option<httpfile::Span>,
) -> Diagnostic {
    let first_at = first_span.map_or_else(|| first.location(), |span| first.file.at(span));
    Diagnostic::error(codes::DUPLICATE_NAME, request.file.at(span), format!("{what} `{value}` is taken"))
        .also(first_at, "it belongs to this request")
        .help("examples and reports are found by it: choose another")
}

/// Declared once, and used only where declared: schemes, tags.
pub(crate) fn references(contract: &Contract, declarations: &Declarations, out: &mut Vec<Diagnostic>) {
    let (requests, unreadable) = (&declarations.requests, &declarations.unreadable);
    let mut schemes: HashMap<&str, Location> = HashMap::new();
    for scheme in &contract.security_schemes {
        let first = *schemes.entry(&scheme.name).or_insert(scheme.location);
        declared_once("security scheme", &scheme.name, first, scheme.location, out);
    }
    let mut tags: HashMap<&str, Location> = HashMap::new();
    for tag in &contract.tags {
        let first = *tags.entry(&tag.name).or_insert(tag.location);
        declared_once("tag", &tag.name, first, tag.location, out);
    }
    for request in requests {
        let scheme = |s: &Security| Some((s.scheme.clone()?, s.location));
        if let Some((name, location)) = request.security.as_ref().and_then(scheme)
            && !schemes.contains_key(name.as_str())
            && !unreadable.auth
        {
            let help = match nearest(&name, schemes.keys().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it with `@auth {name} http bearer`"),
            };
            let message = format!("there is no security scheme `{name}`");
            out.push(Diagnostic::error(codes::UNKNOWN_NAME, location, message).help(help));
        }
        for tag in request.tags.iter().flat_map(|(tags, _)| tags.iter()).filter(|_| !tags.is_empty()) {
            if tags.contains_key(tag.value.as_str()) {
                continue;
            }
            let help = match nearest(&tag.value, tags.keys().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it with `@tag {} - text` beside the others", tag.value),
            };
            let message = format!("the tag `{}` is not declared", tag.value);
            out.push(Diagnostic::warning(codes::UNKNOWN_NAME, request.file.at(tag.span), message).help(help));
        }
    }
}

fn declared_once(what: &str, name: &str, first: Location, this: Location, out: &mut Vec<Diagnostic>) {
    if first == this {
        return;
    }
    out.push(
        Diagnostic::error(codes::DUPLICATE_NAME, this, format!("the {what} `{name}` is declared twice"))
            .also(first, "declared here first")
            .help("remove one of the two lines"),
    );
}

/// Parameters and headers are text: they cannot hold objects.
pub(crate) fn parameters(contract: &Contract, out: &mut Vec<Diagnostic>) {
    let mut check = |name: &str, schema: &Schema, list: bool, location: Location| {
        let fits = match resolve(contract, schema) {
            Kind::Array { items, .. } => list && is_scalar(resolve(contract, items)),
            kind => is_scalar(kind),
        };
        if !fits {
            let message = format!("`{name}` cannot be sent as text");
            let help = if list { "use a scalar, or a list of scalars" } else { "use a scalar" };
            out.push(Diagnostic::error(codes::UNSUPPORTED_TYPE, location, message).help(help));
        }
    };
    for operation in &contract.operations {
        for parameter in &operation.parameters {
            check(&parameter.name, &parameter.schema, parameter.place == ParameterPlace::Query, parameter.location);
        }
        for header in operation.responses.iter().flat_map(|r| &r.headers) {
            check(&header.name, &header.schema, false, header.location);
        }
    }
}

fn is_scalar(kind: &Kind) -> bool {
    !matches!(kind, Kind::Array { .. } | Kind::Map { .. } | Kind::Object(_))
}

fn resolve<'c>(contract: &'c Contract, schema: &'c Schema) -> &'c Kind {
    let mut kind = &schema.kind;
    // A longer row of names is reported where it is declared.
    for _ in 0..=MAX_ALIASES {
        let Kind::Reference(name) = kind else { break };
        let Some(named) = contract.schemas.get(name) else { break };
        kind = &named.schema.kind;
    }
    kind
}

/// The one `@api` of a contract.
pub(crate) fn api(declarations: &Declarations, out: &mut Vec<Diagnostic>) {
    let mut apis = declarations.apis.iter();
    let Some(first) = apis.next() else {
        if let Some(request) = declarations.requests.first().filter(|_| !declarations.unreadable.api) {
            out.push(
                Diagnostic::error(codes::API_DECLARATION, request.location(), "no file says what this API is called")
                    .help("add `# @api Title 1.0.0` in a part of a file that holds no request, such as its beginning"),
            );
        }
        return;
    };
    for api in apis {
        out.push(
            Diagnostic::error(codes::API_DECLARATION, api.location, "there is another `@api`")
                .also(first.location, "the API is named here already")
                .help("remove one of the two lines"),
        );
    }
}
