//! How far one word is from another.

/// The word of `known` that is at most `distance_max` edits from `word`, the nearest first.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str], distance_max: usize) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap neighbours) from `a` to `b`; words longer
/// than 64 bytes are far from everything.
pub(super) fn distance(a: &str, b: &str) -> usize {
    if a.len().max(b.len()) > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut rows: [Vec<usize>; 2] = [Vec::new(), (0..=b.len()).collect()];
    let mut before: Option<char> = None;
    for (i, x) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        let [older, previous] = &rows;
        let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = at(previous, j) + usize::from(x != *y);
            let mut best = replaced.min(at(previous, j + 1) + 1).min(at(&row, j) + 1);
            let left = j.checked_sub(1).and_then(|j| b.get(j));
            if let (Some(left), Some(above)) = (left, before)
                && above == *y
                && *left == x
            {
                best = best.min(at(older, j - 1) + 1);
            }
            row.push(best);
        }
        rows.rotate_left(1);
        rows[1] = row;
        before = Some(x);
    }
    let [_, last] = rows;
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, edits) in [
            ("deny", "deny", 0),
            ("dney", "deny", 1),
            ("wran", "warn", 1),
            ("denny", "deny", 1),
            ("violaton", "violation", 1),
            ("inconclusve", "inconclusive", 1),
            ("", "deny", 4),
            ("allow", "deny", 5),
            ("é", "e", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
        assert_eq!(distance(&"a".repeat(65), "a"), usize::MAX);
        assert_eq!(nearest("dney", &["warn", "deny"], 2), Some("deny"));
        assert_eq!(nearest("limits", &["warn", "deny"], 2), None);
    }
}
