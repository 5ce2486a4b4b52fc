//! Which packages a run evaluates: conftest's `-n` patterns.

/// Whether `name` matches `pattern`, in which `*` stands for any text within one
/// part of a `.`-separated name, `**` for any text, and `?` for one character.
///
/// conftest matches namespaces with gobwas/glob and the separator `.`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // reached[i]: the pattern so far matches the first i characters of the name.
    let mut reached = vec![false; name.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let mut at = 0;
    while let Some(symbol) = pattern.get(at) {
        let is_double = *symbol == '*' && pattern.get(at + 1) == Some(&'*');
        at += if is_double { 2 } else { 1 };
        reached = step(&reached, &name, *symbol, is_double);
    }
    reached.last() == Some(&true)
}

fn step(reached: &[bool], name: &[char], symbol: char, is_double: bool) -> Vec<bool> {
    let mut next = Vec::with_capacity(reached.len());
    let mut running = false;
    for (index, here) in reached.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| name.get(i));
        let came = index
            .checked_sub(1)
            .and_then(|i| reached.get(i))
            .is_some_and(|came| *came);
        match symbol {
            '*' => {
                running &= is_double || before != Some(&'.');
                running |= *here;
                next.push(running);
            }
            '?' => next.push(came && before.is_some_and(|c| *c != '.')),
            literal => next.push(came && before == Some(&literal)),
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_conftests_do() {
        for (pattern, name) in [
            ("main", "main"),
            ("main*", "main"),
            ("main.*", "main.gke"),
            ("*", "main"),
            ("**", "main.gke.x"),
            ("main.**", "main.gke.x"),
            ("ma?n", "main"),
            ("*.gke", "main.gke"),
            ("a*b*c", "axxbyyc"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("main", "main.gke"),
            ("main", "mai"),
            ("main*", "main.gke"),
            ("*", "main.gke"),
            ("main.*", "main.gke.x"),
            ("main?gke", "main.gke"),
            ("", "main"),
            ("a*b*c", "axxbyy"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        // Linear in pattern and name, whatever the stars.
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
    }
}
