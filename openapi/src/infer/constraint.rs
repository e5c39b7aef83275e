//! `(1..100)` and `(/regex/)` on a type.

use httpfile::Suffix;
use regex::Regex;
use serde_json::Number;

use crate::model::{Kind, StringFormat};
use crate::value::MAX_SAFE_INTEGER;

/// What to do about a constraint that does not fit.
pub(crate) const HELP: &str = "a range is the length of text, the value of a number or the count of items; a pattern is for text and has no look-around";

/// Narrows a type; the reason where it does not fit.
pub(crate) fn constrain(kind: &mut Kind, suffix: &Suffix) -> Result<(), String> {
    match suffix {
        Suffix::Array => Ok(()),
        Suffix::Range { min, max } => range(kind, min.as_ref(), max.as_ref()),
        Suffix::Pattern(regex) => set_pattern(kind, regex),
    }
}

fn range(kind: &mut Kind, min: Option<&Number>, max: Option<&Number>) -> Result<(), String> {
    match kind {
        Kind::Integer { bits, minimum, maximum } => {
            let (least, most) = if *bits == 32 {
                (i64::from(i32::MIN), i64::from(i32::MAX))
            } else {
                (-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
            };
            let (min, max) = (whole(min)?, whole(max)?);
            if let Some(bound) = [min, max].into_iter().flatten().find(|b| !(least..=most).contains(b)) {
                return Err(format!("{bound} is outside of what an int{bits} holds, {least} to {most}"));
            }
            *minimum = min.or(*minimum);
            *maximum = max.or(*maximum);
        }
        Kind::Number { minimum, maximum, .. } => {
            (*minimum, *maximum) = (min.and_then(Number::as_f64), max.and_then(Number::as_f64));
        }
        Kind::String { format, min_length, max_length, .. } if takes_length(*format) => {
            (*min_length, *max_length) = counts(min, max)?;
        }
        Kind::Array { min_items, max_items, .. } => (*min_items, *max_items) = counts(min, max)?,
        Kind::Map { min_entries, max_entries, .. } => (*min_entries, *max_entries) = counts(min, max)?,
        Kind::Reference(name) => {
            return Err(format!("`{name}` is constrained where it is declared, not where it is used"));
        }
        Kind::String { format: Some(format), .. } => return Err(format!("`{}` takes no length", format.name())),
        _ => return Err("this type takes no range".to_owned()),
    }
    Ok(())
}

fn set_pattern(kind: &mut Kind, regex: &str) -> Result<(), String> {
    match kind {
        Kind::String { format, pattern, .. } if takes_length(*format) => {
            if pattern.is_some() {
                return Err("a type has one pattern only".to_owned());
            }
            Regex::new(regex).map_err(|error| {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
                format!("the pattern cannot be used: {reason}")
            })?;
            *pattern = Some(regex.to_owned());
            Ok(())
        }
        Kind::Reference(name) => Err(format!("`{name}` is constrained where it is declared, not where it is used")),
        _ => Err("only text takes a pattern".to_owned()),
    }
}

/// Texts of a fixed form have no length or pattern of their own.
fn takes_length(format: Option<StringFormat>) -> bool {
    !matches!(format, Some(StringFormat::Uuid | StringFormat::Date | StringFormat::DateTime | StringFormat::Binary))
}

fn whole(number: Option<&Number>) -> Result<Option<i64>, String> {
    let Some(number) = number else { return Ok(None) };
    number.as_i64().map(Some).ok_or_else(|| format!("{number} is no whole number"))
}

fn counts(min: Option<&Number>, max: Option<&Number>) -> Result<(Option<usize>, Option<usize>), String> {
    let count = |number: Option<&Number>| {
        let Some(number) = number else { return Ok(None) };
        let count = number.as_u64().and_then(|n| usize::try_from(n).ok());
        count.map(Some).ok_or_else(|| format!("{number} is no length or count"))
    };
    Ok((count(min)?, count(max)?))
}
