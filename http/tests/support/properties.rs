//! What holds for any text.

use httpfile::render::{self, Colors};
use httpfile::{Profile, parse, print, syntax::File};

use super::{parse_text, sources, spans};

fn tree(text: &str) -> File {
    parse_text(text, Profile::Contract).file
}

/// Checks everything that holds for any text.
pub fn check(text: &str) {
    let mut parsed = parse_text(text, Profile::Contract);
    let covered: String = parsed.file.blocks.iter().map(|block| &text[block.span.start..block.span.end]).collect();
    assert_eq!(covered, text, "blocks cover the file");
    let inside = |start: usize, end: usize| start <= end && text.is_char_boundary(start) && text.is_char_boundary(end);
    spans::each(&mut parsed.file, &mut |span| assert!(inside(span.start, span.end), "{span} in {text:?}"));
    for diagnostic in &parsed.diagnostics {
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
            let span = label.location.span;
            assert!(inside(span.start, span.end), "{span} of {} in {text:?}", diagnostic.code.0);
        }
    }
    let file = spans::without(parsed.file.clone());
    let printed = print(&parsed.file);
    let again = tree(&printed);
    assert_eq!(print(&again), printed, "printing twice, from {text:?}");
    assert_eq!(spans::without(again), file, "print, then parse, from {text:?}");
    let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
    assert_eq!(spans::without(tree(&crlf)), spans::without(tree(&text.replace("\r\n", "\n"))), "CRLF, from {text:?}");
    if !text.starts_with('\u{feff}') {
        assert_eq!(spans::without(tree(&format!("\u{feff}{text}"))), file, "a byte-order mark, from {text:?}");
    }
}

/// Checks that what is wrong with a text can be shown, in each form and once a mistake.
pub fn check_reports(text: &str) {
    let (sources, id) = sources("a.http", text);
    let diagnostics = parse(sources.get(id), id, Profile::Contract).diagnostics;
    let human = render::human(&diagnostics, &sources, Colors::Off);
    assert_eq!(human.matches("--> a.http:").count(), diagnostics.len(), "from {text:?}");
    for report in [render::short(&diagnostics, &sources), render::json(&diagnostics, &sources)] {
        assert_eq!(report.lines().count(), diagnostics.len(), "from {text:?}");
    }
}
