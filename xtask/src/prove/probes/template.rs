//! JSON in which variables stand for values: `{ "size": {{size}} }` is JSON only once they are replaced.

use openapi::Sample;
use serde_json::Value;

/// Around a variable that stands for a whole value, while it is a text among the values.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Reads such a text. A variable that stands for a whole value becomes a text that [`written`] turns back; one that stands
/// for a list or an object is replaced by what it holds in the files.
pub fn parsed(sample: &Sample, text: &str) -> Option<Value> {
    let mut json = String::with_capacity(text.len());
    let (mut rest, mut quoted, mut escaped) = (text, false, false);
    while let Some(next) = rest.chars().next() {
        if !quoted && rest.starts_with("{{") {
            let end = rest.find("}}")? + 2;
            json.push_str(&stand_in(sample, &rest[..end]));
            rest = &rest[end..];
            continue;
        }
        quoted ^= next == '"' && !escaped;
        escaped = quoted && next == '\\' && !escaped;
        json.push(next);
        rest = &rest[next.len_utf8()..];
    }
    serde_json::from_str(&json).ok()
}

fn stand_in(sample: &Sample, variable: &str) -> String {
    let known = sample.example_text(variable);
    match serde_json::from_str(&known) {
        Ok(Value::Array(_) | Value::Object(_)) => known,
        _ => format!("\"{OPEN}{variable}{CLOSE}\""),
    }
}

/// The text that is sent, with the variables where they stood.
pub fn written(value: &Value) -> String {
    value.to_string().replace(&format!("\"{OPEN}"), "").replace(&format!("{CLOSE}\""), "")
}

/// A value as the files know it, with all that is inside of it.
pub fn known(sample: &Sample, value: &Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix(OPEN).and_then(|text| text.strip_suffix(CLOSE)) {
            Some(variable) => {
                let known = sample.example_text(variable);
                serde_json::from_str(&known).unwrap_or(Value::String(known))
            }
            None => Value::from(sample.example_text(text)),
        },
        Value::Array(items) => items.iter().map(|item| known(sample, item)).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), known(sample, value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Sample {
        let text = "### A\n# @api A 1\n# @server http://h - H\n@n = 5\n@list = [1, 2]\n@word = a\n\n### B\n# @name b\n# @operation b\n\
                    # @response 200 R - R\n# { \"ok\": true }\nGET http://h/b HTTP/1.1\n";
        let sources = httpfile::Sources::new([httpfile::Source::new("a.http", text)]);
        let compiled = openapi::compile(&sources, &openapi::Variables::new());
        compiled.contract.expect("a contract").samples[0].clone()
    }

    #[test]
    fn variables_are_values_of_their_own_and_come_back_where_they_stood() {
        let text = r#"{"n":{{n}},"of":{"list":{{list}},"word":"{{word}} \"{{n}}\"","gone":{{gone}}}}"#;
        let value = parsed(&sample(), text).expect("JSON");
        assert_eq!(written(&value), text.replace("{{list}}", "[1,2]"));
        let expected = json!({ "n": 5, "of": { "list": [1, 2], "word": "a \"5\"", "gone": "{{gone}}" } });
        assert_eq!(known(&sample(), &value), expected);
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in ["{{n", "{ \"a\": }", "{{n}} 1"] {
            assert_eq!(parsed(&sample(), text), None, "{text}");
        }
    }
}
