//! How fast request files are read: megabytes a second on one core, next to `http-rest-file`, and how the cost grows
//! with the size of a file. Run by `cargo bench --package httpfile`; it prints, and fails only when a run is wrong.

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cpu_time::ThreadTime;
use httpfile::{Profile, Source, Sources, parse};

/// Measured runs of each parser over one input; they take turns, so that a busy machine slows both alike.
const ROUNDS: usize = 9;

struct Input {
    name: &'static str,
    texts: Vec<String>,
}

fn main() {
    let inputs = [
        Some(Input { name: "contract", texts: folder(&root().join("../__http__")) }),
        Some(Input { name: "generated", texts: (0..100).map(generated).collect() }),
        corpus(),
    ];
    println!("{:10} {:>9} {:>9} {:>12} {:>16} {:>7}", "input", "files", "kB", "httpfile", "http-rest-file", "ratio");
    for input in inputs.iter().flatten() {
        compare(input);
    }
    growth(&generated(0));
    worst();
}

fn compare(input: &Input) {
    let bytes: usize = input.texts.iter().map(String::len).sum();
    // Short inputs are read several times in a round, so that one round takes milliseconds.
    let repeat = (500_000 / bytes.max(1)).max(1);
    let sources: Vec<_> = input.texts.iter().map(|text| Sources::new([Source::new("a.http", text.as_str())])).collect();
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(time(|| (0..repeat).for_each(|_| sources.iter().for_each(read))));
        theirs.push(time(|| {
            for text in &input.texts {
                black_box(http_rest_file::Parser::parse(black_box(text), false));
            }
        }));
    }
    let speed = |times: Vec<Duration>, repeat: usize| (bytes * repeat) as f64 / 1e6 / median(times).as_secs_f64();
    let (ours, theirs) = (speed(ours, repeat), speed(theirs, 1));
    let (files, kilobytes) = (input.texts.len(), bytes / 1000);
    println!(
        "{:10} {files:>9} {kilobytes:>9} {ours:>7.1} MB/s {theirs:>11.2} MB/s {:>6.0}x",
        input.name,
        ours / theirs
    );
}

/// The cost of 2, 4 and 8 copies of a text in one file, as a multiple of the cost of one.
fn growth(text: &str) {
    let files: Vec<_> = [1, 2, 4, 8].map(|n| Sources::new([Source::new("a.http", text.repeat(n * 8))])).into();
    let mut times = vec![Vec::new(); files.len()];
    for _ in 0..ROUNDS {
        for (file, times) in files.iter().zip(&mut times) {
            times.push(time(|| (0..16).for_each(|_| read(file))));
        }
    }
    let medians: Vec<_> = times.into_iter().map(|times| median(times).as_secs_f64()).collect();
    let mut line = String::from("copies in one file:");
    for (n, time) in [1, 2, 4, 8].into_iter().zip(&medians) {
        write!(line, "  {n} cost {:.2}", time / medians[0]).expect("a string takes everything");
    }
    println!("{line}  (at most {:.1} for 8)", 2.5f64.powi(3));
}

/// Pieces that a careless parser would read again and again when they stand in a row.
const HOSTILE: [&str; 30] = [
    " ",
    "a",
    "\n",
    "#",
    "###\n",
    "### A\n",
    "# a\n",
    "@a = b\n",
    "GET /a\n",
    "GET /a\n\n",
    "GET ",
    "\n\n# a\nGET /a\n",
    "{{",
    "{{a\n",
    "{{\n",
    "{{a.response.body}}",
    "> {%\n",
    ">> a\n",
    "?a&b\n",
    "# @a\n",
    "# @paths a\n",
    "# @response 200 A\n# {\n",
    "# @field a: string\n",
    "# {}\n",
    "{}",
    "[",
    "map<",
    " - ",
    "(/",
    "a: b\n",
];

/// Openings that make a row of pieces mean something else.
const OPENINGS: [&str; 8] = [
    "",
    "GET /a\n",
    "POST /a\n\n",
    "# @response 200 A\n# ",
    "# @response 200 A\n# @field a: ",
    "# @field a: string = ",
    "{{\n",
    "@a = ",
];

/// The text of one MiB that takes longest to hold against the rules of a contract.
fn worst() {
    let mut slowest = (Duration::ZERO, String::new());
    for opening in OPENINGS {
        for piece in HOSTILE {
            let text = format!("{opening}{}", piece.repeat((1 << 20) / piece.len()));
            let sources = Sources::new([Source::new("a.http", text)]);
            let (id, source) = sources.iter().next().expect("one source");
            let taken = time(|| drop(black_box(parse(source, id, Profile::Contract))));
            slowest = slowest.max((taken, format!("{opening:?} and a row of {piece:?}")));
        }
    }
    println!("slowest hostile MiB: {:.0} ms, {} (at most 1000)", slowest.0.as_secs_f64() * 1e3, slowest.1);
}

fn read(sources: &Sources) {
    for (id, source) in sources.iter() {
        black_box(parse(black_box(source), id, Profile::Lenient));
    }
}

/// The processor time of this thread: what else the machine does is not counted.
fn time(run: impl FnOnce()) -> Duration {
    let start = ThreadTime::now();
    run();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The request files of a folder and the folders in it, in order; files that are not UTF-8 are left out.
fn folder(path: &Path) -> Vec<String> {
    let mut paths: Vec<_> =
        std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let is_request_file = |path: &PathBuf| path.extension().is_some_and(|e| e == "http" || e == "rest");
    let texts = |path: PathBuf| match path.is_dir() {
        true => folder(&path),
        false if is_request_file(&path) => std::fs::read_to_string(path).into_iter().collect(),
        false => Vec::new(),
    };
    paths.into_iter().flat_map(texts).collect()
}

/// Request files of others, where they are at hand; they are no part of this repository.
fn corpus() -> Option<Input> {
    let path = root().join("../../shared/corpus/files");
    if path.is_dir() {
        return Some(Input { name: "corpus", texts: folder(&path) });
    }
    println!("corpus: skipped, {} is not there", path.display());
    None
}

/// Ten requests as people write them, with annotations, headers and bodies.
fn generated(file: usize) -> String {
    let mut text = String::from("@baseUrl = http://localhost:3000\n@token = secret\n\n");
    for n in 0..10 {
        let name = format!("{file}x{n}");
        write!(
            text,
            r#"### OP-{file:03}-{n:02}: Create item {name}
# @name create{name}
# @tag Items
#
# Creates one item and answers with its identifier and the time at which it was created.
#
# @body Item{name}
# @field items: Entry[](1..100) - What it holds
# @field items[].size?: int64(1..1000000) = 10 - Size in bytes
# @response 201 Created{name} - Created
# {{ "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f", "createdAt": "2026-01-25T21:30:00Z" }}
POST {{{{baseUrl}}}}/api/items/{n}?dryRun=false HTTP/1.1
Authorization: Bearer {{{{token}}}}
Content-Type: application/json
Accept: application/json

{{
  "name": "item {name}",
  "items": [
    {{ "key": "first", "size": 1024, "tags": ["a", "b", "c"], "note": "the quick brown fox jumps over the dog" }},
    {{ "key": "second", "size": 2048, "tags": [], "note": null }}
  ],
  "labels": {{ "environment": "production", "owner": "platform", "cost-centre": "{n}" }}
}}

"#
        )
        .expect("a string takes everything");
    }
    text
}
