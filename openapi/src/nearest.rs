//! The near miss: which of the known names was meant.

/// Nobody mistypes a name that is longer.
const MAX_LENGTH: usize = 64;

/// The candidate that differs least from a name, if it differs little enough to be a slip.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    candidates
        .into_iter()
        // Comparing is what costs, and names of quite another length are never close.
        .filter(|c| length <= MAX_LENGTH && c.chars().count().abs_diff(length) <= allowed)
        .map(|c| (distance(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, c)| *d <= allowed && *c != name)
        .min()
        .map(|(_, c)| c)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let names = ["FileKey", "Sha256", "SessionFile"];
        assert_eq!(nearest("FileKye", names), Some("FileKey"));
        assert_eq!(nearest("SesionFile", names), Some("SessionFile"));
        assert_eq!(nearest("filekey", names), Some("FileKey"));
        assert_eq!(nearest("Duration", names), None);
    }
}
