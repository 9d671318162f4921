//! Where bytes stand: columns for a width, addresses for rows, and the way back for the mouse.
//!
//! ```text
//!   c000012040 00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f ................ o.ID
//!   digits   | hex, a gap after each eight                      ascii            notes
//! ```

/// What a row shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Bytes,
    /// Eight bytes as a number, and what lies there.
    Words,
}

/// The columns of one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub unit: Unit,
    /// Hexadecimal digits of an address.
    pub digits: usize,
    /// Bytes of a row: a power of two.
    pub per_row: u64,
    pub ascii: bool,
    /// Columns for what the bytes are; 0 for none.
    pub notes: usize,
    /// Rows of bytes.
    pub rows: usize,
}

/// Fewer columns than this say nothing.
const LEAST_NOTES: usize = 10;
/// Digits of addresses of user programs; the others need 16.
const USUAL_DIGITS: usize = 12;
const WORD: u64 = 8;

impl Grid {
    /// The grid for an area; `top` is the first address shown.
    #[must_use]
    pub fn of(unit: Unit, width: usize, rows: usize, top: u64) -> Self {
        let digits = if top >> 47 == 0 { USUAL_DIGITS } else { 16 };
        let mut grid = Self {
            unit,
            digits,
            per_row: WORD,
            ascii: true,
            notes: 0,
            rows,
        };
        if unit == Unit::Bytes {
            grid.per_row = [32, 16, WORD]
                .into_iter()
                .find(|per_row| {
                    Self {
                        per_row: *per_row,
                        ..grid
                    }
                    .used()
                        <= width
                })
                .unwrap_or(WORD);
        }
        grid.ascii = grid.used() <= width && (unit == Unit::Bytes || width >= 64);
        let left = width.saturating_sub(grid.used() + 1);
        grid.notes = if left >= LEAST_NOTES || unit == Unit::Words {
            left
        } else {
            0
        };
        grid
    }

    /// Columns of numbers and text.
    fn used(&self) -> usize {
        let ascii = if self.ascii { self.count() + 1 } else { 0 };
        self.digits + 1 + self.number_columns() + ascii
    }

    fn count(&self) -> usize {
        usize::try_from(self.per_row).unwrap_or(8)
    }

    fn number_columns(&self) -> usize {
        match self.unit {
            Unit::Words => 16,
            Unit::Bytes => self.count() * 3 - 1 + (self.count() / 8 - 1),
        }
    }

    /// Column of a byte of a row in hexadecimal; of words, of the pair of digits that it is.
    #[must_use]
    pub fn hex_column(&self, byte: usize) -> usize {
        let at = match self.unit {
            Unit::Words => 14_usize.saturating_sub(byte * 2),
            Unit::Bytes => byte * 3 + byte / 8,
        };
        self.digits + 1 + at
    }

    /// Column of a byte of a row as a character.
    #[must_use]
    pub fn ascii_column(&self, byte: usize) -> usize {
        self.digits + 1 + self.number_columns() + 1 + byte
    }

    /// First column of the notes.
    #[must_use]
    pub fn notes_column(&self) -> usize {
        self.used() + 1
    }

    /// First address of the row that holds `addr`.
    #[must_use]
    pub fn row_start(&self, addr: u64) -> u64 {
        addr & !(self.per_row - 1)
    }

    /// Bytes of all rows.
    #[must_use]
    pub fn window(&self) -> u64 {
        (self.rows as u64).saturating_mul(self.per_row)
    }

    /// The byte of a row at a column.
    #[must_use]
    pub fn byte_at(&self, column: usize) -> Option<usize> {
        (0..self.count()).find(|byte| {
            let hex = self.hex_column(*byte);
            (hex..hex + 2).contains(&column) || self.ascii && self.ascii_column(*byte) == column
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_longer_with_the_width() {
        let row = |width| {
            let grid = Grid::of(Unit::Bytes, width, 10, 0xc000_0000);
            (grid.per_row, grid.ascii, grid.notes)
        };
        assert_eq!(row(38), (8, false, 0));
        assert_eq!(row(48), (8, true, 0));
        assert_eq!(row(58), (8, true, 12));
        assert_eq!(row(78), (16, true, 0));
        assert_eq!(row(198), (32, true, 53));
        assert_eq!(Grid::of(Unit::Words, 48, 10, 0).notes, 18);
        assert_eq!(Grid::of(Unit::Bytes, 0, 0, u64::MAX).per_row, 8);
    }

    #[test]
    fn no_two_bytes_share_a_column_and_a_click_finds_its_byte() {
        for (unit, width) in [(Unit::Bytes, 150), (Unit::Bytes, 48), (Unit::Words, 70)] {
            let grid = Grid::of(unit, width, 4, 0);
            for byte in 0..usize::try_from(grid.per_row).unwrap() {
                assert_eq!(grid.byte_at(grid.hex_column(byte)), Some(byte));
                assert_eq!(grid.byte_at(grid.hex_column(byte) + 1), Some(byte));
                assert_eq!(grid.byte_at(grid.ascii_column(byte)), Some(byte));
            }
            assert_eq!(grid.byte_at(0), None);
        }
    }
}
