//! `@assert` lines, held against an answer.

use httpfile::{Predicate, Subject};
use serde_json::Value;

use super::answer::{Answer, written};

/// Says what is wrong when `predicate` does not hold of `subject`; nothing when it holds.
pub fn check(answer: &Answer, subject: &Subject, predicate: &Predicate) -> Option<String> {
    let found = answer.find(subject);
    match subject {
        Subject::Header(_) => compared(&written(subject), found, predicate, meant),
        Subject::Status | Subject::Body(_) => compared(&written(subject), found, predicate, same),
    }
}

/// `equals` says whether a value that was found equals one that is expected.
fn compared(
    name: &str,
    found: Option<Value>,
    predicate: &Predicate,
    equals: fn(&Value, &Value) -> bool,
) -> Option<String> {
    let (holds, expected) = match predicate {
        Predicate::Exists => (found.is_some(), "to be there".to_owned()),
        Predicate::Absent => (found.is_none(), "nothing".to_owned()),
        Predicate::Equal(value) => (found.as_ref().is_some_and(|f| equals(f, value)), value.to_string()),
        // What is not there is different from every value.
        Predicate::NotEqual(value) => {
            (!found.as_ref().is_some_and(|f| equals(f, value)), format!("anything but {value}"))
        }
        Predicate::Less(limit) => (compares(&found, limit, |a, b| a < b), format!("less than {limit}")),
        Predicate::AtMost(limit) => (compares(&found, limit, |a, b| a <= b), format!("at most {limit}")),
        Predicate::Greater(limit) => (compares(&found, limit, |a, b| a > b), format!("more than {limit}")),
        Predicate::AtLeast(limit) => (compares(&found, limit, |a, b| a >= b), format!("at least {limit}")),
        Predicate::Contains(part) => (contains(&found, part), format!("something that contains {part}")),
        Predicate::Count(predicate) => {
            let count = found.as_ref().and_then(count).map(Value::from);
            return compared(&format!("{name} count"), count, predicate, same);
        }
        Predicate::Matches(pattern) => (matches(&found, pattern), format!("a match of /{pattern}/")),
    };
    if holds {
        return None;
    }
    let came = found.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    Some(format!("{name}: expected {expected}, got {came}"))
}

/// The predicate with the variables in its texts replaced. A text that is one variable and nothing else is compared as a
/// value: when `found` is no text, what the variable holds is read as JSON, so that a number equals a captured number.
pub fn resolved(predicate: &Predicate, found: Option<&Value>, text: &dyn Fn(&str) -> String) -> Predicate {
    let read = |written: &str| {
        let text = text(written);
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    let value = |value: &Value| match value {
        Value::String(written) if is_variable(written) && !matches!(found, None | Some(Value::String(_))) => {
            read(written)
        }
        Value::String(written) if written.contains("{{") => Value::String(text(written)),
        other => other.clone(),
    };
    // Only numbers are less or more, whatever they are found in.
    let number = |value: &Value| value.as_str().map_or_else(|| value.clone(), read);
    match predicate {
        Predicate::Equal(operand) => Predicate::Equal(value(operand)),
        Predicate::NotEqual(operand) => Predicate::NotEqual(value(operand)),
        Predicate::Less(limit) => Predicate::Less(number(limit)),
        Predicate::AtMost(limit) => Predicate::AtMost(number(limit)),
        Predicate::Greater(limit) => Predicate::Greater(number(limit)),
        Predicate::AtLeast(limit) => Predicate::AtLeast(number(limit)),
        Predicate::Contains(part) => match (part, found) {
            // A list may hold numbers or texts: what a variable holds is the value that it is.
            (Value::String(written), Some(Value::Array(items))) if is_variable(written) => {
                let (value, text) = (read(written), Value::from(text(written)));
                Predicate::Contains(if items.contains(&text) { text } else { value })
            }
            _ => Predicate::Contains(part.as_str().map_or_else(|| part.clone(), |part| Value::from(text(part)))),
        },
        Predicate::Count(inner) => Predicate::Count(Box::new(resolved(inner, Some(&Value::from(0)), text))),
        Predicate::Exists | Predicate::Absent | Predicate::Matches(_) => predicate.clone(),
    }
}

/// Every value that a predicate compares with.
pub fn operands(predicate: &Predicate) -> Vec<&Value> {
    match predicate {
        Predicate::Equal(value)
        | Predicate::NotEqual(value)
        | Predicate::Less(value)
        | Predicate::AtMost(value)
        | Predicate::Greater(value)
        | Predicate::AtLeast(value)
        | Predicate::Contains(value) => vec![value],
        Predicate::Count(inner) => operands(inner),
        Predicate::Exists | Predicate::Absent | Predicate::Matches(_) => Vec::new(),
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

/// Headers are text, whatever they mean: next to a number, or to `true` and `false`, they are read as one.
fn meant(found: &Value, expected: &Value) -> bool {
    let text = found.as_str().unwrap_or_default().trim();
    match expected {
        Value::Number(_) => text.parse::<f64>().is_ok_and(|number| same(&Value::from(number), expected)),
        Value::Bool(expected) => text.parse() == Ok(*expected),
        _ => same(found, expected),
    }
}

/// What is no number is neither less nor more than one.
fn compares(value: &Option<Value>, limit: &Value, holds: impl Fn(f64, f64) -> bool) -> bool {
    number(value).zip(limit.as_f64()).is_some_and(|(value, limit)| holds(value, limit))
}

/// A text contains a text, or what a number or `true` and `false` are written as; a list contains an item.
fn contains(value: &Option<Value>, part: &Value) -> bool {
    match (value, part) {
        (Some(Value::String(text)), Value::String(part)) => text.contains(part.as_str()),
        (Some(Value::String(text)), Value::Number(_) | Value::Bool(_)) => text.contains(&part.to_string()),
        (Some(Value::Array(items)), part) => items.iter().any(|item| same(item, part)),
        _ => false,
    }
}

/// How many items, entries or characters there are.
fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) => Some(entries.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
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
            headers: [("Upload-Limit", "max-age=1800"), ("X-Count", "1"), ("X-Whole", "true")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn at(name: &str) -> Subject {
        Subject::Body(vec![Selector::Key(name.to_owned())])
    }

    #[test]
    fn every_predicate_can_hold_and_can_fail() {
        let answer = answer(r#"{ "n": 3, "s": "abc", "l": ["a", 2] }"#);
        let three = || Value::from(3);
        let count = |predicate: Predicate| Predicate::Count(Box::new(predicate));
        let cases = [
            (at("n"), Predicate::Equal(Value::from(3.0)), true),
            (at("n"), Predicate::Equal(Value::from(4)), false),
            (at("n"), Predicate::NotEqual(Value::from(4)), true),
            (at("n"), Predicate::NotEqual(Value::from(3)), false),
            (at("n"), Predicate::Less(4.into()), true),
            (at("n"), Predicate::Less(three()), false),
            (at("n"), Predicate::Greater(2.into()), true),
            (at("n"), Predicate::Greater(three()), false),
            (at("n"), Predicate::AtMost(three()), true),
            (at("n"), Predicate::AtMost(2.into()), false),
            (at("n"), Predicate::AtLeast(three()), true),
            (at("n"), Predicate::AtLeast(4.into()), false),
            (at("s"), Predicate::Contains("bc".into()), true),
            (at("s"), Predicate::Contains("cb".into()), false),
            (at("l"), Predicate::Contains(2.into()), true),
            (at("l"), Predicate::Contains("2".into()), false),
            (at("n"), Predicate::Contains(three()), false),
            (at("l"), count(Predicate::Equal(2.into())), true),
            (at("l"), count(Predicate::Greater(2.into())), false),
            (at("s"), count(Predicate::AtMost(three())), true),
            (at("n"), count(Predicate::Less(three())), false),
            (at("s"), Predicate::Less(3.into()), false),
            (at("s"), Predicate::Greater(3.into()), false),
            (at("s"), Predicate::Exists, true),
            (at("x"), Predicate::Exists, false),
            (at("x"), Predicate::Absent, true),
            (at("s"), Predicate::Absent, false),
            (at("s"), Predicate::Matches("^a".into()), true),
            (at("s"), Predicate::Matches("^b".into()), false),
            (Subject::Header("upload-limit".into()), Predicate::Matches("^max-age=".into()), true),
            (Subject::Header("upload-limit".into()), Predicate::Contains(1800.into()), true),
            (Subject::Header("upload-limit".into()), Predicate::Contains(18_000.into()), false),
            (Subject::Header("x-whole".into()), Predicate::Contains(true.into()), true),
            (Subject::Header("x-count".into()), Predicate::Equal(1.into()), true),
            (Subject::Header("x-count".into()), Predicate::Equal("1".into()), true),
            (Subject::Header("x-count".into()), Predicate::Equal(2.into()), false),
            (Subject::Header("x-count".into()), Predicate::NotEqual(1.into()), false),
            (Subject::Header("x-count".into()), count(Predicate::Equal(1.into())), true),
            (Subject::Header("x-whole".into()), Predicate::Equal(true.into()), true),
            (Subject::Header("x-whole".into()), Predicate::Equal(false.into()), false),
            (at("s"), Predicate::Equal(Value::Null), false),
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
            let resolved = resolved(&predicate, found.as_ref(), &|text| text.replace("{{v}}", captured));
            check(&answer, &at(name), &resolved).is_none()
        };
        assert!(holds("n", "{{v}}", "3") && holds("n", "{{v}}", "3.0") && holds("s", "{{v}}", "3"));
        assert!(holds("no", "{{v}}", "null"));
        assert!(!holds("n", "{{v}}", "4") && !holds("n", "{{v}}", "three") && !holds("x", "{{v}}", "3"));
        assert!(!holds("n", "{{v}}!", "3"));
    }

    #[test]
    fn a_captured_number_is_a_limit_and_a_captured_value_an_item() {
        let answer = answer(r#"{ "n": 3, "l": ["3", 4] }"#);
        let holds = |name: &str, predicate: Predicate, captured: &str| {
            let found = answer.find(&at(name));
            let resolved = resolved(&predicate, found.as_ref(), &|text| text.replace("{{v}}", captured));
            check(&answer, &at(name), &resolved).is_none()
        };
        let v = || Value::from("{{v}}");
        assert!(holds("n", Predicate::Less(v()), "4") && !holds("n", Predicate::Less(v()), "3"));
        assert!(!holds("n", Predicate::Greater(v()), "two"));
        assert!(holds("l", Predicate::Contains(v()), "3") && holds("l", Predicate::Contains(v()), "4"));
        assert!(holds("l", Predicate::Count(Box::new(Predicate::Equal(v()))), "2"));
    }

    #[test]
    fn a_failure_says_what_was_expected_and_what_came() {
        let said = check(&answer(r#"{ "n": 3 }"#), &at("n"), &Predicate::Equal(Value::from(4)));
        assert_eq!(said.as_deref(), Some("$.n: expected 4, got 3"));
        let said =
            check(&answer(r#"{ "n": [3] }"#), &at("n"), &Predicate::Count(Box::new(Predicate::AtLeast(2.into()))));
        assert_eq!(said.as_deref(), Some("$.n count: expected at least 2, got 1"));
    }
}
