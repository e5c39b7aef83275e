//! Doc comments from the contract's prose.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

/// Prose as it can stand in a doc comment: a code block says that it is text, or rustdoc would compile it; an indented
/// line is no code block.
pub fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.trim().lines().map(|line| {
        let line = line.trim_end();
        let start = line.trim_start();
        if !start.starts_with("```") && !start.starts_with("~~~") {
            return if fenced { line.to_owned() } else { without_code_indent(line) };
        }
        fenced = !fenced;
        if fenced { "```text".to_owned() } else { "```".to_owned() }
    });
    let mut lines: Vec<String> = lines.collect();
    if fenced {
        lines.push("```".to_owned());
    }
    lines.join("\n")
}

fn without_code_indent(line: &str) -> String {
    let start = line.trim_start();
    let indent = line.len() - start.len();
    format!("{}{start}", " ".repeat(indent.min(3)))
}

/// One `#[doc]` attribute a line, which prettyplease prints as `///` lines.
pub fn attributes(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// The same tokens with every doc attribute split by [`attributes`], and without what the document and the typed face say
/// better: the JSON schema that typify puts into a comment, and progenitor's example, which cannot be compiled.
pub fn by_line(tokens: TokenStream) -> TokenStream {
    let mut lined = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let doc = match (&token, tokens.peek()) {
            (TokenTree::Punct(punct), Some(TokenTree::Group(group))) if punct.as_char() == '#' => doc_text(group),
            _ => None,
        };
        match (doc, token) {
            (Some(text), _) => {
                tokens.next();
                lined.extend(attributes(prose_of(&text).trim()));
            }
            (None, TokenTree::Group(group)) => {
                lined.extend([TokenTree::Group(Group::new(group.delimiter(), by_line(group.stream())))]);
            }
            (None, other) => lined.extend([other]),
        }
    }
    lined
}

/// The text of `[doc = "text"]`.
fn doc_text(group: &Group) -> Option<String> {
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let attribute: syn::MetaNameValue = syn::parse2(group.stream()).ok()?;
    match attribute.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if attribute.path.is_ident("doc") => {
            Some(text.value())
        }
        _ => None,
    }
}

fn prose_of(text: &str) -> &str {
    let text = text.split_once("<details><summary>JSON schema</summary>").map_or(text, |(prose, _)| prose);
    text.split_once("```ignore").map_or(text, |(prose, _)| prose)
}
