//! What kind of line a line is, told from how it begins.

use crate::text::is_blank;
use crate::{Span, syntax::NotPortableKind};

/// The methods that open a request line, in any case.
pub(crate) const METHODS: [&str; 21] = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "CONNECT",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "MKCOL",
    "MKCALENDAR",
    "ACL",
    "SEARCH",
    "REPORT",
    "GRAPHQL",
];

pub(crate) fn is_method(word: &str) -> bool {
    METHODS.iter().any(|method| method.eq_ignore_ascii_case(word))
}

/// `^[ \t]*#{3,}`, any blank of the language counted as one.
pub(crate) fn is_separator(line: &str) -> bool {
    line.trim_start_matches(is_blank).starts_with("###")
}

pub(crate) fn is_blank_line(line: &str) -> bool {
    line.chars().all(is_blank)
}

/// Where the content of a comment line begins, after its marker; `None` for a line that is no comment.
pub(crate) fn comment(line: &str) -> Option<usize> {
    let content = line.trim_start_matches(is_blank);
    let rest = match content.as_bytes().first()? {
        b'#' => content.trim_start_matches('#'),
        b'/' if content.starts_with("//") => content.trim_start_matches('/'),
        _ => return None,
    };
    Some(line.len() - rest.len())
}

/// A line of a body that can only be a request line whose separator was forgotten.
pub(crate) fn is_request_line(line: &str) -> bool {
    let Some((word, rest)) = line.split_once([' ', '\t']) else { return false };
    is_method(word) && is_target(split_version(rest).0)
}

/// A text whose first word looks like the target of a request. Prose may mention a path (`GET /a answers …`); further
/// words follow only a whole URL or a query.
fn is_target(text: &str) -> bool {
    let text = text.trim_matches(is_blank);
    let word_len: usize =
        outside_braces(text).take_while(|(_, c)| !is_blank(*c)).last().map_or(0, |(at, c)| at + c.len_utf8());
    let word = &text[..word_len];
    let is_url = word.starts_with("{{") || word.contains("://");
    let is_path = word.starts_with('/') || word.starts_with("localhost");
    is_url || (is_path && (word.len() == text.len() || word.contains(['?', '&'])))
}

/// The characters that stand in no `{{ … }}`.
fn outside_braces(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut depth = 0usize;
    text.char_indices().filter(move |(_, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// Splits ` HTTP/1.1` off the end of a target.
pub(crate) fn split_version(target: &str) -> (&str, Option<&str>) {
    let target = target.trim_end_matches(is_blank);
    let Some((url, last)) = target.rsplit_once(is_blank) else { return (target, None) };
    if is_version(last) { (url.trim_end_matches(is_blank), Some(last)) } else { (target, None) }
}

/// `HTTP/1.1`
pub(crate) fn is_version(word: &str) -> bool {
    let number = word.get(..5).filter(|prefix| prefix.eq_ignore_ascii_case("HTTP/")).and_then(|_| word.get(5..));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// A construct of some tool that begins at a line: what it is, and the index one past its last line.
///
/// `scripts_end` is one past the last line that can close a `{{` script, so that many open ones cost no more than one.
pub(crate) fn not_portable(
    text: &str,
    lines: &[Span],
    at: usize,
    scripts_end: usize,
) -> Option<(NotPortableKind, usize)> {
    let line = |index: usize| &text[lines[index].start..lines[index].end];
    let first = line(at);
    let until = |found: &dyn Fn(&str) -> bool, from: usize| (from..lines.len()).find(|index| found(line(*index)));
    let kind = match first.trim_start_matches(is_blank).as_bytes().first()? {
        b'<' | b'>' | b'?' | b'H' => single_line(first),
        b'{' if opens_script(first) && at + 1 < scripts_end => {
            let close = until(&closes_script, at + 1).unwrap_or(lines.len() - 1);
            return Some((NotPortableKind::Script, close + 1));
        }
        _ => None,
    }?;
    let end = match kind {
        NotPortableKind::Handler => until(&|l| l.contains("%}"), at).map_or(lines.len(), |close| close + 1),
        NotPortableKind::InlineResponse => lines.len(),
        _ => at + 1,
    };
    Some((kind, end))
}

fn single_line(line: &str) -> Option<NotPortableKind> {
    let word_after = |marker: &str| {
        let rest = line.strip_prefix(marker)?;
        let word = rest.trim_matches(is_blank);
        (rest.starts_with(is_blank) && !word.is_empty() && !outside_braces(word).any(|(_, c)| is_blank(c)))
            .then_some(word)
    };
    let opens_handler = |marker: char| {
        line.strip_prefix(marker).is_some_and(|rest| rest.trim_start_matches(is_blank).starts_with("{%"))
    };
    if opens_handler('>') || opens_handler('<') {
        Some(NotPortableKind::Handler)
    } else if [">", "<"].iter().filter_map(|marker| word_after(marker)).any(is_script_file) {
        Some(NotPortableKind::HandlerFile)
    } else if word_after(">>").or_else(|| word_after(">>!")).is_some() {
        Some(NotPortableKind::Redirect)
    } else if word_after("<>").is_some() {
        Some(NotPortableKind::ResponseFile)
    } else if line.strip_prefix("??").is_some_and(|rest| rest.starts_with(is_blank) && !is_blank_line(rest)) {
        Some(NotPortableKind::Assertion)
    } else {
        is_status_line(line).then_some(NotPortableKind::InlineResponse)
    }
}

fn is_script_file(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| ["js", "mjs", "cjs", "ts", "lua"].contains(&extension))
}

/// `HTTP/1.1 200 …`
fn is_status_line(line: &str) -> bool {
    let Some((version, status)) = line.strip_prefix("HTTP/").and_then(|rest| rest.split_once(' ')) else {
        return false;
    };
    let status = status.trim_start_matches(is_blank).as_bytes();
    version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && status.len() >= 3
        && status[..3].iter().all(u8::is_ascii_digit)
        && status.get(3).is_none_or(|b| !b.is_ascii_alphanumeric())
}

fn opens_script(line: &str) -> bool {
    let Some(rest) = line.trim_matches(is_blank).strip_prefix("{{") else { return false };
    rest.trim_start_matches(['@', '+']).bytes().all(|b| b.is_ascii_alphanumeric())
}

pub(crate) fn closes_script(line: &str) -> bool {
    line.trim_matches(is_blank) == "}}"
}

/// `import file.http`, `run #name`: statements of one tool that stand where a request line could.
pub(crate) fn is_import(line: &str) -> bool {
    ["import ", "run "].iter().any(|word| line.strip_prefix(word).is_some_and(|rest| !is_blank_line(rest)))
}
