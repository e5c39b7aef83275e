//! The Rust names of what the contract names.

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// The name of a type or a variant.
pub(super) fn type_name(name: &str) -> String {
    let camel: String = name.to_upper_camel_case().chars().filter(char::is_ascii_alphanumeric).collect();
    // heck sees words where there are none in `ETag` or `Sha256`; a name that is one already stays as it is.
    let kept =
        name.starts_with(|first: char| first.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    match camel {
        _ if kept => name.to_owned(),
        camel if camel.is_empty() => if name.is_empty() { "Empty" } else { "Value" }.to_owned(),
        camel if camel.starts_with(|first: char| first.is_ascii_digit()) => format!("V{camel}"),
        camel => camel,
    }
}

/// The name of a field, a function or a module.
pub(super) fn value_name(name: &str) -> String {
    let snake: String = name.to_snake_case().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    match snake {
        snake if snake.is_empty() => "value".to_owned(),
        snake if snake.starts_with(|first: char| first.is_ascii_digit()) => format!("n{snake}"),
        snake => snake,
    }
}

/// An identifier; a keyword is written so that it is one.
pub(super) fn ident(name: &str) -> Ident {
    if syn::parse_str::<Ident>(name).is_ok() {
        return Ident::new(name, Span::call_site());
    }
    match name {
        "self" | "Self" | "super" | "crate" | "_" => Ident::new(&format!("{name}_"), Span::call_site()),
        _ => Ident::new_raw(name, Span::call_site()),
    }
}

/// Different names for all, in their order: the second of one name gets a number.
pub(super) fn distinct(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken = Vec::<String>::new();
    for name in names {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        taken.extend(free);
    }
    taken
}

/// Prose as a documentation comment: lines as written, the ones that are too long wrapped.
pub(super) fn prose(text: &str) -> TokenStream {
    let lines = text.lines().flat_map(wrap).map(|line| format!(" {line}"));
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    quote!(#(#[doc = #lines])*)
}

/// Prose that may be missing.
pub(super) fn optional_prose(text: Option<&str>) -> TokenStream {
    text.map(prose).unwrap_or_default()
}

fn wrap(line: &str) -> Vec<String> {
    const WIDTH: usize = 120;
    let mut lines = vec![String::new()];
    for word in line.split_whitespace() {
        let current = lines.len() - 1;
        if !lines[current].is_empty() && lines[current].len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
            continue;
        }
        if !lines[current].is_empty() {
            lines[current].push(' ');
        }
        lines[current].push_str(word);
    }
    lines
}
