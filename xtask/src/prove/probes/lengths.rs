//! Texts of a given length that keep the pattern and the format that they must have besides.

use openapi::{Contract, Kind, Schema};
use regex::Regex;
use regex_syntax::hir::{Hir, HirKind, Look};
use serde_json::json;

/// How many characters are looked at in search of a text, so that long ones take no minutes.
const EFFORT: usize = 4_000_000;

/// What is said of a text beside its length, and texts that keep it.
pub struct Texts<'c> {
    contract: &'c Contract,
    /// The format alone, where there is one.
    format: Option<Schema>,
    pattern: Option<Pattern>,
    valid: String,
}

struct Pattern {
    regex: Regex,
    syntax: Hir,
    /// Texts that it matches, from short to long.
    matching: Vec<String>,
}

impl Texts<'_> {
    /// The texts of a schema; `valid` is one of them, or the nearest that is known.
    pub fn of<'c>(contract: &'c Contract, schema: &Schema, valid: &str) -> Texts<'c> {
        let Kind::String { format, pattern, .. } = &schema.kind else {
            return Texts { contract, format: None, pattern: None, valid: valid.to_owned() };
        };
        let format = format.map(|format| {
            let kind = Kind::String { format: Some(format), min_length: None, max_length: None, pattern: None };
            Schema { kind, ..schema.clone() }
        });
        let pattern = pattern.as_deref().and_then(Pattern::of);
        Texts { contract, format, pattern, valid: valid.to_owned() }
    }

    /// Whether a text keeps all that is not about its length.
    fn keeps(&self, text: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.regex.is_match(text))
            && self.format.as_ref().is_none_or(|format| self.contract.mismatches(format, &json!(text)).is_empty())
    }

    /// A text of this length, if one comes to mind.
    pub fn of_length(&self, length: usize) -> Option<String> {
        let cut = of_length(&self.valid, length);
        if self.keeps(&cut) {
            return Some(cut);
        }
        let plausible = self.format.iter().filter_map(|format| crate::mock::possible(self.contract, format, "text"));
        let plausible = plausible.filter_map(|value| value.as_str().map(str::to_owned));
        let matching = self.pattern.iter().flat_map(|pattern| pattern.matching.iter().cloned());
        let seeds = std::iter::once(self.valid.clone()).chain(plausible).chain(matching);
        seeds.filter(|seed| self.keeps(seed)).find_map(|seed| self.resized(&seed, length))
    }

    /// A text of this length with characters beyond ASCII, where those are allowed.
    pub fn beyond_ascii(&self, length: usize) -> Option<String> {
        let valid: Vec<char> = self.valid.chars().collect();
        let more = length.saturating_sub(valid.len());
        let with = |at: usize| {
            let (before, after) = valid.split_at(at);
            before.iter().copied().chain(std::iter::repeat_n('é', more)).chain(after.iter().copied()).collect()
        };
        // No format has letters of other languages at any place.
        let places = if self.format.is_none() && more > 0 { 0..valid.len() + 1 } else { 0..0 };
        let filled = places.map(with);
        std::iter::once("é".repeat(length)).chain(filled).take(tries(length)).find(|text| self.keeps(text))
    }

    /// Whether the pattern leaves room for a text of this length. No text breaks a bound alone that the pattern sets too.
    pub fn may_have(&self, length: usize) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| {
            let (fewest, most) = characters(&pattern.syntax);
            let properties = pattern.syntax.properties();
            let is_whole =
                properties.look_set_prefix().contains(Look::Start) && properties.look_set_suffix().contains(Look::End);
            length >= fewest && (!is_whole || most.is_none_or(|most| length <= most))
        })
    }

    /// The text with characters taken out or repeated wherever it can do without them or have them again: as many at once
    /// as possible.
    fn resized(&self, text: &str, length: usize) -> Option<String> {
        let mut now: Vec<char> = text.chars().collect();
        // `http:` is a URI by its letters, and none that anyone would take.
        if self.format.is_some() && length < now.len() {
            return None;
        }
        let mut tries = tries(length.max(now.len()));
        let mut step = now.len().abs_diff(length);
        while step > 0 {
            let changed = (0..now.len()).filter_map(|at| changed(&now, at, step, now.len() < length));
            let next = changed.take(tries).inspect(|_| tries -= 1).find(|text| self.keeps(text));
            match next {
                Some(next) => {
                    now = next.chars().collect();
                    step = step.min(now.len().abs_diff(length));
                }
                None => step /= 2,
            }
        }
        (now.len() == length).then(|| now.into_iter().collect())
    }
}

impl Pattern {
    fn of(pattern: &str) -> Option<Self> {
        let translated = openapi::pattern::translate(pattern).ok()?;
        let syntax = regex_syntax::parse(&translated).ok()?;
        Some(Self { regex: Regex::new(&translated).ok()?, syntax, matching: crate::mock::matching(pattern) })
    }
}

/// How many texts of a length are tried.
fn tries(length: usize) -> usize {
    (EFFORT / length.max(1)).clamp(20, 2_000)
}

/// The text with one character repeated so many times more, or without so many from there on.
fn changed(text: &[char], at: usize, count: usize, longer: bool) -> Option<String> {
    if longer {
        let (before, after) = text.split_at(at);
        return Some(before.iter().chain(std::iter::repeat_n(&text[at], count)).chain(after).collect());
    }
    let after = text.get(at + count..)?;
    Some(text[..at].iter().chain(after).collect())
}

/// The text cut, or continued with its last character.
pub fn of_length(text: &str, length: usize) -> String {
    let filler = text.chars().last().unwrap_or('x');
    text.chars().chain(std::iter::repeat(filler)).take(length).collect()
}

/// How many characters what an expression matches has at least, and at most where there is a limit.
fn characters(expression: &Hir) -> (usize, Option<usize>) {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, Some(0)),
        HirKind::Literal(literal) => {
            let count = String::from_utf8_lossy(&literal.0).chars().count();
            (count, Some(count))
        }
        HirKind::Class(_) => (1, Some(1)),
        HirKind::Capture(capture) => characters(&capture.sub),
        HirKind::Repetition(repetition) => {
            let (fewest, most) = characters(&repetition.sub);
            let times = |count: u32, of: usize| of.saturating_mul(count as usize);
            (times(repetition.min, fewest), repetition.max.zip(most).map(|(count, most)| times(count, most)))
        }
        HirKind::Concat(parts) => parts.iter().map(characters).fold((0, Some(0)), |(fewest, most), (f, m)| {
            (fewest.saturating_add(f), most.zip(m).map(|(most, m)| most.saturating_add(m)))
        }),
        HirKind::Alternation(choices) => {
            let choices: Vec<_> = choices.iter().map(characters).collect();
            let fewest = choices.iter().map(|(fewest, _)| *fewest).min().unwrap_or(0);
            (
                fewest,
                choices.iter().map(|(_, most)| *most).collect::<Option<Vec<_>>>().and_then(|m| m.into_iter().max()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of that length that a pattern matches, made from another one.
    fn found(pattern: &str, valid: &str, length: usize) -> Option<String> {
        let contract = crate::prove::probes::example();
        let texts = Texts { contract: &contract, format: None, pattern: Pattern::of(pattern), valid: valid.to_owned() };
        texts.of_length(length)
    }

    #[test]
    fn a_text_grows_and_shrinks_where_its_pattern_lets_it() {
        let cases = [
            (r"^[A-Z]+-[0-9]$", "NORTH-1", 8, "NNORTH-1"),
            (r"^[A-Z]+-[0-9]$", "NORTH-1", 3, "H-1"),
            (r"^[a-z]+/[a-z]+$", "text/plain", 3, "t/n"),
            (r"^[a-z]{1,4}/[a-z]{1,4}$", "a/b", 9, "aaaa/bbbb"),
            // What the request shows is no help where it is a variable.
            (r"^[a-z]+:[0-9]$", "{{id}}", 5, "aaa:1"),
        ];
        for (pattern, valid, length, expected) in cases {
            assert_eq!(found(pattern, valid, length).as_deref(), Some(expected), "{pattern} {length}");
        }
        assert_eq!(found(r"^([0-9a-f]{8})+$", "0123abcd", 12), None);
    }

    #[test]
    fn a_pattern_may_leave_no_room_for_a_length() {
        let contract = crate::prove::probes::example();
        let may = |pattern: &str, length: usize| {
            let texts =
                Texts { contract: &contract, format: None, pattern: Pattern::of(pattern), valid: String::new() };
            texts.may_have(length)
        };
        assert_eq!([0, 1, 500].map(|length| may("^[^x]+$", length)), [false, true, true]);
        assert_eq!([2, 3, 5, 6].map(|length| may("^(ab|[cd]{3})-?é{1,2}$", length)), [false, true, true, true]);
        assert_eq!([7, 8].map(|length| may("^(ab|[cd]{3})-?é{1,2}$", length)), [false, false]);
        assert!(may("[a-z]{1,3}", 9));
    }
}
