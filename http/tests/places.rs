//! Places: lines and columns, texts that stand in several lines, variables, and the reports that show them.

use expect_test::expect;
use httpfile::render::{self, Colors};
use httpfile::syntax::{Leading, Request};
use httpfile::{
    Code, Diagnostic, LineIndex, Location, MAX_FILE_BYTES, Profile, Source, Sources, Span, codes, parse, references,
};

mod support;

fn first_request(text: &str) -> Request {
    let file = support::parse_text(text, Profile::Lenient).file;
    file.blocks.into_iter().find_map(|block| block.request).expect("a request")
}

#[test]
fn columns_count_characters_and_leave_out_a_byte_order_mark() {
    let text = "\u{feff}aé𝄞b\r\nc\n";
    let index = LineIndex::new(text);
    let place = |needle: &str| {
        let position = index.position(text.find(needle).expect("a part of the text"));
        (position.line, position.column)
    };
    assert_eq!([place("a"), place("b"), place("c")], [(1, 1), (1, 4), (2, 1)]);
    assert_eq!(index.position(usize::MAX).line, 3);
    assert_eq!([index.line(1), index.line(2), index.line(3), index.line(9)], ["aé𝄞b", "c", "", ""]);
}

#[test]
fn a_range_of_a_body_is_found_in_the_file() {
    let text = "POST http://localhost/\r\n\r\n{\r\n# no part of the body\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n";
    let body = first_request(text).body.expect("a body");
    let at = body.text.find("\"b\": 2").expect("in the body");
    let span = body.locate(at..at + 6);
    assert_eq!(&text[span.start..span.end], "\"b\": 2");
    let whole = body.locate(0..body.text.len());
    assert_eq!(whole, body.span);
}

#[test]
fn a_range_of_json_in_comments_is_found_in_the_file() {
    let text = "# @response 200 A\n# { \"a\": 1,\n//     \"b\": [2] }\nGET http://localhost/\n";
    let file = support::parse_text(text, Profile::Lenient).file;
    let json = file.blocks[0].leading.iter().find_map(|item| match item {
        Leading::Json(json) => Some(json),
        _ => None,
    });
    let json = json.expect("a JSON comment");
    let at = json.text.find("[2]").expect("in the document");
    let span = json.locate(at..at + 3);
    assert_eq!(&text[span.start..span.end], "[2]");
}

#[test]
fn references_are_found_without_braces_and_blanks() {
    let text = "{{a}} {{ b }} {{{c}}} {{}} {{d\n}} {{$uuid}} {{x.response.body.$.id}} {{e";
    let found: Vec<_> = references(text).map(|reference| (reference.name, reference.span)).collect();
    let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["a", "b", "c", "$uuid", "x.response.body.$.id"]);
    assert!(found.iter().all(|(name, span)| text[span.start..span.end].contains(name)));
    assert_eq!(references(text).filter(httpfile::Reference::is_chained).count(), 1);
    assert_eq!(references(text).filter(httpfile::Reference::is_dynamic).count(), 1);
}

#[test]
fn a_file_over_the_limit_is_one_clear_error_and_one_at_the_limit_is_read() {
    let parse_bytes = |bytes: usize| support::parse_text(&"#".repeat(bytes), Profile::Lenient);
    assert_eq!(parse_bytes(MAX_FILE_BYTES).diagnostics, []);
    let refused = parse_bytes(MAX_FILE_BYTES + 1);
    assert!(refused.file.blocks.is_empty());
    let codes: Vec<Code> = refused.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [codes::FILE_TOO_LARGE]);
}

#[test]
fn the_lenient_profile_reports_only_what_a_reader_may_stumble_over() {
    let text = "# @loop for 3\n# @field broken\nget {{a.response.body.$.b}}\n#x\nA: b\n\n> ./a.js\nGET /b\n";
    let diagnostics = support::parse_text(text, Profile::Lenient).diagnostics;
    let codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [codes::METHOD_CASE]);
}

#[test]
fn every_code_is_listed_once_with_a_meaning() {
    let mut names: Vec<_> = codes::ALL.iter().map(|(code, _)| code.0).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes::ALL.len());
    assert!(codes::ALL.iter().all(|(_, meaning)| !meaning.is_empty()));
}

/// Two files and a mistake with a place in each.
fn two_places() -> (Sources, Vec<Diagnostic>) {
    let sources = Sources::new([Source::new("a.http", "GET /a\nX: é\n"), Source::new("b.http", "\nGET /b\n")]);
    let ids: Vec<_> = sources.iter().map(|(id, _)| id).collect();
    let place = |file: usize, start, end| Location { file: ids[file], span: Span::new(start, end) };
    let diagnostic = Diagnostic::error(Code("some-code"), place(1, 5, 7), "two places differ")
        .label("here")
        .also(place(0, 10, 12), "and \"here\"")
        .help("make them equal");
    (sources, vec![diagnostic])
}

#[test]
fn a_report_for_people_shows_each_file_with_its_line() {
    let (sources, diagnostics) = two_places();
    expect![[r#"
        error[some-code]: two places differ
         --> b.http:2:5
          |
        2 | GET /b
          |     ^^ here
          |
         ::: a.http:2:4
          |
        2 | X: é
          |    - and "here"
          |
          = help: make them equal

    "#]]
    .assert_eq(&render::human(&diagnostics, &sources, Colors::Off));
}

#[test]
fn a_short_report_has_one_line_a_mistake() {
    let (sources, diagnostics) = two_places();
    expect![[r#"
        b.http:2:5: error[some-code]: two places differ
    "#]]
    .assert_eq(&render::short(&diagnostics, &sources));
}

#[test]
fn no_report_for_a_terminal_passes_control_characters_on() {
    let (sources, id) = support::sources("a.http", "### A\n# @\u{1b}x\n# @a\u{1b}[31m\u{7}\nGET /a\n");
    let diagnostics = parse(sources.get(id), id, Profile::Contract).diagnostics;
    assert!(!diagnostics.is_empty());
    for report in [render::short(&diagnostics, &sources), render::human(&diagnostics, &sources, Colors::Off)] {
        assert!(report.chars().all(|c| c == '\n' || !c.is_control()), "{report:?}");
    }
}

#[test]
fn a_json_report_has_one_object_a_mistake() {
    let (sources, diagnostics) = two_places();
    expect![[r#"
        {"code":"some-code","severity":"error","message":"two places differ","help":"make them equal","file":"b.http","byte_start":5,"byte_end":7,"line_start":2,"column_start":5,"line_end":2,"column_end":7,"label":"here","labels":[{"file":"a.http","byte_start":10,"byte_end":12,"line_start":2,"column_start":4,"line_end":2,"column_end":5,"label":"and \"here\""}]}
    "#]].assert_eq(&render::json(&diagnostics, &sources));
}

#[test]
fn trees_do_not_depend_on_the_order_of_files() {
    let texts = [("b.http", "GET /b\n"), ("a.http", "get /a\n"), ("c.http", "### c\n")];
    let read = |order: [usize; 3]| {
        let sources = Sources::new(order.map(|index| Source::new(texts[index].0, texts[index].1)));
        let parsed = sources.iter().map(|(id, source)| parse(source, id, Profile::Contract));
        parsed.map(|parsed| (parsed.file, parsed.diagnostics)).collect::<Vec<_>>()
    };
    assert_eq!(read([0, 1, 2]), read([2, 1, 0]));
}
