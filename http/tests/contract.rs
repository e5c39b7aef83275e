//! This repository's own contract, read as a whole.

use std::fs;
use std::path::Path;

use httpfile::{Profile, Source, Sources, Tag, parse, syntax::Leading};

fn contract() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../__http__");
    let entries = fs::read_dir(folder).expect("the contract folder").map(|entry| entry.expect("an entry").path());
    Sources::new(entries.filter(|path| path.extension().is_some_and(|extension| extension == "http")).map(|path| {
        Source::new(path.file_name().expect("a name").to_string_lossy(), fs::read_to_string(&path).expect("a text"))
    }))
}

#[test]
fn every_annotation_of_the_contract_has_a_meaning() {
    for (id, source) in contract().iter() {
        let parsed = parse(source, id, Profile::Contract);
        assert_eq!(parsed.diagnostics, [], "{}", source.path());
        for item in parsed.file.blocks.iter().flat_map(|block| &block.leading) {
            let Leading::Annotation(annotation) = item else { continue };
            let understood = !matches!(annotation.tag, Tag::Unknown | Tag::Invalid | Tag::Foreign);
            assert!(understood, "{} {annotation:?}", source.path());
        }
    }
}

#[test]
fn every_json_comment_of_the_contract_is_json() {
    for (id, source) in contract().iter() {
        for item in parse(source, id, Profile::Contract).file.blocks.iter().flat_map(|block| &block.leading) {
            let Leading::Json(json) = item else { continue };
            serde_json::from_str::<serde_json::Value>(&json.text).expect(&json.text);
        }
    }
}
