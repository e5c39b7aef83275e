//! What the proof document holds, before it has a form.

/// What the document says of itself; `code` stands between backticks.
pub const INTRODUCTION: [&str; 4] = [
    "What the service answered when `cargo xtask prove` sent it the requests of the contract, by criterion. Every answer shown here was also",
    "held against the contract: its status, headers, media type, schema and assertions. Identifiers, times and tokens that differ from run to run",
    "are replaced by `<id 1>`, `<time>` and `<token>`, so that the same behaviour gives the same document; `cargo xtask prove` fails when it",
    "does not.",
];

/// One criterion with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// The evidence, in order.
    pub blocks: Vec<Block>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A request and its answer.
    Exchange(Exchange),
    /// A text that was printed or written by a program.
    Code {
        /// What it is; `code` stands between backticks.
        title: String,
        /// The language that it is coloured as.
        language: String,
        /// The text, with a line break at its end.
        text: String,
    },
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Test id and title.
    pub heading: String,
    /// The name of the request in the contract.
    pub name: Option<String>,
    /// The request.
    pub sent: String,
    /// The answer, or why there is none.
    pub came: String,
    /// What was asserted of it, and true.
    pub asserted: Vec<String>,
}

impl Block {
    /// A text with a title.
    pub fn code(title: impl Into<String>, language: &str, text: String) -> Self {
        Self::Code { title: title.into(), language: language.to_owned(), text }
    }
}
