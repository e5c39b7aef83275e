//! Properties of the rules.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{
    DomainError, FileId, Sha256,
    duplicates::{EarlierUpload, candidates, duplicates},
    extension::ExtensionPolicy,
    model::{File, FileDeclaration, FileStatus, Part},
    parts::{self, DEFAULT_PART_SIZE, ListedPart, MAX_PARTS, check_listed, part_count, part_size, part_size_for},
};

const LARGEST: i64 = 5_497_558_138_880;

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn policy() -> impl Strategy<Value = ExtensionPolicy> {
    (0..120_i64, 0..120_i64, 1..48_i64).prop_map(|(threshold, ttl, cap)| ExtensionPolicy {
        threshold: TimeDelta::minutes(threshold),
        ttl: TimeDelta::minutes(ttl),
        max_lifetime: TimeDelta::hours(cap),
    })
}

fn declaration() -> impl Strategy<Value = FileDeclaration> {
    ("[a-z]{1,3}", 1..4_i64, prop::option::of("[ab]")).prop_map(|(key, size, hash)| FileDeclaration {
        key,
        size,
        hash: hash.map(Sha256),
        content_type: None,
    })
}

fn earlier() -> impl Strategy<Value = EarlierUpload> {
    (1..4_i64, "[ab]").prop_map(|(size, hash)| EarlierUpload {
        size,
        url: format!("file:///{size}{hash}"),
        hash: Sha256(hash),
    })
}

proptest! {
    #[test]
    fn who_sends_bytes_looks_after_the_session_while_it_is_due_and_not_at_once_again(
        policy in policy(), left in 1..10_000_i64,
    ) {
        let (now, expires) = (moment(0), moment(left));
        let look = policy.next_look(now, expires);
        prop_assert!(now < look && look <= expires);
        prop_assert!(look == expires || expires <= policy.at(look).due_until, "too early");
    }

    #[test]
    fn an_extension_is_later_than_before_and_never_past_the_cap(
        policy in policy(), age in 0..200_000_i64, left in -10_000..10_000_i64,
    ) {
        let (now, created, expires) = (moment(0), moment(-age), moment(left));
        if let Some(extension) = policy.at(now).extend(created, expires) {
            prop_assert_eq!(extension.old_expires_at, expires);
            prop_assert!(extension.new_expires_at > expires);
            prop_assert!(extension.new_expires_at <= policy.cap(created));
            prop_assert!(extension.new_expires_at <= now + policy.ttl);
            prop_assert!(expires > now, "an expired session came back");
            prop_assert!(expires - now <= policy.threshold, "a session was extended that is not due");
        }
    }

    #[test]
    fn a_session_that_is_due_and_below_its_cap_is_extended(
        policy in policy(), age in 0..200_000_i64, left in 1..10_000_i64,
    ) {
        let (now, created, expires) = (moment(0), moment(-age), moment(left));
        let due = expires - now <= policy.threshold;
        let gains = (now + policy.ttl).min(policy.cap(created)) > expires;
        prop_assert_eq!(policy.at(now).extend(created, expires).is_some(), due && gains);
    }

    #[test]
    fn an_extension_is_not_repeated_at_the_same_moment(policy in policy(), age in 0..90_000_i64, left in 1..600_i64) {
        let (now, created) = (moment(0), moment(-age));
        if let Some(extension) = policy.at(now).extend(created, moment(left)) {
            prop_assert_eq!(policy.at(now).extend(created, extension.new_expires_at), None);
        }
    }

    #[test]
    fn duplicates_are_the_files_whose_size_and_hash_are_known(
        files in prop::collection::vec(declaration(), 0..8), earlier in prop::collection::vec(earlier(), 0..5),
    ) {
        let known = |file: &&FileDeclaration| earlier.iter().any(|upload| upload.size == file.size && Some(&upload.hash) == file.hash.as_ref());
        let expected: Vec<&str> = files.iter().filter(known).map(|file| file.key.as_str()).collect();
        let found = duplicates(&files, &earlier);
        prop_assert_eq!(found.iter().map(|duplicate| duplicate.key.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_file_with_a_hash_is_asked_for_once(files in prop::collection::vec(declaration(), 0..8)) {
        let candidates = candidates(&files);
        let asked: Vec<_> = candidates.sizes.iter().zip(&candidates.hashes).collect();
        for file in &files {
            let times = asked.iter().filter(|(size, hash)| **size == file.size && file.hash.as_ref().is_some_and(|known| known.0 == **hash)).count();
            prop_assert_eq!(times, usize::from(file.hash.is_some()));
        }
    }

    #[test]
    fn the_parts_of_a_file_are_few_enough_and_make_it_whole(size in 1..=LARGEST) {
        let each = part_size_for(size);
        prop_assert!(each >= DEFAULT_PART_SIZE && each % (1024 * 1024) == 0);
        let count = part_count(size, each).unwrap();
        prop_assert!((1..=10_000).contains(&count));
        let last = part_size(count, size, each).unwrap();
        prop_assert!(last >= 1 && last <= each);
        prop_assert_eq!(i64::from(count - 1) * each + last, size);
        prop_assert!(part_size(count + 1, size, each).is_err() && part_size(0, size, each).is_err());
    }

    #[test]
    fn only_the_whole_list_in_order_with_its_etags_completes_a_file(
        count in 1..5_i32, edits in prop::collection::vec((0..5_usize, 0..6_i32, 0..4_i32), 0..3),
    ) {
        let (file, right) = stored_file(count);
        let mut listed = right.clone();
        for (index, number, etag) in edits {
            if let Some(part) = listed.get_mut(index) {
                *part = ListedPart { number, etag: format!("etag-{etag}") };
            }
        }
        prop_assert_eq!(check_listed(&file, &listed, 10).is_ok(), listed == right);
    }
}

/// A file of parts of 10 bytes, and the list that completes it.
fn stored_file(count: i32) -> (File, Vec<ListedPart>) {
    let parts: Vec<Part> =
        (1..=count).map(|number| Part { number, etag: format!("etag-{number}"), size: 10 }).collect();
    let listed = parts.iter().map(|part| ListedPart { number: part.number, etag: part.etag.clone() }).collect();
    let file = File {
        id: FileId::generate(),
        key: "a".to_owned(),
        size: i64::from(count) * 10,
        hash: None,
        content_type: None,
        status: FileStatus::Registered,
        url: None,
        parts,
    };
    (file, listed)
}

fn paths(outcome: Result<(), DomainError>) -> Vec<String> {
    let Err(DomainError::Invalid(violations)) = outcome else { panic!("{outcome:?}") };
    violations.into_iter().map(|violation| violation.path).collect()
}

#[test]
fn a_wrong_list_of_parts_is_told_all_that_is_wrong() {
    let (file, right) = stored_file(3);
    let mut wrong = right.clone();
    wrong[0].etag = "other".to_owned();
    wrong[2].number = 2;
    assert_eq!(paths(check_listed(&file, &wrong, 10)), ["parts[0].etag", "parts[2].partNumber"]);
    assert_eq!(paths(check_listed(&file, &right[..2], 10)), ["parts"]);
    let quoted: Vec<_> =
        right.iter().map(|part| ListedPart { etag: format!("\"{}\"", part.etag), ..part.clone() }).collect();
    assert!(check_listed(&file, &quoted, 10).is_ok(), "an ETag copied from the header is understood");
}

#[test]
fn a_file_that_needs_larger_parts_is_refused() {
    assert!(parts::part_count(MAX_PARTS * 10, 10).is_ok());
    assert!(parts::part_count(MAX_PARTS * 10 + 1, 10).is_err());
}
