//! Where jumps lead: lines in a gutter, the short ones inside, cut by the window.
//!
//! ```text
//!    ╭──  jle  +0x40      an arc goes from a jump to its target
//!    │╭─  je   +0x20      arcs within it stand nearer to the code
//!    │╰▸  mov
//!    ╰─▸  ret
//! ```

use std::ops::Range;

/// A jump, as row numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    pub from: usize,
    pub to: usize,
}

/// One cell of the gutter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Piece {
    #[default]
    Blank,
    Vertical,
    /// The upper end: a corner that opens downwards.
    Upper,
    /// The lower end.
    Lower,
    Horizontal,
    /// The head of an arrow.
    Head,
    /// A line that passes another.
    Cross,
}

/// The gutter of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gutter {
    /// Columns that it takes: one for each lane and one for the heads; 0 without arcs.
    pub columns: usize,
    /// Row after row; with each piece, whether it belongs to the row of the cursor.
    cells: Vec<(Piece, bool)>,
}

impl Arc {
    fn span(self) -> Range<usize> {
        self.from.min(self.to)..self.from.max(self.to) + 1
    }
}

impl Gutter {
    /// Draws the arcs that touch `window`, in `most` lanes at most; those for which there is no
    /// lane are left out, the longest first.
    #[must_use]
    pub fn of(arcs: &[Arc], window: Range<usize>, most: usize, cursor: usize) -> Self {
        let touches = |arc: &&Arc| {
            let span = arc.span();
            span.start < window.end && window.start < span.end && arc.from != arc.to
        };
        let mut shown: Vec<Arc> = arcs.iter().filter(touches).copied().collect();
        shown.sort_by_key(|arc| (arc.span().len(), arc.from));
        let is_current = |arc: &Arc| arc.from == cursor || arc.to == cursor;
        let mut placed = place(&shown, most);
        let lacks = |arc: &&Arc| is_current(arc) && !placed.iter().any(|(other, _)| other == *arc);
        if shown.iter().any(|arc| lacks(&arc)) {
            // What the cursor is on has a lane before all others.
            shown.sort_by_key(|arc| !is_current(arc));
            placed = place(&shown, most);
        }
        let Some(deepest) = placed.iter().map(|(_, lane)| *lane).max() else {
            return Self::default();
        };
        let columns = deepest + 2;
        let mut gutter = Self {
            columns,
            cells: vec![(Piece::Blank, false); columns * window.len()],
        };
        // The cursor's arcs are drawn last, over the others.
        placed.sort_by_key(|(arc, lane)| (is_current(arc), usize::MAX - lane));
        for (arc, lane) in placed {
            gutter.draw(arc, deepest - lane, &window, is_current(&arc));
        }
        gutter
    }

    fn draw(&mut self, arc: Arc, column: usize, window: &Range<usize>, current: bool) {
        let span = arc.span();
        let last = span.end - 1;
        for row in span.start.max(window.start)..span.end.min(window.end) {
            let line = row - window.start;
            let corner = match row {
                _ if row == span.start => Piece::Upper,
                _ if row == last => Piece::Lower,
                _ => Piece::Vertical,
            };
            self.put(line, column, corner, current);
            if corner == Piece::Vertical {
                continue;
            }
            for between in column + 1..self.columns {
                let is_last = between + 1 == self.columns;
                let piece = if is_last && row == arc.to {
                    Piece::Head
                } else {
                    Piece::Horizontal
                };
                self.put(line, between, piece, current);
            }
        }
    }

    fn put(&mut self, line: usize, column: usize, piece: Piece, current: bool) {
        let at = line * self.columns + column;
        let Some(cell) = self.cells.get_mut(at) else {
            return;
        };
        let joined = match (cell.0, piece) {
            (Piece::Head, Piece::Horizontal) => Piece::Head,
            (Piece::Vertical, Piece::Horizontal) | (Piece::Horizontal, Piece::Vertical) => Piece::Cross,
            (Piece::Upper | Piece::Lower, Piece::Horizontal) => cell.0,
            (_, piece) => piece,
        };
        *cell = (joined, current || cell.1);
    }

    /// The pieces of a row of the window, from the left.
    #[must_use]
    pub fn row(&self, line: usize) -> &[(Piece, bool)] {
        let start = line * self.columns;
        self.cells.get(start..start + self.columns).unwrap_or_default()
    }
}

/// A lane for each arc, the first ones first; lane 0 is nearest to the code.
fn place(arcs: &[Arc], most: usize) -> Vec<(Arc, usize)> {
    let mut lanes: Vec<Vec<Range<usize>>> = Vec::new();
    let mut placed = Vec::new();
    for arc in arcs {
        let span = arc.span();
        let is_free = |lane: &Vec<Range<usize>>| {
            lane.iter()
                .all(|other| other.end <= span.start || span.end <= other.start)
        };
        let lane = match lanes.iter().position(is_free) {
            Some(lane) => lane,
            None if lanes.len() < most => {
                lanes.push(Vec::new());
                lanes.len() - 1
            }
            None => continue,
        };
        if let Some(lane) = lanes.get_mut(lane) {
            lane.push(span);
        }
        placed.push((*arc, lane));
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picture(arcs: &[(usize, usize)], window: Range<usize>, most: usize) -> Vec<String> {
        let arcs: Vec<Arc> = arcs
            .iter()
            .map(|(from, to)| Arc { from: *from, to: *to })
            .collect();
        let gutter = Gutter::of(&arcs, window.clone(), most, usize::MAX);
        let sign = |piece: &(Piece, bool)| match piece.0 {
            Piece::Blank => ' ',
            Piece::Vertical => '│',
            Piece::Upper => '╭',
            Piece::Lower => '╰',
            Piece::Horizontal => '─',
            Piece::Head => '▸',
            Piece::Cross => '┼',
        };
        (0..window.len())
            .map(|line| gutter.row(line).iter().map(sign).collect())
            .collect()
    }

    #[test]
    fn arcs_nest_with_the_short_ones_inside() {
        assert_eq!(
            picture(&[(0, 4), (1, 3)], 0..5, 4),
            ["╭──", "│╭─", "││ ", "│╰▸", "╰─▸"]
        );
    }

    #[test]
    fn a_jump_back_points_up_and_arcs_apart_share_a_lane() {
        assert_eq!(
            picture(&[(2, 0), (3, 5)], 0..6, 4),
            ["╭▸", "│ ", "╰─", "╭─", "│ ", "╰▸"]
        );
    }

    #[test]
    fn the_window_cuts_arcs_and_long_ones_give_way() {
        assert_eq!(picture(&[(0, 9)], 3..5, 4), ["│ ", "│ "]);
        assert_eq!(picture(&[(0, 9), (1, 2), (1, 3)], 0..4, 1).len(), 4);
        assert_eq!(picture(&[(0, 9), (1, 2)], 0..4, 1), ["  ", "╭─", "╰▸", "  "]);
        assert_eq!(picture(&[(7, 9)], 0..2, 4), ["", ""]);
    }

    proptest! {
        #[test]
        fn no_gutter_is_wider_than_its_lanes(
            arcs in proptest::collection::vec((0_usize..50, 0_usize..50), 0..60),
            start in 0_usize..50, len in 0_usize..20, most in 0_usize..6, cursor in 0_usize..50,
        ) {
            let arcs: Vec<Arc> = arcs.into_iter().map(|(from, to)| Arc { from, to }).collect();
            let gutter = Gutter::of(&arcs, start..start + len, most, cursor);
            prop_assert!(gutter.columns <= most + 1);
            for line in 0..len + 2 {
                prop_assert!(gutter.row(line).len() <= gutter.columns);
            }
        }
    }
}
