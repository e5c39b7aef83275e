//! `{{name}}`: what it stands for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use httpfile::{Diagnostic, FileId, Location, Reference, Span, Spanned, references, syntax};

use crate::codes;
use crate::expansion::{self, MAX_ADDED_BYTES, MAX_VALUE_BYTES, Unusable};
use crate::nearest::nearest;

/// Values from outside the files: an environment, or the command line. They win over those of a file.
pub type Variables = BTreeMap<String, String>;

/// The dynamic variables of the language, each with a value that stands for it in the document. A fixed value keeps the
/// document the same from run to run.
const DYNAMIC: [(&str, &str); 5] = [
    ("$uuid", "00000000-0000-4000-8000-000000000000"),
    ("$guid", "00000000-0000-4000-8000-000000000000"),
    ("$timestamp", "1767225600"),
    ("$isoTimestamp", "2026-01-01T00:00:00Z"),
    ("$randomInt", "1"),
];

/// The variables that the requests of one file see.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) values: Arc<BTreeMap<String, String>>,
    unusable: BTreeMap<String, Unusable>,
}

/// Why a `{{name}}` has no value.
pub(crate) enum Unknown {
    /// Nothing defines it.
    Undefined,
    /// It refers to the answer of another request, or its own value cannot be used: either is reported elsewhere.
    Reported,
}

/// Replaces every `{{name}}` that `value_of` knows and leaves the others as they are written.
pub(crate) fn substitute(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (range, name) in placeholders(text) {
        out.push_str(&text[end..range.start]);
        match value_of(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&text[range.clone()]),
        }
        end = range.end;
    }
    out.push_str(&text[end..]);
    out
}

/// Every `{{name}}` of a text: its place and the name without the blanks around it.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    references(text).map(|r| (r.span.start..r.span.end, r.name))
}

/// A value for a dynamic variable such as `$uuid` or `$randomInt 1 10`.
pub(crate) fn dynamic(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let first = words.next()?;
    let value = DYNAMIC.iter().find(|(n, _)| *n == first)?.1;
    let least = words.next().filter(|_| first == "$randomInt").filter(|w| w.parse::<i64>().is_ok());
    Some(least.unwrap_or(value).to_owned())
}

const _: () = assert!(MAX_VALUE_BYTES == 64 << 10 && MAX_ADDED_BYTES == 8 << 20, "LIMITS says so");

/// What to do about values that multiply.
const LIMITS: &str = "a value has at most 64 KiB, and the variables of a file add at most 8 MiB to it; put long texts into a file, `< ./file`";

impl Scope {
    /// The variables of a file, each with what the others say about it, and the values from outside.
    pub(crate) fn new(file: FileId, tree: &syntax::File, outside: &Variables, out: &mut Vec<Diagnostic>) -> Self {
        let written: Vec<&syntax::Variable> = tree
            .blocks
            .iter()
            .flat_map(|b| &b.leading)
            .filter_map(|l| if let syntax::Leading::Variable(v) = l { Some(v) } else { None })
            .collect();
        let mut raw: BTreeMap<&str, &str> =
            written.iter().map(|v| (v.name.value.as_str(), v.value.value.as_str())).collect();
        raw.extend(outside.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let mut scope = Self { values: Arc::default(), unusable: BTreeMap::new() };
        let mut values = BTreeMap::new();
        for (name, expanded) in expansion::expand(&raw) {
            match expanded {
                Ok(value) => _ = values.insert(name, value),
                Err(reason) => _ = scope.unusable.insert(name, reason),
            }
        }
        scope.values = Arc::new(values);
        for variable in written.iter().filter(|v| !outside.contains_key(&v.name.value)) {
            scope.check_definition(file, variable, out);
        }
        scope
    }

    fn check_definition(&self, file: FileId, variable: &syntax::Variable, out: &mut Vec<Diagnostic>) {
        let (name, location) = (&variable.name.value, Location { file, span: variable.value.span });
        match self.unusable.get(name) {
            Some(Unusable::Circular) => out.push(
                Diagnostic::error(
                    codes::UNRESOLVED_VARIABLE,
                    location,
                    format!("the value of `{name}` leads back to itself"),
                )
                .help("give one of the variables in it a value of its own"),
            ),
            Some(Unusable::TooLong) => out.push(
                Diagnostic::error(
                    codes::VALUE_TOO_LONG,
                    location,
                    format!("the value of `{name}` is too long once its variables are replaced"),
                )
                .help(LIMITS),
            ),
            Some(Unusable::Dependent) => {}
            // What is left in the value is unknown.
            None => {
                let rest = placeholders(&self.values[name]).filter(|(_, name)| !name.starts_with('$'));
                out.extend(rest.filter_map(|(_, name)| self.unresolved(location, name)));
            }
        }
        for (_, name) in placeholders(&variable.value.value).filter(|(_, n)| n.starts_with('$')) {
            if dynamic(name).is_none() {
                out.extend(self.unresolved(location, name));
            }
        }
    }

    /// What to say about a file whose variables stand for more text than can be worked with.
    pub(crate) fn check_size(&self, file: FileId, text: &str) -> Option<Diagnostic> {
        let mut added = 0;
        let too_much = httpfile::references(text).find(|reference| {
            added += self.values.get(reference.name).map_or(0, String::len);
            added > MAX_ADDED_BYTES
        })?;
        let location = Location { file, span: too_much.span };
        let message = "the file is too large once its variables are replaced";
        Some(Diagnostic::error(codes::VALUE_TOO_LONG, location, message).label("here").help(LIMITS))
    }

    /// What a name stands for in the document.
    pub(crate) fn get(&self, name: &str) -> Result<String, Unknown> {
        if name.starts_with('$') {
            return dynamic(name).ok_or(Unknown::Undefined);
        }
        match self.values.get(name) {
            Some(value) => Ok(substitute(value, dynamic)),
            None if is_chained(name) || self.unusable.contains_key(name) => Err(Unknown::Reported),
            None => Err(Unknown::Undefined),
        }
    }

    /// A text with every known variable replaced.
    pub(crate) fn resolve(&self, text: &str) -> String {
        substitute(text, |name| self.get(name).ok())
    }

    /// What to say about a name without a value; nothing where the language's own rules speak.
    pub(crate) fn unresolved(&self, location: Location, name: &str) -> Option<Diagnostic> {
        if !matches!(self.get(name), Err(Unknown::Undefined)) {
            return None;
        }
        if name.starts_with('$') {
            let known: Vec<_> = DYNAMIC.iter().map(|(n, _)| format!("`{{{{{n}}}}}`")).collect();
            let message = format!("there is no dynamic variable `{name}`");
            return Some(
                Diagnostic::error(codes::UNRESOLVED_VARIABLE, location, message)
                    .help(format!("use one of {}", known.join(", "))),
            );
        }
        let message = format!("the variable `{name}` has no value");
        let help = match nearest(name, self.values.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it in this file with `@{name} = …`, in an environment, or with `--var {name}=…`"),
        };
        Some(Diagnostic::error(codes::UNRESOLVED_VARIABLE, location, message).help(help))
    }

    /// Reports every name of a text that has no value; `text` stands at `place.span` as it is.
    pub(crate) fn check(&self, file: FileId, place: &Spanned<String>, source: &str, out: &mut Vec<Diagnostic>) {
        for (range, name) in placeholders(&place.value) {
            let location = Location { file, span: crate::text::within(source, place, range) };
            out.extend(self.unresolved(location, name));
        }
    }
}

/// Whether a name takes its value from another request.
pub(crate) fn is_chained(name: &str) -> bool {
    Reference { name, span: Span::default() }.is_chained()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_placeholders_stay_as_they_are() {
        let known = |name: &str| (name == "a").then(|| "1".to_owned());
        assert_eq!(substitute("{{a}}/{{ a }}/{{b}}/{{}}/{{", known), "1/1/{{b}}/{{}}/{{");
    }

    #[test]
    fn dynamic_variables_take_the_value_of_their_type() {
        assert_eq!(dynamic("$randomInt 7 9").as_deref(), Some("7"));
        assert_eq!(dynamic("$timestamp").as_deref(), Some("1767225600"));
        assert_eq!(dynamic("$nothing"), None);
    }
}
