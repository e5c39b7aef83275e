//! One terminal for everything that runs: each line says whose it is.

use std::io::{BufRead, BufReader, Read, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use super::part::Part;

/// As wide as the longest name.
const WIDTH: usize = 8;

/// Prints one line, after the name of the part that it is about.
pub fn say(part: Part, text: &str) {
    line(part, text.as_bytes());
}

/// Prints what a part has to say that a person must not miss.
pub fn warn(part: Part, text: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    say(part, &format!("{style}{text}{style:#}"));
}

/// Prints a stream line by line until it ends.
pub fn copy(part: Part, stream: impl Read) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    // A stream that can no longer be read has ended.
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
        line(part, bytes.trim_ascii_end());
        bytes.clear();
    }
}

/// Prints lines that belong to nobody.
pub fn banner(text: &str) {
    // Whoever closed the terminal does not want to read on.
    drop(writeln!(anstream::stdout().lock(), "{text}"));
}

/// Whether lines are shown in colours.
pub fn is_coloured() -> bool {
    AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

fn line(part: Part, text: &[u8]) {
    let style = Style::new().fg_color(Some(part.color().into()));
    let text = String::from_utf8_lossy(text);
    // One call for each line, so that lines of several parts do not mix.
    let whole = format!("{style}{:>WIDTH$} │{style:#} {text}\n", part.name());
    drop(anstream::stdout().lock().write_all(whole.as_bytes()));
}
