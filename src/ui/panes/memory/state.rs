//! Where the cursor is and has been.

use std::ops::Range;

use super::cache::Cache;
use super::grid::{Grid, Unit};
use crate::base::Addr;
use crate::model::ValueRef;
use crate::ui::motion::Motion;

/// A place worth returning to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub cursor: Addr,
    /// The object that lies there.
    pub overlay: Option<ValueRef>,
    /// How the user got there.
    pub name: String,
}

/// The pane's state.
#[derive(Debug, Default)]
pub struct Memory {
    /// Where it was gone to; `None` before anything was.
    pub spot: Option<Spot>,
    pub cursor: u64,
    /// First address shown.
    pub top: u64,
    pub unit: Unit,
    pub cache: Cache,
    back: Vec<Spot>,
    forward: Vec<Spot>,
}

const KEPT: usize = 200;

impl Memory {
    /// Goes to a place; the one before can be gone back to.
    pub fn go(&mut self, spot: Spot) {
        self.note();
        self.forward.clear();
        self.turn_to(spot);
    }

    /// Remembers where it is now.
    fn note(&mut self) {
        if let Some(here) = self.here() {
            self.back.push(here);
            if self.back.len() > KEPT {
                self.back.remove(0);
            }
        }
    }

    fn here(&self) -> Option<Spot> {
        let spot = self.spot.clone()?;
        Some(Spot {
            cursor: Addr(self.cursor),
            ..spot
        })
    }

    fn turn_to(&mut self, spot: Spot) {
        self.cursor = spot.cursor.0;
        self.cache.lay_over(spot.overlay.as_ref());
        self.spot = Some(spot);
    }

    /// Lays an object over the bytes at `cursor`, if those are what is looked at.
    pub fn lay_over(&mut self, cursor: Addr, overlay: Option<ValueRef>) {
        if let Some(spot) = self.spot.as_mut().filter(|spot| spot.cursor == cursor) {
            spot.overlay = overlay;
            self.cache.lay_over(spot.overlay.as_ref());
        }
    }

    /// Back to the place before. `false` when there is none.
    pub fn go_back(&mut self) -> bool {
        let Some(spot) = self.back.pop() else { return false };
        self.forward.extend(self.here());
        self.turn_to(spot);
        true
    }

    /// Forward again. `false` when there is nothing.
    pub fn go_forward(&mut self) -> bool {
        let Some(spot) = self.forward.pop() else {
            return false;
        };
        self.note();
        self.turn_to(spot);
        true
    }

    /// Brings the cursor into the window, whose rows begin at multiples of their length.
    pub fn settle(&mut self, grid: &Grid) {
        let row = grid.row_start(self.cursor);
        let top = grid.row_start(self.top);
        let last = (grid.rows as u64).saturating_sub(1).saturating_mul(grid.per_row);
        let lowest = row.saturating_sub(last);
        self.top = if row < top || lowest > top {
            // Out of sight: a little above the middle, unless it is only a row away.
            let is_near = row.abs_diff(top) <= last.saturating_add(grid.per_row);
            let above = (grid.rows as u64 / 3).saturating_mul(grid.per_row);
            match (is_near, row < top) {
                (true, true) => row,
                (true, false) => lowest,
                _ => row.saturating_sub(above),
            }
        } else {
            top
        };
    }

    /// The addresses that are shown.
    #[must_use]
    pub fn window(&self, grid: &Grid) -> Range<u64> {
        let top = grid.row_start(self.top);
        top..top.saturating_add(grid.window().max(1))
    }

    pub fn travel(&mut self, motion: Motion, grid: &Grid) {
        let page = grid.window().saturating_sub(grid.per_row).max(grid.per_row);
        let half = (grid.rows as u64 / 2).max(1).saturating_mul(grid.per_row);
        match motion {
            Motion::Up => self.step_back(grid.per_row),
            Motion::Down => self.step(grid.per_row),
            Motion::PageUp => self.leap_back(page, grid),
            Motion::PageDown => self.leap(page, grid),
            Motion::HalfUp => self.leap_back(half, grid),
            Motion::HalfDown => self.leap(half, grid),
            Motion::First => {
                if let Some(spot) = &self.spot {
                    self.cursor = spot.cursor.0;
                }
            }
            Motion::Last => {
                if let Some(end) = self.cache.overlay_end() {
                    self.cursor = end.saturating_sub(1);
                }
            }
        }
    }

    /// Moves on by `bytes`, unless the address space ends before.
    pub fn step(&mut self, bytes: u64) {
        self.cursor = self.cursor.checked_add(bytes).unwrap_or(self.cursor);
    }

    pub fn step_back(&mut self, bytes: u64) {
        self.cursor = self.cursor.checked_sub(bytes).unwrap_or(self.cursor);
    }

    fn leap(&mut self, bytes: u64, grid: &Grid) {
        if self.cursor.checked_add(bytes).is_some() && self.window(grid).end.checked_add(bytes).is_some() {
            self.step(bytes);
            self.top = self.top.saturating_add(bytes);
        }
    }

    fn leap_back(&mut self, bytes: u64, grid: &Grid) {
        let column = self.cursor - grid.row_start(self.cursor);
        self.cursor = match self.cursor.checked_sub(bytes) {
            Some(cursor) => cursor,
            None => column,
        };
        self.top = self.top.saturating_sub(bytes);
    }

    /// Moves what is seen by rows; the cursor follows only when it would get lost.
    pub fn wheel(&mut self, rows: isize, grid: &Grid) {
        let bytes = (rows.unsigned_abs() as u64).saturating_mul(grid.per_row);
        let top = if rows < 0 {
            self.top.saturating_sub(bytes)
        } else {
            self.top.saturating_add(bytes)
        };
        self.top = grid.row_start(top);
        let window = self.window(grid);
        let column = self.cursor - grid.row_start(self.cursor);
        let last = grid.row_start(window.end.saturating_sub(1));
        let row = grid.row_start(self.cursor).clamp(window.start, last);
        self.cursor = row.saturating_add(column);
    }

    /// The word that holds the cursor.
    #[must_use]
    pub fn word_at_cursor(&self) -> u64 {
        self.cursor & !7
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(at: u64) -> Spot {
        Spot {
            cursor: Addr(at),
            overlay: None,
            name: String::new(),
        }
    }

    #[test]
    fn places_are_gone_back_to_where_the_cursor_was_left() {
        let mut memory = Memory::default();
        assert!(!memory.go_back());
        memory.go(spot(0x1000));
        memory.step(3);
        memory.go(spot(0x9000));
        assert!(memory.go_back());
        assert_eq!(memory.cursor, 0x1003);
        assert!(memory.go_forward() && !memory.go_forward());
        assert_eq!(memory.cursor, 0x9000);
    }

    proptest! {
        #[test]
        fn the_cursor_stays_in_sight_everywhere(
            start in prop_oneof![any::<u64>(), 0_u64..5000, u64::MAX - 5000..u64::MAX],
            steps in proptest::collection::vec((0_usize..9, 1_usize..200, 0_usize..60), 0..30),
        ) {
            const MOTIONS: [Motion; 8] = [
                Motion::Up, Motion::Down, Motion::PageUp, Motion::PageDown,
                Motion::HalfUp, Motion::HalfDown, Motion::First, Motion::Last,
            ];
            let mut memory = Memory::default();
            memory.go(spot(start));
            for (step, width, rows) in steps {
                let grid = Grid::of(Unit::Bytes, width, rows, memory.top);
                match MOTIONS.get(step) {
                    Some(motion) => memory.travel(*motion, &grid),
                    None => memory.wheel(-3, &grid),
                }
                memory.settle(&grid);
                let window = memory.window(&grid);
                prop_assert!(rows == 0 || window.contains(&memory.cursor) || window.end == u64::MAX);
                prop_assert_eq!(window.start % grid.per_row, 0);
            }
        }
    }
}
