//! The nearest known word to one that is not known.

/// The candidate that differs from `word` by the fewest edits, if that is few enough to be a slip
/// of the finger: one in three characters, a transposition counting as two.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed + 1 && *distance < word.chars().count())
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().take(64).enumerate() {
        let mut previous = line + 1;
        let mut diagonal = line;
        let mut next = Vec::with_capacity(row.len());
        next.push(previous);
        for (to, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(from != *to);
            previous = replaced.min(previous + 1).min(above + 1);
            diagonal = *above;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_and_other_words_are_not() {
        let words = ["goroutines", "threads", "locals", "regs"];
        assert_eq!(nearest("gorutines", words), Some("goroutines"));
        assert_eq!(nearest("local", words), Some("locals"));
        assert_eq!(nearest("therads", words), Some("threads"));
        assert_eq!(nearest("zzzzzz", words), None);
        assert_eq!(nearest("q", words), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
