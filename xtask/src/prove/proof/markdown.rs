//! The proof document as Markdown.

use super::document::{Block, Exchange, INTRODUCTION, Section};

/// The whole document.
pub fn page(sections: &[Section]) -> String {
    let introduction = INTRODUCTION.join("\n");
    let mut text =
        format!("<!-- Written by `cargo xtask prove --write-proof`; do not edit. -->\n\n# Proof\n\n{introduction}\n");
    for section in sections {
        text += &format!("\n## {}\n", section.title);
        for block in &section.blocks {
            text += &match block {
                Block::Exchange(exchange) => written(exchange),
                Block::Code { title, language, text } => format!("\n{title}\n\n{}", fenced(language, text)),
            };
        }
    }
    text
}

fn written(exchange: &Exchange) -> String {
    let Exchange { heading, name, sent, came, asserted } = exchange;
    let name = name.as_ref().map_or_else(String::new, |name| format!("`{name}`\n\n"));
    let mut text = format!("\n### {heading}\n\n{name}{}\n{}", fenced("http", sent), fenced("http", came));
    if !asserted.is_empty() {
        let lines: String = asserted.iter().map(|line| format!("- `{line}`\n")).collect();
        text += &format!("\nAsserted, and true:\n\n{lines}");
    }
    text
}

/// A block of code, between fences that its text does not have.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{text}{fence}\n")
}
