//! Request files of others, on which two foreign parsers agree. The folder is no part of this repository.

use std::path::{Path, PathBuf};

use httpfile::{Profile, syntax};
use serde::Deserialize;

mod support;

#[derive(Deserialize)]
struct AgreedFile {
    file: String,
    requests: Vec<Agreed>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Agreed {
    line: usize,
    method: String,
    url: String,
    headers: Vec<String>,
    body_len: usize,
}

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if folder.join("agreed.json").exists() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

fn requests(text: &str) -> Vec<Agreed> {
    let file = support::parse_text(text, Profile::Lenient).file;
    let index = httpfile::LineIndex::new(text);
    let agreed = |request: &syntax::Request| Agreed {
        line: index.position(request.span.start).line,
        method: request.method.value.clone(),
        url: request.url.value.clone(),
        headers: request.header_names().into_iter().map(str::to_owned).collect(),
        body_len: request.body.as_ref().map_or(0, syntax::Body::inline_len),
    };
    file.blocks.iter().filter_map(|block| block.request.as_ref()).map(agreed).collect()
}

#[test]
fn every_request_that_two_foreign_parsers_agree_on_is_read_alike() {
    let Some(folder) = corpus() else { return };
    let agreed = std::fs::read_to_string(folder.join("agreed.json")).expect("agreed.json");
    let files: Vec<AgreedFile> = serde_json::from_str(&agreed).expect("JSON");
    let mut different = Vec::new();
    for expected in &files {
        let text = std::fs::read_to_string(folder.join("files").join(&expected.file)).expect("a file of the corpus");
        let found = requests(&text);
        if found != expected.requests {
            different.push(format!("{}\n  expected {:?}\n  found    {found:?}", expected.file, expected.requests));
        }
    }
    let count: usize = files.iter().map(|file| file.requests.len()).sum();
    assert!(different.is_empty(), "{} of {} files differ:\n{}", different.len(), files.len(), different.join("\n"));
    println!("{count} requests of {} files agree", files.len());
}

#[test]
fn every_file_of_others_holds_what_every_text_holds() {
    let Some(folder) = corpus() else { return };
    let mut folders = vec![folder.join("files")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                support::properties::check(&text);
            }
        }
    }
}
