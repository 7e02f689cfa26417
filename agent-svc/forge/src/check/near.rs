//! What somebody may have meant: the one name that is nearly the same.

/// The only one of the names that is at most two letters away; nothing where several or none are.
pub(super) fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let most = match wanted.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut is_alone = true;
    for name in names {
        let distance = distance(wanted, name, most);
        match (distance, best) {
            (Some(distance), Some((least, found))) if distance == least && found != name => is_alone = false,
            (Some(distance), Some((least, _))) if distance >= least => {}
            (Some(distance), _) => {
                best = Some((distance, name));
                is_alone = true;
            }
            (None, _) => {}
        }
    }

    best.filter(|_| is_alone).map(|(_, name)| name)
}

/// Letters that are added, left out or changed between two words, where they are not more than `most`.
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most || one.len() > 200 {
        return None;
    }

    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (column, against) in other.iter().enumerate() {
            let changed = before + usize::from(!letter.eq_ignore_ascii_case(against));
            before = row[column + 1];
            row[column + 1] = changed.min(before + 1).min(row[column] + 1);
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_one_name_that_is_near_is_meant() {
        assert_eq!(nearest("BookLists", ["BookList", "App"]), Some("BookList"));
        assert_eq!(nearest("boks", ["book", "bok"]), Some("bok"));
        assert_eq!(nearest("bookx", ["booka", "bookb"]), None);
        assert_eq!(nearest("id", ["is"]), None);
        assert_eq!(nearest("members", ["loans"]), None);
    }
}
