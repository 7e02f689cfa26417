//! Finds the name that somebody probably meant.

/// The candidate with the fewest edits, when that is few enough to be a slip.
#[must_use]
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let most = (wanted.len() / 3).max(2);
    let ranked = candidates.into_iter().map(|one| (edits(wanted, one), one));
    ranked
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, one)| one.to_owned())
}

/// Levenshtein distance, by bytes.
fn edits(a: &str, b: &str) -> usize {
    let b = b.as_bytes();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }

    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_guess_is_not_made() {
        let keys = ["gateway.listen", "gateway.public_url", "data_dir"];
        assert_eq!(nearest("gateway.listn", keys).as_deref(), Some("gateway.listen"));
        assert_eq!(nearest("datadir", keys).as_deref(), Some("data_dir"));
        assert_eq!(nearest("zzz", keys), None);
        assert_eq!(
            (edits("", "abc"), edits("kitten", "sitting"), edits("a", "a")),
            (3, 3, 0)
        );
    }
}
