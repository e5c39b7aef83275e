//! Values of variables that refer to other variables.

use std::collections::{BTreeMap, BTreeSet};

use crate::variables::{placeholders, substitute};

/// The most bytes of a value once the variables in it are replaced: each line can make the one above it ten times longer.
pub(crate) const MAX_VALUE_BYTES: usize = 64 * 1024;

/// The most bytes that all variables of a file add to it: as much as a file may hold.
pub(crate) const MAX_ADDED_BYTES: usize = httpfile::MAX_FILE_BYTES;

/// Why the variables in a value are not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The value leads back to itself.
    Circular,
    /// It would be longer than [`MAX_VALUE_BYTES`], or all of them together longer than [`MAX_ADDED_BYTES`].
    TooLong,
    /// It refers to one of the others.
    Dependent,
}

/// A value with every variable of the same file replaced, or why it has none.
pub(crate) type Expanded = Result<String, Unusable>;

/// For each variable, others that are linked to it.
type Links<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Replaces variables in the values of variables; each value is made once.
pub(crate) fn expand(raw: &BTreeMap<&str, &str>) -> BTreeMap<String, Expanded> {
    let (mut uses, mut users) = links(raw);
    let mut all: BTreeMap<String, Expanded> = BTreeMap::new();
    let mut left = MAX_ADDED_BYTES;
    for name in peel(&mut uses, &users) {
        let expanded = expanded(raw[name], &all, &mut left);
        all.insert(name.to_owned(), expanded);
    }
    // What is left lies on a circle or leads to one; what leads to one is peeled off from the other side.
    users.retain(|name, _| uses.contains_key(name));
    users.values_mut().for_each(|users| users.retain(|user| uses.contains_key(user)));
    for name in peel(&mut users, &uses) {
        all.insert(name.to_owned(), Err(Unusable::Dependent));
    }
    all.extend(users.into_keys().map(|name| (name.to_owned(), Err(Unusable::Circular))));
    all
}

/// Which variables each one refers to, and which refer to it.
fn links<'a>(raw: &BTreeMap<&'a str, &'a str>) -> (Links<'a>, Links<'a>) {
    let (mut uses, mut users) = (Links::new(), Links::new());
    for (&name, text) in raw {
        users.entry(name).or_default();
        let used = uses.entry(name).or_default();
        for (_, other) in placeholders(text).filter(|(_, other)| raw.contains_key(other)) {
            used.insert(other);
            users.entry(other).or_default().insert(name);
        }
    }
    (uses, users)
}

/// Takes away, again and again, what has no link left; returns it in that order. `back` has the links the other way.
fn peel<'a>(links: &mut Links<'a>, back: &Links<'a>) -> Vec<&'a str> {
    let mut peeled: Vec<&str> = links.iter().filter(|(_, to)| to.is_empty()).map(|(name, _)| *name).collect();
    let mut at = 0;
    while let Some(name) = peeled.get(at).copied() {
        at += 1;
        links.remove(name);
        for &other in back.get(name).into_iter().flatten() {
            if let Some(to) = links.get_mut(other)
                && to.remove(name)
                && to.is_empty()
            {
                peeled.push(other);
            }
        }
    }
    peeled
}

fn expanded(text: &str, known: &BTreeMap<String, Expanded>, left: &mut usize) -> Expanded {
    let mut added = 0;
    for (_, name) in placeholders(text) {
        match known.get(name) {
            Some(Ok(value)) => added += value.len(),
            Some(Err(_)) => return Err(Unusable::Dependent),
            None => {}
        }
        if added > MAX_VALUE_BYTES.min(*left) {
            return Err(Unusable::TooLong);
        }
    }
    *left -= added;
    Ok(substitute(text, |name| known.get(name).and_then(|value| value.clone().ok())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand_all(raw: &[(&str, &str)]) -> Vec<(String, Expanded)> {
        expand(&raw.iter().copied().collect()).into_iter().collect()
    }

    #[test]
    fn a_chain_of_any_length_has_a_value() {
        let names: Vec<String> = (0..10_000).map(|n| format!("v{n}")).collect();
        let values: Vec<String> =
            std::iter::once("end".to_owned()).chain(names.iter().map(|n| format!("{{{{{n}}}}}"))).collect();
        let raw = names.iter().zip(&values).map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert!(expand(&raw).values().all(|value| value.as_deref() == Ok("end")));
    }

    #[test]
    fn values_that_multiply_stop_at_the_limit() {
        let mut raw = vec![("v00".to_owned(), "x".repeat(10))];
        for n in 1..30 {
            raw.push((format!("v{n:02}"), format!("{{{{v{:02}}}}}", n - 1).repeat(10)));
        }
        let all = expand(&raw.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect());
        assert_eq!(all["v03"].as_ref().map(String::len), Ok(10_000));
        assert_eq!(all["v04"], Err(Unusable::TooLong));
        assert_eq!(all["v29"], Err(Unusable::Dependent));
    }

    #[test]
    fn what_lies_on_a_circle_is_told_from_what_leads_to_one() {
        let all =
            expand_all(&[("a", "{{b}}"), ("b", "x{{c}}"), ("c", "{{b}}{{d}}"), ("d", "{{nowhere}}"), ("e", "{{e}}")]);
        let circular = all.iter().filter(|(_, value)| *value == Err(Unusable::Circular)).map(|(name, _)| name.as_str());
        assert_eq!(circular.collect::<Vec<_>>(), ["b", "c", "e"]);
        assert_eq!(all[0].1, Err(Unusable::Dependent));
        assert_eq!(all[3].1.as_deref(), Ok("{{nowhere}}"));
    }
}
