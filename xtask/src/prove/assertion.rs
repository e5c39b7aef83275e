//! `@assert` lines, held against an answer.

use httpfile::{Predicate, Subject};
use serde_json::Value;

use super::answer::{Answer, written};

/// Says what is wrong when `predicate` does not hold of `subject`; nothing when it holds.
pub fn check(answer: &Answer, subject: &Subject, predicate: &Predicate) -> Option<String> {
    let found = answer.find(subject);
    let (holds, expected) = match predicate {
        Predicate::Exists => (found.is_some(), "to be there".to_owned()),
        Predicate::Absent => (found.is_none(), "nothing".to_owned()),
        Predicate::Equal(value) => (found.as_ref().is_some_and(|f| same(f, value)), value.to_string()),
        // What is not there is different from every value.
        Predicate::NotEqual(value) => {
            (!found.as_ref().is_some_and(|f| same(f, value)), format!("anything but {value}"))
        }
        Predicate::Less(limit) => (compares(&found, limit, |a, b| a < b), format!("less than {limit}")),
        Predicate::Greater(limit) => (compares(&found, limit, |a, b| a > b), format!("more than {limit}")),
        Predicate::Matches(pattern) => (matches(&found, pattern), format!("a match of /{pattern}/")),
    };
    if holds {
        return None;
    }
    let came = found.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    Some(format!("{}: expected {expected}, got {came}", written(subject)))
}

/// The predicate with the variables in its texts replaced. A text that is one variable and nothing else is compared as a
/// value: when `found` is no text, what the variable holds is read as JSON, so that a number equals a captured number.
pub fn resolved(predicate: &Predicate, found: Option<&Value>, text: impl Fn(&str) -> String) -> Predicate {
    let value = |value: &Value| match value {
        Value::String(written) if is_variable(written) && !matches!(found, None | Some(Value::String(_))) => {
            let text = text(written);
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        Value::String(written) if written.contains("{{") => Value::String(text(written)),
        other => other.clone(),
    };
    match predicate {
        Predicate::Equal(operand) => Predicate::Equal(value(operand)),
        Predicate::NotEqual(operand) => Predicate::NotEqual(value(operand)),
        other => other.clone(),
    }
}

/// `{{name}}`
fn is_variable(text: &str) -> bool {
    text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).is_some_and(|name| !name.contains("}}"))
}

/// Numbers are compared by value: `1` and `1.0` are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// What is no number is neither less nor more than one.
fn compares(value: &Option<Value>, limit: &serde_json::Number, holds: impl Fn(f64, f64) -> bool) -> bool {
    number(value).zip(limit.as_f64()).is_some_and(|(value, limit)| holds(value, limit))
}

fn number(value: &Option<Value>) -> Option<f64> {
    match value.as_ref()? {
        // Headers are text, whatever they mean.
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    }
}

fn matches(value: &Option<Value>, pattern: &str) -> bool {
    let Some(value) = value else { return false };
    let regex = openapi::pattern::translate(pattern).ok().and_then(|pattern| regex::Regex::new(&pattern).ok());
    regex.is_some_and(|regex| regex.is_match(&super::answer::plain(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use httpfile::Selector;

    fn answer(body: &str) -> Answer {
        Answer {
            status: 200,
            headers: vec![("Upload-Limit".to_owned(), "max-age=1800".to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    fn at(name: &str) -> Subject {
        Subject::Body(vec![Selector::Key(name.to_owned())])
    }

    #[test]
    fn every_predicate_can_hold_and_can_fail() {
        let answer = answer(r#"{ "n": 3, "s": "abc" }"#);
        let three = || serde_json::Number::from(3);
        let cases = [
            (at("n"), Predicate::Equal(Value::from(3.0)), true),
            (at("n"), Predicate::Equal(Value::from(4)), false),
            (at("n"), Predicate::NotEqual(Value::from(4)), true),
            (at("n"), Predicate::NotEqual(Value::from(3)), false),
            (at("n"), Predicate::Less(4.into()), true),
            (at("n"), Predicate::Less(three()), false),
            (at("n"), Predicate::Greater(2.into()), true),
            (at("n"), Predicate::Greater(three()), false),
            (at("s"), Predicate::Less(3.into()), false),
            (at("s"), Predicate::Greater(3.into()), false),
            (at("s"), Predicate::Exists, true),
            (at("x"), Predicate::Exists, false),
            (at("x"), Predicate::Absent, true),
            (at("s"), Predicate::Absent, false),
            (at("s"), Predicate::Matches("^a".into()), true),
            (at("s"), Predicate::Matches("^b".into()), false),
            (Subject::Header("upload-limit".into()), Predicate::Matches("^max-age=".into()), true),
            (Subject::Status, Predicate::Equal(Value::from(200)), true),
        ];
        for (subject, predicate, holds) in cases {
            assert_eq!(check(&answer, &subject, &predicate).is_none(), holds, "{subject:?} {predicate:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_differs_from_every_value_and_is_not_less_than_any() {
        let answer = answer("{}");
        assert_eq!(check(&answer, &at("x"), &Predicate::NotEqual(Value::Bool(true))), None);
        assert!(check(&answer, &at("x"), &Predicate::Less(1.into())).is_some());
    }

    #[test]
    fn a_captured_value_equals_a_value_of_its_own_type() {
        let answer = answer(r#"{ "n": 3, "s": "3", "no": null }"#);
        let holds = |name: &str, operand: &str, captured: &str| {
            let predicate = Predicate::Equal(Value::from(operand));
            let found = answer.find(&at(name));
            let resolved = resolved(&predicate, found.as_ref(), |text| text.replace("{{v}}", captured));
            check(&answer, &at(name), &resolved).is_none()
        };
        assert!(holds("n", "{{v}}", "3") && holds("n", "{{v}}", "3.0") && holds("s", "{{v}}", "3"));
        assert!(holds("no", "{{v}}", "null"));
        assert!(!holds("n", "{{v}}", "4") && !holds("n", "{{v}}", "three") && !holds("x", "{{v}}", "3"));
        assert!(!holds("n", "{{v}}!", "3"));
    }

    #[test]
    fn a_failure_says_what_was_expected_and_what_came() {
        let said = check(&answer(r#"{ "n": 3 }"#), &at("n"), &Predicate::Equal(Value::from(4)));
        assert_eq!(said.as_deref(), Some("$.n: expected 4, got 3"));
    }
}
