//! Instructions as rows: alone, or under the lines they were made from.

use std::collections::BTreeMap;
use std::sync::Arc as Shared;

use super::arcs::Arc;
use crate::base::Addr;
use crate::model::{Disassembly, Flow, Instruction};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The line that the instructions below were made from: that of the instruction with this
    /// number.
    Line(usize),
    Instruction(usize),
    /// Why there is no more.
    Note,
}

/// A disassembly and its rows, made once.
#[derive(Clone, Debug)]
pub struct Listing {
    pub code: Shared<Disassembly>,
    rows: Vec<Row>,
    /// Row of each instruction.
    row_of: Vec<usize>,
    /// Jumps within the code.
    pub arcs: Vec<Arc>,
}

impl Listing {
    /// `mixed`: with a row for each source line.
    #[must_use]
    pub fn new(code: Shared<Disassembly>, mixed: bool) -> Self {
        let mut rows = Vec::with_capacity(code.instructions.len());
        let mut row_of = Vec::with_capacity(code.instructions.len());
        let mut line = None;
        for (index, instruction) in code.instructions.iter().enumerate() {
            let here = instruction.file.as_ref().zip(instruction.line);
            if mixed && (index == 0 || here != line) {
                rows.push(Row::Line(index));
                line = here;
            }
            row_of.push(rows.len());
            rows.push(Row::Instruction(index));
        }
        if code.note.is_some() && !code.instructions.is_empty() {
            rows.push(Row::Note);
        }
        let mut listing = Self {
            code,
            rows,
            row_of,
            arcs: Vec::new(),
        };
        listing.arcs = listing.find_arcs();
        listing
    }

    fn find_arcs(&self) -> Vec<Arc> {
        let instructions = &self.code.instructions;
        let by_addr: BTreeMap<Addr, usize> = instructions
            .iter()
            .zip(&self.row_of)
            .map(|(instruction, row)| (instruction.addr, *row))
            .collect();
        let jumps = instructions.iter().zip(&self.row_of);
        jumps
            .filter(|(instruction, _)| matches!(instruction.flow, Flow::Jump | Flow::Branch))
            .filter_map(|(instruction, row)| {
                Some(Arc {
                    from: *row,
                    to: *by_addr.get(&instruction.target?)?,
                })
            })
            .collect()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    #[must_use]
    pub fn row(&self, row: usize) -> Option<Row> {
        self.rows.get(row).copied()
    }

    /// The instruction of a row; of a line, its first.
    #[must_use]
    pub fn instruction(&self, row: usize) -> Option<&Instruction> {
        match self.row(row)? {
            Row::Instruction(index) | Row::Line(index) => self.code.instructions.get(index),
            Row::Note => None,
        }
    }

    /// The row of the instruction at an address, or that contains it.
    #[must_use]
    pub fn row_at(&self, addr: Addr) -> Option<usize> {
        let instructions = &self.code.instructions;
        let inside = |instruction: &Instruction| {
            addr.0.wrapping_sub(instruction.addr.0) < instruction.bytes.len().max(1) as u64
        };
        let index = instructions.iter().position(inside)?;
        self.row_of.get(index).copied()
    }
}
