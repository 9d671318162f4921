//! pc-value tables: how Go maps every pc of a function to a number (stack depth, line, file, ...).
//!
//! Pairs of varints: a zigzag value delta, then a pc delta in quanta. The value starts at -1 and
//! holds up to the pc reached; a zero value delta ends the table, except in the first pair.

use crate::base::Cursor;

/// The value at `offset` bytes behind the function's entry; `None` past the end of the table or
/// when it is damaged.
#[must_use]
pub fn value_at(table: &[u8], offset: u64, quantum: u32) -> Option<i32> {
    Runs::new(table, quantum)
        .find(|(end, _)| offset < *end)
        .map(|(_, value)| value)
}

/// The runs of a table as (end offset, value); ends where the table ends or is damaged.
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    cursor: Cursor<'a>,
    quantum: u32,
    value: i32,
    pc: u64,
    is_first: bool,
    has_ended: bool,
}

impl<'a> Runs<'a> {
    #[must_use]
    pub fn new(table: &'a [u8], quantum: u32) -> Self {
        Self {
            cursor: Cursor::new(table),
            quantum,
            value: -1,
            pc: 0,
            is_first: true,
            has_ended: false,
        }
    }

    /// Each step moves the pc on by at least one, so a table that never ends ends with the bytes.
    fn step(&mut self) -> Option<(u64, i32)> {
        let delta = varint(&mut self.cursor)?;
        if delta == 0 && !self.is_first {
            return None;
        }
        self.is_first = false;
        self.value = self.value.wrapping_add(unzigzag(delta));
        let advance = varint(&mut self.cursor)?;
        if advance == 0 {
            return None;
        }
        self.pc = self
            .pc
            .checked_add(u64::from(advance) * u64::from(self.quantum))?;
        Some((self.pc, self.value))
    }
}

impl Iterator for Runs<'_> {
    type Item = (u64, i32);

    fn next(&mut self) -> Option<(u64, i32)> {
        if self.has_ended {
            return None;
        }
        let run = self.step();
        self.has_ended = run.is_none();
        run
    }
}

/// All runs of a table.
#[cfg(test)]
pub fn runs(table: &[u8], quantum: u32) -> Vec<(u64, i32)> {
    Runs::new(table, quantum).collect()
}

fn varint(cursor: &mut Cursor<'_>) -> Option<u32> {
    let low = cursor.u8().ok()?;
    if low & 0x80 == 0 {
        return Some(u32::from(low));
    }
    let mut value = u32::from(low & 0x7f);
    for shift in [7_u32, 14, 21, 28] {
        let byte = cursor.u8().ok()?;
        value |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn unzigzag(delta: u32) -> i32 {
    let half = (delta >> 1).cast_signed();
    if delta & 1 == 0 { half } else { !half }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_from_the_linker_decodes() {
        // 0 until +1, 8 until +4, 24 until +20, 0 until +21: the shape of a small function's pcsp.
        let table = [0x02, 1, 0x10, 3, 0x20, 16, 0x2f, 1, 0];
        assert_eq!(runs(&table, 1), [(1, 0), (4, 8), (20, 24), (21, 0)]);
        assert_eq!(value_at(&table, 21, 1), None);
    }

    #[test]
    fn a_table_that_does_not_advance_ends() {
        assert_eq!(value_at(&[2, 0, 2, 0, 2, 0], 5, 1), None);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), at in any::<u64>()) {
            let _ = value_at(&bytes, at, 4);
        }
    }
}
