//! The schemas that `@schema` declares, and the rules that all named schemas obey.

use std::collections::{HashMap, HashSet};

use heck::ToUpperCamelCase;
use httpfile::{Diagnostic, Location};
use indexmap::IndexMap;

use crate::codes;
use crate::infer::{Evidence, Fields, Place, Registry};
use crate::lower::{Declarations, SchemaLine};
use crate::model::{Contract, Kind, Media, NamedSchema, Operation, Schema};
use crate::operation::{Check, Checked};

/// Names that mean something already where code is generated: types of the languages, of their standard libraries and
/// of the generated clients.
const RESERVED: [&str; 70] = [
    "Any",
    "Array",
    "ArrayBuffer",
    "Blob",
    "Body",
    "BodyInit",
    "Boolean",
    "Box",
    "Builder",
    "Byte",
    "ByteStream",
    "Bytes",
    "Client",
    "ClientInfo",
    "Configuration",
    "Date",
    "Default",
    "Double",
    "Err",
    "Error",
    "File",
    "Float",
    "FormData",
    "Function",
    "Headers",
    "HttpError",
    "Infinity",
    "Integer",
    "JSON",
    "Json",
    "Long",
    "Map",
    "Math",
    "Middleware",
    "Never",
    "None",
    "Null",
    "Number",
    "Object",
    "Ok",
    "Option",
    "Partial",
    "Path",
    "Pick",
    "Promise",
    "Query",
    "Readonly",
    "ReadonlyArray",
    "Record",
    "RegExp",
    "Reply",
    "Request",
    "RequestContext",
    "Response",
    "ResponseValue",
    "Result",
    "Self",
    "Set",
    "Some",
    "String",
    "Symbol",
    "Type",
    "Uint8Array",
    "Undefined",
    "Unknown",
    "Url",
    "Uuid",
    "Value",
    "Vec",
    "Void",
];

/// An empty registry that knows which names are declared.
pub(crate) fn registry(declarations: &Declarations) -> Registry {
    let location = |line: &SchemaLine| Location { file: line.file, span: line.name.span };
    let declared = declarations.schemas.values().map(|line| (line.name.value.clone(), location(line)));
    let mut registry = Registry::new(declared.collect::<HashMap<_, _>>());
    declarations.unreadable.schemas.iter().for_each(|name| registry.broken(name));
    registry
}

/// Builds every declared schema. Their samples are checked later, when all names are known.
pub(crate) fn declare(declarations: &mut Declarations, registry: &mut Registry, checks: &mut Vec<Check>) {
    for line in declarations.schemas.values_mut() {
        let location = Location { file: line.file, span: line.name.span };
        let schema = declared(line, location, registry);
        registry.define(&line.name.value, schema, location);
        for json in line.samples.drain(..) {
            let schema = Schema::new(Kind::Reference(line.name.value.clone()), location);
            checks.push(Check { schema, value: Checked::Document(json) });
        }
    }
}

fn declared(line: &SchemaLine, location: Location, registry: &mut Registry) -> Schema {
    let fields = Fields::new(line.file, line.fields.iter().copied(), &mut registry.diagnostics);
    let mut place =
        Place::root(line.name.value.clone(), &fields, Evidence::new(line.samples.iter().map(|json| &**json)), location);
    if line.unreadable {
        place.sampled = false;
        registry.broken(&line.name.value);
    }
    let schema = match line.ty {
        Some(ty) => registry.typed(line.file, ty, &place),
        None if line.fields.is_empty() && line.samples.is_empty() && line.unreadable => {
            Schema::new(Kind::Any, location)
        }
        None if line.fields.is_empty() && line.samples.is_empty() => {
            let message = format!("type unknown: nothing says what `{}` is", line.name.value);
            registry.diagnostics.push(
                Diagnostic::error(codes::TYPE_UNKNOWN, location, message)
                    .help("write `@schema Name: type`, or add `@field` lines or JSON below it"),
            );
            Schema::new(Kind::Any, location)
        }
        None => registry.structure(&place),
    };
    let description = line.description.map(|d| d.value.clone());
    Schema { description: description.or(schema.description), location, ..schema }
}

/// The rules of names: not reserved, and still different from each other once they are generated.
pub(crate) fn check_names(schemas: &IndexMap<String, NamedSchema>, out: &mut Vec<Diagnostic>) {
    let mut generated: HashMap<String, (&str, Location)> = HashMap::new();
    for (name, schema) in schemas {
        if RESERVED.contains(&name.as_str()) {
            let message = format!("`{name}` means something else in generated code");
            out.push(
                Diagnostic::error(codes::RESERVED_SCHEMA_NAME, schema.location, message)
                    .help(format!("call it something more exact, such as `Api{name}`")),
            );
        }
        if name.contains('_') {
            let message = format!("`{name}` is not written in UpperCamelCase, as types are in generated code");
            out.push(
                Diagnostic::error(codes::RESERVED_SCHEMA_NAME, schema.location, message)
                    .help(format!("call it `{}`", name.to_upper_camel_case())),
            );
        }
        let (first, location) =
            *generated.entry(name.to_upper_camel_case().to_lowercase()).or_insert((name, schema.location));
        if first != name {
            let message = format!("`{name}` and `{first}` are the same in generated code");
            out.push(
                Diagnostic::error(codes::SCHEMA_CONFLICT, schema.location, message)
                    .also(location, format!("`{first}` here"))
                    .help("give one of them another name"),
            );
        }
    }
}

/// How many names may stand for one another in a row. Everything that follows such a row takes as many steps at most.
pub(crate) const MAX_ALIASES: usize = 16;

/// Reports names that stand for nothing but each other, and those that stand for others in too long a row.
pub(crate) fn check_aliases(schemas: &IndexMap<String, NamedSchema>, out: &mut Vec<Diagnostic>) {
    for (name, schema) in schemas {
        let (mut at, mut seen) = (schema, Vec::new());
        while let Kind::Reference(next) = &at.schema.kind {
            let (code, message, help) = if next == name {
                let message = format!("`{name}` is declared as itself");
                (codes::TYPE_UNKNOWN, message, "say with a type, fields or JSON what it is")
            } else if seen.contains(&next) {
                break;
            } else if seen.len() == MAX_ALIASES {
                let message = format!("more than {MAX_ALIASES} names stand for one another, from `{name}` on");
                (codes::UNSUPPORTED_TYPE, message, "declare it as the type that the last of them stands for")
            } else {
                let Some(named) = schemas.get(next) else { break };
                seen.push(next);
                at = named;
                continue;
            };
            out.push(Diagnostic::error(code, schema.location, message).help(help));
            break;
        }
    }
}

/// Reports declared schemas that no operation leads to.
pub(crate) fn check_use(contract: &Contract, declarations: &Declarations, out: &mut Vec<Diagnostic>) {
    let used = used(contract);
    for line in declarations.schemas.values().filter(|line| !used.contains(line.name.value.as_str())) {
        let location = Location { file: line.file, span: line.name.span };
        let message = format!("no operation uses `{}`", line.name.value);
        out.push(
            Diagnostic::warning(codes::DANGLING_SCHEMA, location, message)
                .help("use it in a `@body`, `@response` or `@field`, or remove it"),
        );
    }
}

/// Every name that an operation leads to. Names may lead to names for any length, so nothing here is recursive.
fn used(contract: &Contract) -> HashSet<&str> {
    let mut left: Vec<&Schema> = contract.operations.iter().flat_map(schemas).collect();
    let mut used = HashSet::new();
    while let Some(schema) = left.pop() {
        match &schema.kind {
            Kind::Reference(name) if used.insert(name.as_str()) => {
                left.extend(contract.schemas.get(name).map(|named| &named.schema));
            }
            Kind::Array { items, .. } => left.push(items),
            Kind::Map { values: Some(values), .. } => left.push(values),
            Kind::Object(properties) => left.extend(properties.values().map(|property| &property.schema)),
            _ => {}
        }
    }
    used
}

/// The schemas that an operation mentions itself.
fn schemas(operation: &Operation) -> impl Iterator<Item = &Schema> {
    let contents = operation.body.iter().chain(operation.responses.iter().filter_map(|r| r.content.as_ref()));
    let bodies = contents.filter_map(|content| match &content.media {
        Media::Json(schema) => Some(schema),
        Media::Binary => None,
    });
    let headers = operation.responses.iter().flat_map(|r| &r.headers).map(|header| &header.schema);
    operation.parameters.iter().map(|parameter| &parameter.schema).chain(headers).chain(bodies)
}
