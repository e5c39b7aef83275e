//! How a file is cut into parts, and what a client may say about them.

use super::{
    error::{DomainError, Violation},
    model::{File, Part},
};

/// No file has more parts than this; object stores take no more.
pub const MAX_PARTS: i64 = 10_000;

/// The part size of sessions that need no larger one: the smallest that object stores take.
pub const DEFAULT_PART_SIZE: i64 = 5 * MEBIBYTE;

const MEBIBYTE: i64 = 1024 * 1024;

/// The part size of a session whose largest file has `largest` bytes: whole mebibytes, as few as [`MAX_PARTS`] allow.
pub fn part_size_for(largest: i64) -> i64 {
    let needed = div_ceil(largest, MAX_PARTS);
    DEFAULT_PART_SIZE.max(div_ceil(needed, MEBIBYTE).saturating_mul(MEBIBYTE))
}

/// How many parts a file of `size` bytes has.
///
/// # Errors
/// When that is more than [`MAX_PARTS`]: the session's part size was chosen for smaller files.
pub fn part_count(size: i64, part_size: i64) -> Result<i32, DomainError> {
    let count = div_ceil(size, part_size);
    if count > MAX_PARTS {
        let largest = part_size.saturating_mul(MAX_PARTS);
        return Err(DomainError::invalid(
            "size",
            format!("must be at most {largest} in this session; declare larger files when the session is created"),
        ));
    }
    i32::try_from(count).map_err(DomainError::internal)
}

/// How many bytes part `number` of a file has.
///
/// # Errors
/// When the file has no such part.
pub fn part_size(number: i32, file_size: i64, part_size: i64) -> Result<i64, DomainError> {
    let count = div_ceil(file_size, part_size);
    let number = i64::from(number);
    if number < 1 || number > count {
        return Err(DomainError::invalid("partNumber", format!("must be between 1 and {count} for this file")));
    }
    Ok(part_size.min(file_size - (number - 1) * part_size))
}

/// A part as the client names it when it completes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// Its position, from 1.
    pub number: i32,
    /// What it was answered with.
    pub etag: String,
}

/// Compares the client's list with what is stored: every part once, in order, with its ETag.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn check_listed(file: &File, listed: &[ListedPart], part_size: i64) -> Result<(), DomainError> {
    let count = div_ceil(file.size, part_size);
    let mut violations = Vec::new();
    for (index, part) in listed.iter().enumerate() {
        let expected = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        if i64::from(part.number) != expected || expected > count {
            let rule = format!("must name the parts 1 to {count} once each, in order");
            violations.push(Violation::new(format!("parts[{index}].partNumber"), rule));
            continue;
        }
        if stored(file, part.number).is_none_or(|stored| unquoted(&part.etag) != stored.etag) {
            let rule = format!("must be the etag that part {expected} was last answered with");
            violations.push(Violation::new(format!("parts[{index}].etag"), rule));
        }
    }
    if violations.is_empty() && i64::try_from(listed.len()).is_ok_and(|listed| listed < count) {
        violations.push(Violation::new("parts", format!("must name all {count} parts of the file")));
    }
    if violations.is_empty() { Ok(()) } else { Err(DomainError::Invalid(violations)) }
}

fn stored(file: &File, number: i32) -> Option<&Part> {
    file.parts.iter().find(|part| part.number == number)
}

/// The header `ETag` carries the same value in quotes; clients that copy the header are understood.
fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(etag)
}

fn div_ceil(bytes: i64, by: i64) -> i64 {
    let by = by.max(1);
    bytes / by + i64::from(bytes % by > 0)
}
