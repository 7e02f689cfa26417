//! How far one name is from another.

/// Letters that have to be put in, left out, exchanged or swapped; what is more than `most` counts as one more than it.
pub(crate) fn measure_distance(one: &str, other: &str, most: usize) -> usize {
    let one: Vec<char> = one.to_lowercase().chars().collect();
    let other: Vec<char> = other.to_lowercase().chars().collect();
    if one.len().abs_diff(other.len()) > most {
        return most + 1;
    }

    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, right) in other.iter().enumerate() {
            let exchange = last[column] + usize::from(left != right);
            let mut best = exchange.min(last[column + 1] + 1).min(now[column] + 1);
            let swaps = row > 0 && column > 0 && *left == other[column - 1] && one[row - 1] == *right;
            if swaps {
                best = best.min(before[column - 1] + 1);
            }
            now.push(best);
        }
        before = std::mem::replace(&mut last, now);
    }

    last.last().copied().unwrap_or(0).min(most + 1)
}
