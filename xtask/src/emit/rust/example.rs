//! Rust expressions from the examples of the contract.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::Type;

use super::ast::{Client, Field, TypeShape, first_argument, last_argument, last_name};

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The argument of a setter, which converts it.
    Argument,
    /// A place that needs exactly the type.
    Exact,
}

/// Writes values as a caller would.
pub struct Examples<'a> {
    pub client: &'a Client,
}

impl Examples<'_> {
    /// The expression for `value` as a `ty`.
    pub fn expression(&self, ty: &Type, value: &Value, position: Position) -> TokenStream {
        if let Some((name, shape)) = self.own_type(ty) {
            return self.own(&name, shape, value, position).unwrap_or_else(|| self.parsed_json(ty, value));
        }
        self.standard(ty, value, position).unwrap_or_else(|| self.parsed_json(ty, value))
    }

    /// A value for a type of which the contract has no example.
    pub fn made_up(&self, ty: &Type) -> Value {
        match self.own_type(ty) {
            Some((_, TypeShape::Struct(fields))) => {
                let required = fields.iter().filter(|field| last_name(&field.ty) != "Option");
                Value::Object(required.map(|field| (field.json.clone(), self.made_up(&field.ty))).collect())
            }
            Some((_, TypeShape::Newtype { inner, .. })) => self.made_up(inner),
            Some((_, TypeShape::Enum(variants))) => variants.keys().next().cloned().map_or(Value::Null, Value::String),
            None => match last_name(ty).as_str() {
                "bool" => true.into(),
                "i32" | "i64" | "f32" | "f64" => 1.into(),
                "Uuid" => "00000000-0000-4000-8000-000000000000".into(),
                "DateTime" => "2026-01-01T00:00:00Z".into(),
                "NaiveDate" => "2026-01-01".into(),
                "Vec" => Value::Array(Vec::new()),
                "BTreeMap" | "Map" => Value::Object(serde_json::Map::new()),
                "Box" => first_argument(ty).map_or(Value::Null, |inner| self.made_up(inner)),
                "String" => "text".into(),
                _ => Value::Null,
            },
        }
    }

    fn own_type(&self, ty: &Type) -> Option<(String, &TypeShape)> {
        let Type::Path(path) = ty else { return None };
        let name = last_name(ty);
        let shape = self.client.types.get(&name).filter(|_| path.path.leading_colon.is_none())?;
        Some((name, shape))
    }

    fn own(&self, name: &str, shape: &TypeShape, value: &Value, position: Position) -> Option<TokenStream> {
        let ident = format_ident!("{name}");
        match shape {
            TypeShape::Struct(fields) => {
                let setters = self.setters(fields, value)?;
                let builder = quote! { types::#ident::builder() #setters };
                Some(if position == Position::Exact {
                    quote! { #builder.build()? }
                } else {
                    builder
                })
            }
            TypeShape::Newtype { checked: true, .. } => {
                let text = value.as_str()?;
                Some(match position {
                    Position::Argument => quote! { #text },
                    Position::Exact => quote! { types::#ident::try_from(#text)? },
                })
            }
            TypeShape::Newtype { inner, .. } => {
                let inner = self.expression(inner, value, Position::Exact);
                Some(if position == Position::Argument {
                    inner
                } else {
                    quote! { types::#ident::from(#inner) }
                })
            }
            TypeShape::Enum(variants) => {
                let variant = format_ident!("{}", variants.get(value.as_str()?)?);
                Some(quote! { types::#ident::#variant })
            }
        }
    }

    fn setters(&self, fields: &[Field], value: &Value) -> Option<TokenStream> {
        let members = value.as_object()?;
        let mut setters = TokenStream::new();
        for (name, value) in members {
            let field = fields.iter().find(|field| field.json == *name)?;
            let ident = format_ident!("{}", field.ident);
            let argument = self.expression(&field.ty, value, Position::Argument);
            setters.extend(quote! { .#ident(#argument) });
        }
        Some(setters)
    }

    fn standard(&self, ty: &Type, value: &Value, position: Position) -> Option<TokenStream> {
        match last_name(ty).as_str() {
            "Option" => self.option(first_argument(ty)?, value, position),
            "Vec" => self.vector(first_argument(ty)?, value.as_array()?, position),
            "BTreeMap" => {
                let inner = last_argument(ty)?;
                let members = value.as_object()?.iter().map(|(key, value)| {
                    let value = self.expression(inner, value, Position::Exact);
                    quote! { (#key.to_owned(), #value) }
                });
                Some(quote! { std::collections::BTreeMap::from([#(#members),*]) })
            }
            "Map" => {
                let members = value.as_object()?.iter().map(|(key, value)| {
                    let json = json(value);
                    quote! { (#key.to_owned(), serde_json::json!(#json)) }
                });
                Some(quote! { serde_json::Map::from_iter([#(#members),*]) })
            }
            "String" => value.as_str().map(|text| match position {
                Position::Argument => quote! { #text },
                Position::Exact => quote! { #text.to_owned() },
            }),
            "Uuid" => value.as_str().map(|text| match position {
                Position::Argument => quote! { #text },
                Position::Exact => quote! { #text.parse::<uuid::Uuid>()? },
            }),
            "DateTime" => value.as_str().map(|text| quote! { #text.parse::<chrono::DateTime<chrono::Utc>>()? }),
            "NaiveDate" => value.as_str().map(|text| quote! { #text.parse::<chrono::NaiveDate>()? }),
            "bool" => value.as_bool().map(|value| quote! { #value }),
            name @ ("i32" | "i64" | "f32" | "f64") => number(value, name),
            _ => None,
        }
    }

    fn option(&self, inner: &Type, value: &Value, position: Position) -> Option<TokenStream> {
        if value.is_null() {
            return Some(quote! { None });
        }
        let inner = self.expression(inner, value, Position::Exact);
        Some(if position == Position::Argument {
            inner
        } else {
            quote! { Some(#inner) }
        })
    }

    fn vector(&self, item: &Type, values: &[Value], position: Position) -> Option<TokenStream> {
        if values.is_empty() {
            let item = self.qualified(item)?;
            return Some(quote! { Vec::<#item>::new() });
        }
        let items = values.iter().map(|value| self.expression(item, value, Position::Exact));
        Some(match position {
            Position::Argument => quote! { [#(#items),*] },
            Position::Exact => quote! { Vec::from([#(#items),*]) },
        })
    }

    /// What has no form of its own is written as JSON.
    fn parsed_json(&self, ty: &Type, value: &Value) -> TokenStream {
        let json = json(value);
        match (last_name(ty).as_str(), self.qualified(ty)) {
            ("Value", _) => quote! { serde_json::json!(#json) },
            (_, Some(ty)) => quote! { serde_json::from_value::<#ty>(serde_json::json!(#json))? },
            (_, None) => quote! { serde_json::from_value::<_>(serde_json::json!(#json))? },
        }
    }

    /// The type as it is written outside of the generated module.
    fn qualified(&self, ty: &Type) -> Option<TokenStream> {
        if let Some((name, _)) = self.own_type(ty) {
            let ident = format_ident!("{name}");
            return Some(quote! { types::#ident });
        }
        let argument = || self.qualified(last_argument(ty)?);
        match last_name(ty).as_str() {
            "Option" => argument().map(|inner| quote! { Option<#inner> }),
            "Vec" => argument().map(|inner| quote! { Vec<#inner> }),
            "Box" => argument().map(|inner| quote! { Box<#inner> }),
            "BTreeMap" => argument().map(|inner| quote! { std::collections::BTreeMap<String, #inner> }),
            "Map" => Some(quote! { serde_json::Map<String, serde_json::Value> }),
            "Value" => Some(quote! { serde_json::Value }),
            "Uuid" => Some(quote! { uuid::Uuid }),
            "DateTime" => Some(quote! { chrono::DateTime<chrono::Utc> }),
            "NaiveDate" => Some(quote! { chrono::NaiveDate }),
            name @ ("String" | "bool" | "i32" | "i64" | "f32" | "f64") => {
                let ident = format_ident!("{name}");
                Some(quote! { #ident })
            }
            _ => None,
        }
    }
}

/// JSON as it stands in `json!`.
fn json(value: &Value) -> TokenStream {
    value.to_string().parse().unwrap_or_default()
}

/// A literal with its type, because a bare one would be taken for an `i32`.
fn number(value: &Value, ty: &str) -> Option<TokenStream> {
    let number = if ty.starts_with('i') { value.as_i64()?.to_string() } else { value.as_f64()?.to_string() };
    format!("{number}_{ty}").parse().ok()
}
