//! Which answer a client would like: `Prefer: code=409`, `Prefer: example=DD-HP-001` (RFC 7240).

use http::HeaderMap;

/// What `Prefer` asks for. Preferences of other names are not understood and, as RFC 7240 wants it, ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preference {
    /// The status.
    pub code: Option<String>,
    /// The name of an example.
    pub example: Option<String>,
}

impl Preference {
    /// Reads every `Prefer` header; of a preference that is given twice, the first one counts.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut preference = Self::default();
        for text in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for item in outside_quotes(text, ',') {
                let first = outside_quotes(item, ';').into_iter().next().unwrap_or_default();
                let (name, value) = first.split_once('=').unwrap_or((first, ""));
                let place = match name.trim().to_ascii_lowercase().as_str() {
                    "code" => &mut preference.code,
                    "example" => &mut preference.example,
                    _ => continue,
                };
                place.get_or_insert_with(|| unquoted(value.trim()));
            }
        }
        preference
    }

    /// The value of `Preference-Applied`, where there was anything to apply.
    pub fn applied(&self) -> Option<String> {
        let code = self.code.as_ref().map(|code| format!("code={code}"));
        let example = self.example.as_ref().map(|example| format!("example={}", quoted(example)));
        let parts: Vec<_> = code.into_iter().chain(example).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The parts of a text between separators that stand in no quoted string.
fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let split = text.split(|c: char| {
        let here = c == separator && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        here
    });
    split.collect()
}

fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.to_owned() };
    let mut escaped = false;
    let kept = inner.chars().filter(|c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    });
    kept.collect()
}

fn quoted(text: &str) -> String {
    let token = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    if token { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Preference {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", value.parse().unwrap());
        }
        Preference::of(&headers)
    }

    #[test]
    fn preferences_stand_in_one_header_or_in_several() {
        let wanted = Preference { code: Some("409".to_owned()), example: Some("DD-HP-001".to_owned()) };
        assert_eq!(read(&["code=409, example=DD-HP-001"]), wanted);
        assert_eq!(read(&["Code = 409;x=1", "respond-async, wait=10", "example=\"DD-HP-001\""]), wanted);
        assert_eq!(read(&["wait=10"]), Preference::default());
    }

    #[test]
    fn the_first_of_two_counts() {
        assert_eq!(read(&["code=404, code=409"]).code.as_deref(), Some("404"));
    }

    #[test]
    fn separators_in_quotes_separate_nothing() {
        let preference = read(&[r#"example="a, \"b\"; c", code=200"#]);
        assert_eq!(preference.example.as_deref(), Some(r#"a, "b"; c"#));
        assert_eq!(preference.code.as_deref(), Some("200"));
        assert_eq!(preference.applied().as_deref(), Some(r#"code=200, example="a, \"b\"; c""#));
    }
}
