//! What the documentation of an operation says.

use std::fmt::Write as _;

use openapiv3::{Example, MediaType, ReferenceOr};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::ast::{Client, Setter, last_name};
use super::docs;
use super::example::{Examples, Position};
use super::model::{Content, Operation};
use super::names::type_name;
use super::operations::{self, Call};

/// Summary, description, method and path.
pub fn introduction(operation: &Operation<'_>) -> String {
    let mut text = operation.item.summary.as_deref().map_or_else(|| operation.id.to_owned(), docs::prose);
    if !text.ends_with('.') {
        text.push('.');
    }
    if let Some(description) = &operation.item.description {
        let _ = write!(text, "\n\n{}", docs::prose(description));
    }
    let _ = write!(text, "\n\n`{} {}`", operation.method.to_uppercase(), operation.path);
    if let Some(Value::Array(roles)) = operation.item.extensions.get("x-required-roles") {
        let roles: Vec<String> = roles.iter().filter_map(Value::as_str).map(|role| format!("`{role}`")).collect();
        let _ = write!(text, ", for callers with the role {}", roles.join(" and "));
    }
    text
}

/// The section `# Errors` of a method's comment.
pub fn errors(operation: &Operation<'_>) -> String {
    let enumeration = format!("{}Error", type_name(operation.id));
    if operation.errors.is_empty() {
        return format!("# Errors\n\nThe contract declares none: [`errors::{enumeration}`] has no variants.");
    }
    let mut text =
        format!("# Errors\n\nOne variant of [`errors::{enumeration}`] for each status that the contract declares:\n");
    for reply in &operation.errors {
        let variant = reply.variant();
        let description = docs::prose(&reply.response.description).replace('\n', " ");
        let _ = write!(text, "\n- [`{variant}`](errors::{enumeration}::{variant}), {}: {description}", reply.status);
    }
    text
}

/// A function that makes the call as the contract's example does, as a fenced block that compiles.
pub fn example(call: &Call<'_>, client: &Client, krate: &str) -> String {
    let examples = Examples { client };
    let name = format_ident!("{}", call.operation.method_name());
    let setters = call.builder.setters.iter().filter_map(|setter| argument(call.operation, setter, &examples));
    let chain = quote! { client.#name() #(#setters)* .send().await? };
    let print = match call.operation.successes.as_slice() {
        [reply] if matches!(reply.content, Content::Json(_)) => quote! { println!("{:?}", response.body()); },
        [_] => quote! { println!("{}", response.status()); },
        _ => quote! { println!("{response:?}"); },
    };
    let krate = format_ident!("{krate}");
    let used = chain.to_string();
    let modules =
        ["chrono", "serde_json", "types", "uuid"].into_iter().filter(|name| used.contains(&format!("{name} ::")));
    let modules = modules.map(|name| format_ident!("{name}"));
    let imports = quote! { use #krate::{Client #(, #modules)*}; };
    fenced(&quote! {
        #imports
        async fn #name(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
            let response = #chain;
            #print
            Ok(())
        }
    })
}

/// Formatted code in a fence that rustdoc compiles and does not run.
pub fn fenced(code: &TokenStream) -> String {
    // Code that does not parse is shown as it is: then compiling the documentation says where the fault is.
    let formatted = syn::parse2(code.clone()).map_or_else(|_| code.to_string(), |file| prettyplease::unparse(&file));
    let (imports, rest) = formatted.split_once(";\n").unwrap_or(("", &formatted));
    let formatted = if imports.starts_with("use") { format!("{imports};\n\n{rest}") } else { formatted.clone() };
    format!("```rust,no_run\n{}\n```", formatted.trim_end())
}

/// `.size(5_i64)`, where the contract has an example or the value is required.
fn argument(operation: &Operation<'_>, setter: &Setter, examples: &Examples<'_>) -> Option<TokenStream> {
    let name = format_ident!("{}", setter.ident);
    let given = match operations::parameter(operation, setter) {
        Some(parameter) => parameter_example(parameter.parameter_data_ref()),
        None => operation.body.as_ref().and_then(|body| media_example(body.media)),
    };
    if operations::is_bytes_body(operation, setter) {
        let text = given.as_ref().and_then(Value::as_str).unwrap_or("some bytes");
        return Some(quote! { .#name(#text) });
    }
    let given = given.map(|value| as_typed(value, &setter.ty));
    let value = given.or_else(|| (!setter.optional).then(|| examples.made_up(&setter.ty)))?;
    let value = examples.expression(&setter.ty, &value, Position::Argument);
    Some(quote! { .#name(#value) })
}

/// The example of a parameter may be the text of the URL, whatever its type.
fn as_typed(value: Value, ty: &syn::Type) -> Value {
    let textual = ["String", "Uuid", "DateTime", "NaiveDate"].contains(&last_name(ty).as_str());
    match &value {
        Value::String(text) if !textual => match serde_json::from_str(text) {
            Ok(typed @ (Value::Number(_) | Value::Bool(_))) => typed,
            _ => value,
        },
        _ => value,
    }
}

fn parameter_example(data: &openapiv3::ParameterData) -> Option<Value> {
    data.example.clone().or_else(|| data.examples.values().find_map(example_value))
}

fn media_example(media: &MediaType) -> Option<Value> {
    media.examples.values().find_map(example_value).or_else(|| media.example.clone())
}

fn example_value(example: &ReferenceOr<Example>) -> Option<Value> {
    example.as_item()?.value.clone()
}
