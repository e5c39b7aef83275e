//! `types.rs`: a Rust type for each named schema.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::model::{Component, ComponentKind, Field, Kind, Model, Schema};
use super::read::unsupported;
use super::words::{distinct, ident, optional_prose, prose, type_name, value_name};
use crate::emit::{EmitError, all};

/// The whole file.
pub(super) fn file(model: &Model) -> Result<TokenStream, EmitError> {
    let items = all(model.components.iter().map(|(name, component)| item(model, name, component)))?;
    let (mut objects, mut enums) = (Vec::new(), Vec::new());
    for (name, component) in &model.components {
        match &component.kind {
            ComponentKind::Struct { .. } => objects.push(ident(name)),
            ComponentKind::Enum(_) => enums.push(ident(name)),
            ComponentKind::Alias(_) => {}
        }
    }
    let objects = (!objects.is_empty()).then(|| quote!(crate::exact_objects!(#(#objects),*);));
    let enums = (!enums.is_empty()).then(|| quote!(crate::exact_enums!(#(#enums),*);));
    Ok(quote! {
        #![doc = " The named types of the contract."]

        #(#items)*

        #objects
        #enums
    })
}

fn item(model: &Model, name: &str, component: &Component) -> Result<TokenStream, EmitError> {
    let ident = ident(name);
    let doc = prose(component.description.as_deref().unwrap_or(&format!("`{name}` of the contract.")));
    match &component.kind {
        ComponentKind::Alias(schema) => {
            let inner = rust_kind(model, &schema.kind, &quote!());
            Ok(quote!(#doc pub type #ident = #inner;))
        }
        ComponentKind::Enum(values) => Ok(enumeration(name, &doc, values)),
        ComponentKind::Struct { fields, closed } => structure(model, name, &doc, fields, *closed),
    }
}

/// The variants of an enum, in the order of its values.
pub(super) fn variants(values: &[String]) -> Vec<proc_macro2::Ident> {
    let name = |value: &String| match type_name(value).as_str() {
        // The list of all variants.
        "ALL" => "All".to_owned(),
        name => name.to_owned(),
    };
    distinct(values.iter().map(name)).iter().map(|name| ident(name)).collect()
}

fn enumeration(name: &str, doc: &TokenStream, values: &[String]) -> TokenStream {
    let ident = ident(name);
    let variants = variants(values);
    let docs = values.iter().map(|value| prose(&format!("`{value}`")));
    quote! {
        #doc
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum #ident {
            #(#docs #variants,)*
        }

        impl #ident {
            #[doc = " Every value, in the order of the contract."]
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            #[doc = " The value as the contract writes it."]
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { #(Self::#variants => #values,)* }
            }
        }

        impl std::fmt::Display for #ident {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl crate::reply::HeaderText for #ident {
            fn header_text(&self) -> std::string::String {
                self.as_str().to_owned()
            }
        }
    }
}

fn structure(
    model: &Model,
    name: &str,
    doc: &TokenStream,
    fields: &[Field],
    closed: bool,
) -> Result<TokenStream, EmitError> {
    let names = distinct(fields.iter().map(|field| value_name(&field.name)));
    let members = fields.iter().zip(&names).map(|(field, rust_name)| member(model, name, field, rust_name));
    let (members, defaults): (Vec<_>, Vec<_>) = all(members)?.into_iter().unzip();
    let defaults: Vec<_> = defaults.into_iter().flatten().collect();
    let deny = closed.then(|| quote!(, deny_unknown_fields));
    let ident = ident(name);
    // Below its type, the name of a default meets no other.
    let defaults = (!defaults.is_empty()).then(|| quote!(impl #ident { #(#defaults)* }));
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(remote = "Self" #deny)]
        pub struct #ident { #(#members)* }

        #defaults
    })
}

fn member(
    model: &Model,
    owner: &str,
    field: &Field,
    rust_name: &str,
) -> Result<(TokenStream, Option<TokenStream>), EmitError> {
    let Field { name, required, schema } = field;
    let place = format!("{owner}.{name}");
    let nullable = model.nullable(schema);
    let boxed = reaches(model, &schema.kind, owner, &mut Vec::new());
    let inner = rust_kind(model, &schema.kind, &quote!());
    let (pointer, option) = (std_type(model, "Box", &quote!()), std_type(model, "Option", &quote!()));
    let inner = if boxed { quote!(#pointer<#inner>) } else { inner };
    let optional = nullable || (!*required && schema.default.is_none());
    let rust_type = if optional { quote!(#option<#inner>) } else { inner.clone() };
    let mut options = Vec::new();
    let ident = ident(rust_name);
    if ident.to_string().trim_start_matches("r#") != name {
        options.push(quote!(rename = #name));
    }
    let mut default = None;
    // A field that must be there has no use for its default: without it the request is refused, as the document says.
    let value = schema.default.as_ref().map(|value| literal(model, &place, schema, value)).transpose()?;
    if let Some(value) = value.filter(|_| !required) {
        let function = format_ident!("{rust_name}_default");
        let value = if optional { quote!(Some(#value)) } else { value };
        let path = format!("{}::{function}", self::ident(owner));
        options.push(quote!(default = #path));
        default = Some(quote!(fn #function() -> #rust_type { #value }));
    } else if !required {
        options.push(quote!(default));
        let is_none = format!("{option}::is_none").replace(' ', "");
        options.push(quote!(skip_serializing_if = #is_none));
    }
    options.extend(reader(model, schema, optional, nullable).map(|reader| quote!(deserialize_with = #reader)));
    let options = if options.is_empty() { quote!() } else { quote!(#[serde(#(#options),*)]) };
    let doc = optional_prose(schema.description.as_deref().or_else(|| described(model, schema)));
    let doc = if doc.is_empty() { prose(&format!("`{name}`")) } else { doc };
    Ok((quote!(#doc #options pub #ident: #rust_type,), default))
}

fn described<'a>(model: &'a Model, schema: &Schema) -> Option<&'a str> {
    model.named(schema)?.description.as_deref()
}

/// The function that reads a field exactly; `None` when the derived reader is exact.
fn reader(model: &Model, schema: &Schema, optional: bool, nullable: bool) -> Option<&'static str> {
    let strict = is_strict(model, &schema.kind);
    let missing = optional && !nullable;
    match (missing, strict) {
        (true, true) => Some("crate::strict::present_value"),
        (true, false) => Some("crate::strict::present"),
        (false, true) => Some("crate::strict::value"),
        (false, false) if nullable => Some("crate::strict::nullable"),
        (false, false) => None,
    }
}

/// Whether the usual reader of the type would take more than the contract allows.
fn is_strict(model: &Model, kind: &Kind) -> bool {
    match kind {
        Kind::Uuid | Kind::Date | Kind::DateTime | Kind::Map(_) | Kind::Object | Kind::Any => true,
        Kind::List { items, .. } => is_strict(model, &items.kind),
        Kind::Named(name) => match model.components.get(name).map(|component| &component.kind) {
            Some(ComponentKind::Alias(schema)) => is_strict(model, &schema.kind),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a struct holds itself without a list or a map between, so that it would have no size.
fn reaches(model: &Model, kind: &Kind, owner: &str, seen: &mut Vec<String>) -> bool {
    let Kind::Named(name) = kind else { return false };
    if name == owner {
        return true;
    }
    if seen.contains(name) {
        return false;
    }
    seen.push(name.clone());
    match model.components.get(name).map(|component| &component.kind) {
        Some(ComponentKind::Alias(schema)) => reaches(model, &schema.kind, owner, seen),
        Some(ComponentKind::Struct { fields, .. }) => {
            fields.iter().any(|field| reaches(model, &field.schema.kind, owner, seen))
        }
        _ => false,
    }
}

/// The Rust type of a value that may be `null`; named types are looked for in `module`.
pub(super) fn rust_type(model: &Model, schema: &Schema, module: &TokenStream) -> TokenStream {
    let kind = rust_kind(model, &schema.kind, module);
    let option = std_type(model, "Option", module);
    if model.nullable(schema) { quote!(#option<#kind>) } else { kind }
}

/// A type of the standard library, by its whole path where the contract has a type of this name.
fn std_type(model: &Model, name: &str, module: &TokenStream) -> TokenStream {
    let path = match name {
        "String" => quote!(std::string::String),
        "Vec" => quote!(std::vec::Vec),
        "Box" => quote!(std::boxed::Box),
        _ => quote!(std::option::Option),
    };
    if module.is_empty() && model.components.contains_key(name) {
        return path;
    }
    let name = ident(name);
    quote!(#name)
}

/// The Rust type of a value that is not `null`.
pub(super) fn rust_kind(model: &Model, kind: &Kind, module: &TokenStream) -> TokenStream {
    match kind {
        Kind::Named(name) => {
            let name = ident(name);
            quote!(#module #name)
        }
        Kind::Boolean => quote!(bool),
        Kind::Integer { wide: true, .. } => quote!(i64),
        Kind::Integer { wide: false, .. } => quote!(i32),
        Kind::Number { wide: true, .. } => quote!(f64),
        Kind::Number { wide: false, .. } => quote!(f32),
        Kind::Text(_) => std_type(model, "String", module),
        Kind::Uuid => quote!(uuid::Uuid),
        Kind::Date => quote!(chrono::NaiveDate),
        Kind::DateTime => quote!(chrono::DateTime<chrono::Utc>),
        Kind::List { items, .. } => {
            let items = rust_type(model, items, module);
            let list = std_type(model, "Vec", module);
            quote!(#list<#items>)
        }
        Kind::Map(values) => {
            let values = rust_type(model, values, module);
            let key = std_type(model, "String", module);
            quote!(std::collections::BTreeMap<#key, #values>)
        }
        Kind::Object => {
            let key = std_type(model, "String", module);
            quote!(serde_json::Map<#key, serde_json::Value>)
        }
        Kind::Any => quote!(serde_json::Value),
    }
}

fn literal(model: &Model, place: &str, schema: &Schema, value: &Value) -> Result<TokenStream, EmitError> {
    let wrong = || unsupported(place, format!("`{value}` cannot be the default of such a field; leave it out"));
    if let (Some(ComponentKind::Enum(values)), Kind::Named(name)) =
        (model.named(schema).map(|component| &component.kind), &schema.kind)
    {
        let index = values.iter().position(|known| Some(known.as_str()) == value.as_str());
        let Some(index) = index else { return wrong() };
        let (name, variant) = (ident(name), &variants(values)[index]);
        return Ok(quote!(#name::#variant));
    }
    match (model.resolved(schema), value) {
        (Kind::Named(_), _) if matches!(model.resolved(schema), Kind::Named(name) if Some(name) != named(schema)) => {
            let inner = Schema { kind: model.resolved(schema).clone(), ..schema.clone() };
            literal(model, place, &inner, value)
        }
        (Kind::Boolean, Value::Bool(value)) => Ok(quote!(#value)),
        (Kind::Integer { wide, .. }, Value::Number(number)) => match (number.as_i64(), wide) {
            (Some(number), true) => Ok(quote!(#number)),
            (Some(number), false) => i32::try_from(number).map(|number| quote!(#number)).or_else(|_| wrong()),
            _ => wrong(),
        },
        (Kind::Number { wide, .. }, Value::Number(number)) => match (number.as_f64(), wide) {
            (Some(number), true) => Ok(quote!(#number)),
            (Some(number), false) => {
                let number = number as f32;
                Ok(quote!(#number))
            }
            _ => wrong(),
        },
        (Kind::Text(_), Value::String(text)) => Ok(quote!(#text.to_owned())),
        (Kind::List { .. }, Value::Array(items)) if items.is_empty() => Ok(quote!(Default::default())),
        _ => wrong(),
    }
}

fn named(schema: &Schema) -> Option<&String> {
    match &schema.kind {
        Kind::Named(name) => Some(name),
        _ => None,
    }
}
