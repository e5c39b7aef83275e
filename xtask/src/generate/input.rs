//! The texts of a contract folder.

use std::path::{Path, PathBuf};

use httpfile::codes::FILE_TOO_LARGE;
use httpfile::{Code, Diagnostic, FileId, Location, MAX_FILE_BYTES, Source, Sources, Span};
use walkdir::WalkDir;

use super::environment;
use crate::failure::{Failure, Problem};
use crate::workspace::shown;

/// A file that is no text.
pub const NOT_UTF8: Code = Code("not-utf8");

/// What a folder holds. The sources may be worked with only when there are no diagnostics.
#[derive(Debug)]
pub struct Loaded {
    /// Request files, and the JSON files they mention.
    pub sources: Sources,
    /// Files that cannot be read as text.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file that has been read, before it has a number.
struct Text {
    source: Source,
    flaw: Option<Flaw>,
}

enum Flaw {
    NotUtf8 { at: usize },
    TooLarge { bytes: u64 },
}

/// Reads every request file below `folder`, and the JSON files that one of them mentions by name.
pub fn load(folder: &Path, from: &Path) -> Result<Loaded, Failure> {
    let (requests, others) = files_below(folder, from)?;
    if requests.is_empty() {
        return Err(no_request_file(folder, from));
    }
    let mut texts = requests.iter().map(|path| read(path, from)).collect::<Result<Vec<_>, _>>()?;
    let mentioned: Vec<_> = others.iter().filter(|path| is_mentioned(path, &texts)).collect();
    for path in mentioned {
        texts.push(read(path, from)?);
    }
    Ok(number(texts))
}

/// Reads the files and the request files below the folders that `paths` names, without anything they mention.
pub fn load_requests(paths: &[PathBuf], from: &Path) -> Result<Loaded, Failure> {
    let mut texts = Vec::new();
    for path in paths {
        if from.join(path).is_file() {
            texts.push(read(path, from)?);
            continue;
        }
        let (requests, _) = files_below(path, from)?;
        if requests.is_empty() {
            return Err(no_request_file(path, from));
        }
        for request in &requests {
            texts.push(read(request, from)?);
        }
    }
    texts.sort_by(|a, b| a.source.path().cmp(b.source.path()));
    texts.dedup_by(|a, b| a.source.path() == b.source.path());
    Ok(number(texts))
}

/// Request files and JSON files below a folder. Hidden folders and `node_modules` hold nothing of a contract.
fn files_below(folder: &Path, from: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let root = from.join(folder);
    if !root.is_dir() {
        return Err(missing_folder(folder, from));
    }
    let (mut requests, mut others) = (Vec::new(), Vec::new());
    let walk = WalkDir::new(&root).follow_links(true).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|e| e.depth() == 0 || !is_ignored(&e.file_name().to_string_lossy())) {
        let entry = entry.map_err(|error| unreadable(&error, from))?;
        if !entry.file_type().is_file() {
            continue;
        }
        match entry.path().extension().and_then(|e| e.to_str()) {
            Some("http" | "rest") => requests.push(entry.into_path()),
            Some("json") if !environment::is_environment_file(entry.path()) => others.push(entry.into_path()),
            _ => {}
        }
    }
    Ok((requests, others))
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules"
}

/// A folder may hold JSON of any size that has nothing to do with the contract, so only what is named is read.
fn is_mentioned(path: &Path, texts: &[Text]) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    texts.iter().any(|text| text.source.text().contains(name))
}

fn read(path: &Path, from: &Path) -> Result<Text, Failure> {
    let path = from.join(path);
    let shown = shown(&path, from);
    let io = |error| Failure::io("read", Path::new(&shown), &error);
    let bytes = std::fs::metadata(&path).map_err(io)?.len();
    if bytes > MAX_FILE_BYTES as u64 {
        return Ok(Text { source: Source::new(&shown, ""), flaw: Some(Flaw::TooLarge { bytes }) });
    }
    Ok(match String::from_utf8(std::fs::read(&path).map_err(io)?) {
        Ok(text) => Text { source: Source::new(&shown, text), flaw: None },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            Text { source: Source::new(&shown, text), flaw: Some(Flaw::NotUtf8 { at }) }
        }
    })
}

fn number(texts: Vec<Text>) -> Loaded {
    let flaws: Vec<_> =
        texts.iter().filter_map(|t| t.flaw.as_ref().map(|flaw| (t.source.path().to_owned(), flaw_of(flaw)))).collect();
    let sources = Sources::new(texts.into_iter().map(|text| text.source));
    let diagnostics = flaws
        .into_iter()
        .filter_map(|(path, diagnostic)| sources.find(&path).map(|(file, _)| diagnostic(file)))
        .collect();
    Loaded { sources, diagnostics }
}

fn flaw_of(flaw: &Flaw) -> Box<dyn FnOnce(FileId) -> Diagnostic> {
    match *flaw {
        Flaw::NotUtf8 { at } => Box::new(move |file| {
            let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            Diagnostic::error(NOT_UTF8, Location { file, span }, "the file is not UTF-8 text")
                .label(format!("byte {at} begins no character"))
                .help("save the file as UTF-8")
        }),
        Flaw::TooLarge { bytes } => Box::new(move |file| {
            let message = format!("the file has {bytes} bytes, and at most {MAX_FILE_BYTES} are read");
            Diagnostic::error(FILE_TOO_LARGE, Location { file, span: Span::new(0, 0) }, message)
                .help("split it into several files; large bodies belong in files of their own, `< ./body.json`")
        }),
    }
}

fn missing_folder(folder: &Path, from: &Path) -> Failure {
    let shown = shown(folder, from);
    let means_file = folder.extension().is_some_and(|extension| extension == "http" || extension == "rest");
    let message = match (from.join(folder).exists(), means_file) {
        (true, _) => format!("{shown} is not a folder"),
        (false, true) => format!("there is no file {shown}"),
        (false, false) => format!("there is no folder {shown}"),
    };
    Failure::contract(Problem::new("no-contract", message).help("give the folder that holds your .http files"))
}

fn no_request_file(folder: &Path, from: &Path) -> Failure {
    let message = format!("{} holds no .http or .rest file", shown(folder, from));
    Failure::contract(
        Problem::new("no-contract", message).help("write a request file there, or give the folder that holds yours"),
    )
}

fn unreadable(error: &walkdir::Error, from: &Path) -> Failure {
    let place = error.path().map_or_else(String::new, |path| format!(" {}", shown(path, from)));
    Failure::environment(
        Problem::new("io", format!("cannot read{place}: {error}")).help("make it readable, or move it elsewhere"),
    )
}
