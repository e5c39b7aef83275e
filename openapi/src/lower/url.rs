//! Path templates and query parameters of a request's URL.

use crate::variables::{is_chained, placeholders};

/// A URL without its base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) segments: Vec<Segment>,
    /// Decoded; values may hold `{{variables}}`.
    pub(crate) query: Vec<(String, String)>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Literal(String),
    /// `{{name}}`: a parameter of that name.
    Variable(String),
}

impl Url {
    /// Reads a URL as it is written; the reason where it has no path template.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let rest = without_base(url)?;
        let rest = outside(rest, '#').map_or(rest, |at| &rest[..at]);
        let (path, query) = match outside(rest, '?') {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        let segments =
            if path.is_empty() { Vec::new() } else { path.split('/').map(segment).collect::<Result<_, _>>()? };
        let query = query.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
            let (key, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
            Some((key.into_owned(), value.into_owned()))
        });
        Ok(Self { segments, query: query.collect() })
    }

    /// `/pets/{petId}`
    pub(crate) fn template(&self) -> String {
        if self.segments.is_empty() {
            return "/".to_owned();
        }
        let segment = |s: &Segment| match s {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Variable(name) => format!("/{{{name}}}"),
        };
        self.segments.iter().map(segment).collect()
    }

    /// Whether the other URL is one of this template: literals equal, anything for a variable.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|(a, b)| matches!(a, Segment::Variable(_)) || a == b)
    }

    /// The first literal that looks like an identifier of something.
    pub(crate) fn literal_id(&self) -> Option<&str> {
        self.segments.iter().find_map(|segment| match segment {
            Segment::Literal(text) if looks_like_id(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Everything from the first slash after scheme and host, or after a variable at the beginning, on.
pub(crate) fn without_base(url: &str) -> Result<&str, String> {
    if url.starts_with('/') {
        return Ok(url);
    }
    let authority = match outside_text(url, "://") {
        Some(at) => &url[at + 3..],
        None => url,
    };
    if let Some(rest) = authority.strip_prefix("{{").and_then(|r| r.split_once("}}")).map(|(_, rest)| rest)
        && !rest.is_empty()
        && !rest.starts_with(['/', '?', '#', ':', '.'])
    {
        return Err(format!("a `/` is missing before `{rest}`"));
    }
    let end = ['/', '?', '#'].into_iter().filter_map(|c| outside(authority, c)).min().unwrap_or(authority.len());
    Ok(&authority[end..])
}

/// The first place of a character that is not inside `{{ }}`.
fn outside(text: &str, wanted: char) -> Option<usize> {
    outside_text(text, wanted.encode_utf8(&mut [0; 4]))
}

fn outside_text(text: &str, wanted: &str) -> Option<usize> {
    let inside: Vec<_> = placeholders(text).map(|(range, _)| range).collect();
    text.match_indices(wanted).map(|(at, _)| at).find(|at| !inside.iter().any(|range| range.contains(at)))
}

fn segment(text: &str) -> Result<Segment, String> {
    match placeholders(text).next() {
        Some((range, name)) if range == (0..text.len()) && !is_value(name) => Ok(Segment::Variable(name.to_owned())),
        Some((_, name)) if is_value(name) => Ok(Segment::Literal(text.to_owned())),
        Some(_) => Err(format!("a variable must fill its segment of the path, and `{text}` holds more")),
        None if text.contains(['{', '}']) => Err(format!("`{text}` is not a variable; write `{{{{name}}}}`")),
        None => Ok(Segment::Literal(text.to_owned())),
    }
}

/// Whether a placeholder stands for a value without a name of its own: dynamic, or taken from an answer.
fn is_value(name: &str) -> bool {
    name.starts_with('$') || is_chained(name)
}

fn looks_like_id(text: &str) -> bool {
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hex = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    number || (digits && hex) || text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(url: &str) -> String {
        Url::parse(url).map_or_else(|e| e, |u| u.template())
    }

    #[test]
    fn the_base_is_dropped_and_variables_name_parameters() {
        assert_eq!(template("{{baseUrl}}/pets/{{petId}}"), "/pets/{petId}");
        assert_eq!(template("https://example.com/pets?a=1#top"), "/pets");
        assert_eq!(template("{{scheme}}://{{host}}:{{port}}/pets/"), "/pets/");
        assert_eq!(template("/pets"), "/pets");
        assert_eq!(template("localhost:3000/pets/{{ petId }}/toys"), "/pets/{petId}/toys");
        assert_eq!(template("{{baseUrl}}"), "/");
        assert_eq!(template("{{baseUrl}}?q=1"), "/");
    }

    #[test]
    fn what_has_no_template_says_why() {
        assert_eq!(template("{{baseUrl}}pets"), "a `/` is missing before `pets`");
        assert!(template("/pets/{{petId}}.json").contains("must fill its segment"));
        assert!(template("/pets/{petId}").contains("write `{{name}}`"));
    }

    #[test]
    fn a_query_is_decoded_and_keeps_its_variables() {
        let url = Url::parse("/pets?name=a%20b+c&tag={{tag}}&flag").unwrap();
        let pairs: Vec<_> = url.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("name", "a b c"), ("tag", "{{tag}}"), ("flag", "")]);
    }

    #[test]
    fn identifiers_are_told_from_words() {
        for (path, id) in
            [("/pets/17", true), ("/pets/5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f", true), ("/v1/pets", false)]
        {
            assert_eq!(Url::parse(path).unwrap().literal_id().is_some(), id, "{path}");
        }
    }
}
