//! Rows of a long list in which runs of items are folded into one row each.
//!
//! A list of a million items with three folds costs three entries; rows and items are turned into
//! each other by binary search. Knows nothing of what an item is.
//!
//! ```text
//!   items  0 1 2 3 4 5 6 7 8      folds [1..4), [6..9)
//!   rows   0 1     2 3 4
//!          a ▸     b c ▸
//! ```

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Item(usize),
    Fold { from: usize, len: usize },
}

/// Folded runs, sorted, apart from each other and not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds(Vec<Fold>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fold {
    from: usize,
    len: usize,
    /// Items hidden by all folds before this one.
    hidden_before: usize,
}

impl Folds {
    /// Folds `runs` of (first item, count), which are sorted and do not touch.
    #[must_use]
    pub fn new(runs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut folds = Vec::new();
        let mut hidden = 0;
        for (from, len) in runs {
            if len == 0 {
                continue;
            }
            folds.push(Fold {
                from,
                len,
                hidden_before: hidden,
            });
            hidden += len - 1;
        }
        Self(folds)
    }

    /// Rows that `items` items make.
    #[must_use]
    pub fn rows(&self, items: usize) -> usize {
        let hidden = self.0.last().map_or(0, |last| last.hidden_before + last.len - 1);
        items.saturating_sub(hidden)
    }

    #[must_use]
    pub fn row_of(&self, item: usize) -> usize {
        let after = self.0.partition_point(|fold| fold.from <= item);
        let Some(fold) = after.checked_sub(1).and_then(|at| self.0.get(at)) else {
            return item;
        };
        let first_row = fold.from - fold.hidden_before;
        if item < fold.from + fold.len {
            first_row
        } else {
            first_row + 1 + (item - fold.from - fold.len)
        }
    }

    #[must_use]
    pub fn at(&self, row: usize) -> Row {
        let after = self
            .0
            .partition_point(|fold| fold.from - fold.hidden_before <= row);
        let Some(fold) = after.checked_sub(1).and_then(|at| self.0.get(at)) else {
            return Row::Item(row);
        };
        let first_row = fold.from - fold.hidden_before;
        if row == first_row {
            return Row::Fold {
                from: fold.from,
                len: fold.len,
            };
        }
        Row::Item(fold.from + fold.len + (row - first_row - 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_drawing_holds() {
        let folds = Folds::new([(1, 3), (6, 3)]);
        assert_eq!(folds.rows(9), 5);
        let rows: Vec<Row> = (0..5).map(|row| folds.at(row)).collect();
        assert_eq!(
            rows,
            [
                Row::Item(0),
                Row::Fold { from: 1, len: 3 },
                Row::Item(4),
                Row::Item(5),
                Row::Fold { from: 6, len: 3 }
            ]
        );
        assert_eq!(folds.row_of(2), 1);
        assert_eq!(folds.row_of(5), 3);
    }

    proptest! {
        #[test]
        fn rows_and_items_agree(gaps in proptest::collection::vec((0_usize..4, 1_usize..5), 0..8)) {
            let mut next = 0;
            let mut runs = Vec::new();
            for (gap, len) in gaps {
                let from = next + gap + usize::from(!runs.is_empty());
                runs.push((from, len));
                next = from + len;
            }
            let folds = Folds::new(runs);
            let items = next + 5;
            for row in 0..folds.rows(items) {
                let item = match folds.at(row) {
                    Row::Item(item) => item,
                    Row::Fold { from, .. } => from,
                };
                prop_assert!(item < items);
                prop_assert_eq!(folds.row_of(item), row);
            }
        }
    }
}
