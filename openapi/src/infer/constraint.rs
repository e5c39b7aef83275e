//! `(1..100)` and `(/regex/)` on a type.

use std::fmt::Display;

use httpfile::Suffix;
use serde_json::Number;

use crate::model::{Kind, StringFormat};
use crate::pattern;
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
            narrow((minimum, maximum), (min, max))?;
        }
        Kind::Number { minimum, maximum, .. } => {
            narrow((minimum, maximum), (min.and_then(Number::as_f64), max.and_then(Number::as_f64)))?;
        }
        Kind::String { format, min_length, max_length, .. } if takes_length(*format) => {
            narrow((min_length, max_length), counts(min, max)?)?;
        }
        Kind::Array { min_items, max_items, .. } => narrow((min_items, max_items), counts(min, max)?)?,
        Kind::Map { .. } => return Err("a map takes no count".to_owned()),
        Kind::Reference(name) => {
            return Err(format!("`{name}` is constrained where it is declared, not where it is used"));
        }
        Kind::String { format: Some(format), .. } => return Err(format!("`{}` takes no length", format.name())),
        _ => return Err("this type takes no range".to_owned()),
    }
    Ok(())
}

/// What two ranges have in common.
fn narrow<T: Copy + PartialOrd + Display>(
    (least, most): (&mut Option<T>, &mut Option<T>),
    (min, max): (Option<T>, Option<T>),
) -> Result<(), String> {
    *least = least.zip(min).map_or(least.or(min), |(a, b)| Some(if a < b { b } else { a }));
    *most = most.zip(max).map_or(most.or(max), |(a, b)| Some(if b < a { b } else { a }));
    match least.zip(*most) {
        Some((least, most)) if least > most => Err(format!("nothing is at least {least} and at most {most}")),
        _ => Ok(()),
    }
}

fn set_pattern(kind: &mut Kind, regex: &str) -> Result<(), String> {
    match kind {
        Kind::String { format, pattern: known, .. } if takes_length(*format) => {
            if known.is_some() {
                return Err("a type has one pattern only".to_owned());
            }
            pattern::translate(regex).map_err(|reason| format!("the pattern cannot be used: {reason}"))?;
            *known = Some(regex.to_owned());
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
    number.as_i64().map(Some).ok_or_else(|| format!("{number} is not a whole number"))
}

fn counts(min: Option<&Number>, max: Option<&Number>) -> Result<(Option<usize>, Option<usize>), String> {
    let count = |number: Option<&Number>| {
        let Some(number) = number else { return Ok(None) };
        let count = number.as_u64().and_then(|n| usize::try_from(n).ok());
        count.map(Some).ok_or_else(|| format!("{number} is not a length or a count"))
    };
    Ok((count(min)?, count(max)?))
}
