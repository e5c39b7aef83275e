//! What progenitor's output says about its own names and types.
//!
//! The typed face is written against this output, not against guesses of how progenitor names things.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{Fields, File, GenericArgument, ImplItem, Item, ItemMod, PathArguments, Type, WherePredicate};

use super::model::unsupported;
use crate::emit::EmitError;

/// The types and builders of a generated client.
pub struct Client {
    pub types: BTreeMap<String, TypeShape>,
    /// In the order of the operations.
    pub builders: Vec<Builder>,
}

/// How a value of a type is written.
pub enum TypeShape {
    /// Made by its builder.
    Struct(Vec<Field>),
    /// Wraps one value; a checked one is made from text.
    Newtype { inner: Box<Type>, checked: bool },
    /// The variant for each value.
    Enum(BTreeMap<String, String>),
}

/// A field of a struct.
pub struct Field {
    pub json: String,
    pub ident: String,
    pub ty: Type,
}

/// The builder of one operation.
pub struct Builder {
    pub ident: String,
    pub setters: Vec<Setter>,
}

/// A method of a builder that takes a value.
pub struct Setter {
    pub ident: String,
    /// What the value is converted into.
    pub ty: Type,
    /// Whether the request can do without it.
    pub optional: bool,
}

impl Client {
    /// Reads progenitor's output.
    pub fn read(file: &File) -> Result<Self, EmitError> {
        let types = module(&file.items, "types").map(read_types).transpose()?.unwrap_or_default();
        let builders = module(&file.items, "builder").map(read_builders).unwrap_or_default();
        Ok(Self { types, builders })
    }

    /// Whether any text can be a value of the type.
    pub fn is_text(&self, ty: &Type) -> bool {
        match self.types.get(&last_name(ty)) {
            Some(TypeShape::Newtype { inner, .. }) => self.is_text(inner),
            Some(TypeShape::Struct(_) | TypeShape::Enum(_)) => false,
            None => last_name(ty) == "String",
        }
    }
}

fn module<'a>(items: &'a [Item], name: &str) -> Option<&'a [Item]> {
    items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == name => Some(items.as_slice()),
        _ => None,
    })
}

fn read_types(items: &[Item]) -> Result<BTreeMap<String, TypeShape>, EmitError> {
    let mut types = BTreeMap::new();
    for (name, shape) in items.iter().filter_map(read_type) {
        if types.insert(name.clone(), shape).is_some() {
            return Err(unsupported(&name, "two types of the Rust client have this name; rename a schema"));
        }
    }
    Ok(types)
}

fn read_type(item: &Item) -> Option<(String, TypeShape)> {
    match item {
        Item::Struct(item) => {
            let shape = match &item.fields {
                Fields::Unnamed(fields) => {
                    let field = fields.unnamed.first()?;
                    let checked = matches!(field.vis, syn::Visibility::Inherited);
                    TypeShape::Newtype { inner: Box::new(field.ty.clone()), checked }
                }
                fields => TypeShape::Struct(fields.iter().filter_map(read_field).collect()),
            };
            Some((item.ident.to_string(), shape))
        }
        Item::Enum(item) => {
            let variants = item.variants.iter().map(|variant| {
                let ident = variant.ident.to_string();
                (renamed(&variant.attrs).unwrap_or_else(|| ident.clone()), ident)
            });
            Some((item.ident.to_string(), TypeShape::Enum(variants.collect())))
        }
        _ => None,
    }
}

fn read_field(field: &syn::Field) -> Option<Field> {
    let ident = field.ident.as_ref()?.to_string();
    let json = renamed(&field.attrs).unwrap_or_else(|| ident.clone());
    Some(Field { json, ident, ty: field.ty.clone() })
}

/// The name in `#[serde(rename = "name")]`.
fn renamed(attributes: &[syn::Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Other arguments than `rename` are skipped; what cannot be read here is no rename.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let value: syn::Lit = value.parse()?;
                if let (true, syn::Lit::Str(text)) = (meta.path.is_ident("rename"), value) {
                    name = Some(text.value());
                }
            }
            Ok(())
        });
    }
    name
}

fn read_builders(items: &[Item]) -> Vec<Builder> {
    let mut builders = Vec::new();
    for item in items {
        let Item::Impl(implementation) = item else { continue };
        let Type::Path(path) = implementation.self_ty.as_ref() else { continue };
        let Some(segment) = path.path.segments.last() else { continue };
        let ident = segment.ident.to_string();
        let optional = optional_fields(items, &ident);
        let setters = implementation.items.iter().filter_map(|item| read_setter(item, &optional));
        builders.push(Builder { setters: setters.collect(), ident });
    }
    builders
}

/// The fields `Result<Option<…>, String>` of a builder.
fn optional_fields(items: &[Item], name: &str) -> Vec<String> {
    let fields = items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(&item.fields),
        _ => None,
    });
    let optional = |field: &&syn::Field| first_argument(&field.ty).is_some_and(|ty| last_name(ty) == "Option");
    fields.into_iter().flatten().filter(optional).filter_map(|field| Some(field.ident.as_ref()?.to_string())).collect()
}

/// A setter is a public method with one bound `V: TryInto<Type>` that is not another way to give the body.
fn read_setter(item: &ImplItem, optional: &[String]) -> Option<Setter> {
    let ImplItem::Fn(function) = item else { return None };
    let predicates = &function.sig.generics.where_clause.as_ref()?.predicates;
    let ty = predicates.iter().find_map(|predicate| match predicate {
        WherePredicate::Type(bound) => bound.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => {
                let segment = bound.path.segments.last().filter(|segment| segment.ident == "TryInto")?;
                argument_of(&segment.arguments)
            }
            _ => None,
        }),
        _ => None,
    })?;
    let ident = function.sig.ident.to_string();
    Some(Setter { optional: optional.contains(&ident), ty: ty.clone(), ident })
}

/// `T` of `Wrapper<T, …>`.
pub fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    argument_of(&path.path.segments.last()?.arguments)
}

fn argument_of(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The second type argument, such as the values of a map.
pub fn last_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The name of a type without its path and its arguments.
pub fn last_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        other => other.to_token_stream().to_string(),
    }
}
