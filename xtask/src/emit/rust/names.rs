//! Names as progenitor and typify write them.

use heck::{ToPascalCase, ToSnakeCase};

/// An identifier that is no keyword: progenitor and typify append an underscore to one that is.
pub fn ident(name: &str) -> String {
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() };
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

/// The name of a type: `file_key` gives `FileKey`.
pub fn type_name(name: &str) -> String {
    ident(&words(name).to_pascal_case())
}

/// The name of a method or a field: `Idempotency-Key` gives `idempotency_key`.
pub fn field_name(name: &str) -> String {
    ident(&words(name).to_snake_case())
}

fn words(name: &str) -> String {
    name.replace('\'', "").replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-")
}
