//! `checks.rs`: whether a typed value keeps every rule of the contract.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{ComponentKind, Kind, Model, Schema, Text};
use super::words::{distinct, ident, value_name};

/// Writes checks, and collects the patterns that they need.
pub(super) struct Checks<'a> {
    model: &'a Model,
    /// The static of each pattern of the contract.
    patterns: BTreeMap<String, Ident>,
}

/// A value that is checked: an expression for the place or for a reference to it.
#[derive(Clone)]
struct Value {
    expression: TokenStream,
    is_reference: bool,
}

impl Value {
    fn reference(&self) -> TokenStream {
        let expression = &self.expression;
        if self.is_reference { quote!(#expression) } else { quote!(&#expression) }
    }

    fn copy(&self) -> TokenStream {
        let expression = &self.expression;
        if self.is_reference { quote!(*#expression) } else { quote!(#expression) }
    }
}

/// The whole file.
pub(super) fn file(model: &Model) -> TokenStream {
    let mut checks = Checks { model, patterns: BTreeMap::new() };
    let mut items = Vec::new();
    for (name, component) in &model.components {
        let ident = ident(name);
        match &component.kind {
            ComponentKind::Struct { fields, .. } => {
                let names = distinct(fields.iter().map(|field| value_name(&field.name)));
                let rules: Vec<_> = fields
                    .iter()
                    .zip(names)
                    .filter_map(|(field, name)| {
                        let name = super::words::ident(&name);
                        let optional = !field.required && field.schema.default.is_none();
                        let value = Value { expression: quote!(self.#name), is_reference: false };
                        checks.optional(&field.schema, optional, &value, &value_name(&field.name))
                    })
                    .collect();
                let rules = all(rules);
                items.push(quote!(impl crate::check::Check for #ident { fn holds(&self) -> bool { #rules } }));
            }
            ComponentKind::Enum(_) => {
                items.push(quote!(impl crate::check::Check for #ident { fn holds(&self) -> bool { true } }))
            }
            ComponentKind::Alias(schema) => items.extend(checks.alias(name, schema)),
        }
    }
    let patterns = checks.statics();
    let imports = imports(&quote!(#(#items)*).to_string(), !checks.patterns.is_empty());
    quote! {
        #![doc = " Whether the values of a request keep every rule of the contract."]

        #imports

        #(#patterns)*
        #(#items)*
    }
}

/// Only what the checks use is imported.
fn imports(items: &str, patterns: bool) -> TokenStream {
    let characters = items.contains("characters (").then(|| {
        quote!(
            use crate::check::characters;
        )
    });
    let format = items.contains("format :: ").then(|| {
        quote!(
            use crate::format;
        )
    });
    let compile = patterns.then(|| {
        quote!(
            use crate::contract::pattern;
        )
    });
    quote! {
        use super::types::*;
        #characters
        #compile
        #format
    }
}

fn all(rules: Vec<TokenStream>) -> TokenStream {
    let mut rules = rules.into_iter();
    match rules.next() {
        Some(first) => quote!(#first #(&& #rules)*),
        None => quote!(true),
    }
}

impl Checks<'_> {
    fn alias(&mut self, name: &str, schema: &Schema) -> Option<TokenStream> {
        let function = check_name(name);
        let reference = Value { expression: quote!(value), is_reference: true };
        let copied = Value { expression: quote!(value), is_reference: false };
        let scalar = is_copy(self.model, &schema.kind);
        let rules = self.kind(&schema.kind, if scalar { &copied } else { &reference }, &value_name(name))?;
        let type_name = ident(name);
        let argument = match &schema.kind {
            _ if scalar => quote!(#type_name),
            Kind::Text(_) => quote!(&str),
            _ => quote!(&#type_name),
        };
        // The list of a body is checked where the body is.
        let allow = matches!(schema.kind, Kind::List { .. }).then(|| quote!(#[allow(clippy::ptr_arg, dead_code)]));
        let import = rules.to_string().contains(". holds ()").then(|| {
            quote!(
                use crate::check::Check;
            )
        });
        Some(quote!(#allow fn #function(value: #argument) -> bool { #import #rules }))
    }

    /// The rules of a value that may be left out or `null`; `None` when there are none.
    fn optional(&mut self, schema: &Schema, optional: bool, value: &Value, hint: &str) -> Option<TokenStream> {
        if !optional && !self.model.nullable(schema) {
            return self.kind(&schema.kind, value, hint);
        }
        let inner = Value { expression: quote!(value), is_reference: true };
        let rules = self.kind(&schema.kind, &inner, hint)?;
        let expression = &value.expression;
        Some(quote!(#expression.as_ref().is_none_or(|value| #rules)))
    }

    fn kind(&mut self, kind: &Kind, value: &Value, hint: &str) -> Option<TokenStream> {
        match kind {
            Kind::Named(name) => self.named(name, value),
            Kind::Integer { wide, minimum, maximum } => {
                let reference = value.reference();
                let minimum = minimum.filter(|least| *wide || *least > i32::MIN.into()).map(|n| integer(n, *wide));
                let maximum = maximum.filter(|most| *wide || *most < i32::MAX.into()).map(|n| integer(n, *wide));
                range(minimum, maximum, &reference)
            }
            Kind::Number { wide, minimum, maximum } => number(*wide, *minimum, *maximum, value),
            Kind::Text(text) => self.text(text, value, hint),
            Kind::List { items, minimum, maximum } => {
                let expression = &value.expression;
                let length =
                    range(minimum.filter(|n| *n > 0).map(plain), maximum.map(plain), &quote!(&#expression.len()));
                let item = Value { expression: quote!(item), is_reference: true };
                let rules = self.optional(items, false, &item, hint);
                let rules = rules.map(|rules| quote!(#expression.iter().all(|item| #rules)));
                let rules: Vec<_> = length.into_iter().chain(rules).collect();
                (!rules.is_empty()).then(|| all(rules))
            }
            Kind::Map(values) => {
                let expression = &value.expression;
                let item = Value { expression: quote!(item), is_reference: true };
                let rules = self.optional(values, false, &item, hint)?;
                Some(quote!(#expression.values().all(|item| #rules)))
            }
            Kind::Boolean | Kind::Uuid | Kind::Date | Kind::DateTime | Kind::Object | Kind::Any => None,
        }
    }

    fn named(&mut self, name: &str, value: &Value) -> Option<TokenStream> {
        match &self.model.components.get(name)?.kind {
            ComponentKind::Enum(_) => None,
            ComponentKind::Struct { .. } => {
                let expression = &value.expression;
                has_rules(self.model, &Kind::Named(name.to_owned()), &mut Vec::new())
                    .then(|| quote!(#expression.holds()))
            }
            ComponentKind::Alias(schema) => {
                if !has_rules(self.model, &schema.kind, &mut Vec::new()) {
                    return None;
                }
                let function = check_name(name);
                let argument = if is_copy(self.model, &schema.kind) { value.copy() } else { value.reference() };
                Some(quote!(#function(#argument)))
            }
        }
    }

    fn text(&mut self, text: &Text, value: &Value, hint: &str) -> Option<TokenStream> {
        let reference = value.reference();
        let length = range(text.minimum.map(plain), text.maximum.map(plain), &quote!(&characters(#reference)));
        let pattern = text.pattern.as_ref().map(|pattern| {
            let name = self.pattern(pattern, hint);
            quote!(#name.is_match(#reference))
        });
        let format = text.format.as_ref().map(|format| {
            let function = format_ident!("{}", value_name(format));
            quote!(format::#function(#reference))
        });
        let rules: Vec<_> = length.into_iter().chain(pattern).chain(format).collect();
        (!rules.is_empty()).then(|| all(rules))
    }

    fn pattern(&mut self, pattern: &str, hint: &str) -> Ident {
        if let Some(name) = self.patterns.get(pattern) {
            return name.clone();
        }
        let wanted = hint.to_uppercase();
        let taken = self.patterns.values().map(Ident::to_string).chain([wanted]);
        let name = distinct(taken).pop().unwrap_or_default();
        let name = format_ident!("{name}");
        self.patterns.insert(pattern.to_owned(), name.clone());
        name
    }

    fn statics(&self) -> Vec<TokenStream> {
        let statics = self.patterns.iter().filter_map(|(contract, name)| {
            // Reading the document has translated every pattern before.
            let rust = openapi::pattern::translate(contract).ok()?;
            Some(quote!(static #name: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| pattern(#rust));))
        });
        statics.collect()
    }
}

/// The function that checks a type: with its prefix it is no keyword, and no name of what the checks use.
fn check_name(name: &str) -> Ident {
    format_ident!("is_{}", value_name(name))
}

fn is_copy(model: &Model, kind: &Kind) -> bool {
    match kind {
        Kind::Boolean | Kind::Integer { .. } | Kind::Number { .. } | Kind::Uuid | Kind::Date | Kind::DateTime => true,
        Kind::Named(name) => match model.components.get(name).map(|component| &component.kind) {
            Some(ComponentKind::Alias(schema)) => is_copy(model, &schema.kind),
            Some(ComponentKind::Enum(_)) => true,
            _ => false,
        },
        _ => false,
    }
}

fn has_rules(model: &Model, kind: &Kind, seen: &mut Vec<String>) -> bool {
    match kind {
        Kind::Integer { wide, minimum, maximum } => {
            let (least, most) = if *wide { (i64::MIN, i64::MAX) } else { (i32::MIN.into(), i32::MAX.into()) };
            minimum.is_some_and(|n| n > least || *wide) || maximum.is_some_and(|n| n < most || *wide)
        }
        Kind::Number { wide, minimum, maximum } => !wide || minimum.is_some() || maximum.is_some(),
        Kind::Text(text) => {
            text.minimum.is_some() || text.maximum.is_some() || text.pattern.is_some() || text.format.is_some()
        }
        Kind::List { items, minimum, maximum } => {
            minimum.is_some_and(|n| n > 0) || maximum.is_some() || has_rules(model, &items.kind, seen)
        }
        Kind::Map(values) => has_rules(model, &values.kind, seen),
        Kind::Named(name) if seen.contains(name) => false,
        Kind::Named(name) => {
            seen.push(name.clone());
            match model.components.get(name).map(|component| &component.kind) {
                Some(ComponentKind::Alias(schema)) => has_rules(model, &schema.kind, seen),
                Some(ComponentKind::Struct { fields, .. }) => {
                    fields.iter().any(|field| has_rules(model, &field.schema.kind, seen))
                }
                _ => false,
            }
        }
        _ => false,
    }
}

fn number(wide: bool, minimum: Option<f64>, maximum: Option<f64>, value: &Value) -> Option<TokenStream> {
    let expression = &value.expression;
    let finite = (!wide).then(|| quote!(#expression.is_finite()));
    // A number that is written like the bound is the bound, also with less precision.
    let bound = |n: f64| if wide { quote!(#n) } else { single(n) };
    let range = range(minimum.map(bound), maximum.map(bound), &value.reference());
    let rules: Vec<_> = finite.into_iter().chain(range).collect();
    (!rules.is_empty()).then(|| all(rules))
}

fn range(minimum: Option<TokenStream>, maximum: Option<TokenStream>, value: &TokenStream) -> Option<TokenStream> {
    match (minimum, maximum) {
        (Some(least), Some(most)) => Some(quote!((#least..=#most).contains(#value))),
        (Some(least), None) => Some(quote!((#least..).contains(#value))),
        (None, Some(most)) => Some(quote!((..=#most).contains(#value))),
        (None, None) => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the value has no more precision")]
fn single(number: f64) -> TokenStream {
    let number = number as f32;
    quote!(#number)
}

fn plain(number: usize) -> TokenStream {
    let literal = proc_macro2::Literal::usize_unsuffixed(number);
    quote!(#literal)
}

fn integer(number: i64, wide: bool) -> TokenStream {
    let least = if wide { i64::MIN } else { i32::MIN.into() };
    if number == least {
        return if wide { quote!(i64::MIN) } else { quote!(i32::MIN) };
    }
    let literal = proc_macro2::Literal::i64_unsuffixed(number.abs());
    if number < 0 { quote!(-#literal) } else { quote!(#literal) }
}
