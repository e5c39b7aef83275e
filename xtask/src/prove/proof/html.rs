//! The proof document as a page for browsers: one file that needs no other, in light and in dark.

use super::document::{Block, Exchange, INTRODUCTION, Section};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub fn page(title: &str, sections: &[Section]) -> String {
    let title = escaped(title);
    let introduction = inline(&INTRODUCTION.join("\n"));
    let links: String = sections
        .iter()
        .enumerate()
        .map(|(at, section)| format!("<li><a href=\"#criterion-{}\">{}</a></li>\n", at + 1, inline(&section.title)))
        .collect();
    let sections: String = sections.iter().enumerate().map(|(at, section)| criterion(at + 1, section)).collect();
    format!(
        "<!doctype html>\n<!-- Written by `cargo xtask prove --write-proof`; do not edit. -->\n<html lang=\"en\">\n\
         <head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Proof: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<h1>Proof</h1>\n<p class=\"api\">{title}</p>\n<p>{introduction}</p>\n\
         <nav aria-label=\"Criteria\">\n<ol>\n{links}</ol>\n</nav>\n</header>\n<main>\n{sections}</main>\n</body>\n</html>\n"
    )
}

fn criterion(number: usize, section: &Section) -> String {
    let blocks: String = section.blocks.iter().map(block).collect();
    format!("<section id=\"criterion-{number}\">\n<h2>{}</h2>\n{blocks}</section>\n", inline(&section.title))
}

fn block(block: &Block) -> String {
    match block {
        Block::Exchange(exchange) => written(exchange),
        Block::Code { title, text, .. } => format!("<p>{}</p>\n{}", inline(title), code(text, "")),
    }
}

fn written(exchange: &Exchange) -> String {
    let Exchange { heading, name, sent, came, asserted } = exchange;
    let name = name.as_ref().map_or_else(String::new, |name| format!(" <code>{}</code>", escaped(name)));
    let status = came.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.lines().next()).unwrap_or("no answer");
    let kind = if status.starts_with('2') { "success" } else { "error" };
    let held: String = asserted.iter().map(|line| format!("<li><code>{}</code></li>\n", escaped(line))).collect();
    let held = match held.as_str() {
        "" => String::new(),
        held => format!("<p>Asserted, and true:</p>\n<ul class=\"held\">\n{held}</ul>\n"),
    };
    format!(
        "<article>\n<h3>{}{name} <span class=\"status {kind}\">{}</span></h3>\n<div class=\"exchange\">\n{}{}</div>\n{held}</article>\n",
        escaped(heading),
        escaped(status),
        code(sent, "Request"),
        code(came, "Answer"),
    )
}

/// A block of code. It can be scrolled, and must therefore be reachable by keyboard.
fn code(text: &str, label: &str) -> String {
    let label = if label.is_empty() { String::new() } else { format!(" aria-label=\"{label}\" role=\"region\"") };
    format!("<pre tabindex=\"0\"{label}><code>{}</code></pre>\n", escaped(text))
}

/// A line of prose, in which code stands between backticks.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
