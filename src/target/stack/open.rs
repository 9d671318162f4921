//! [`OpenStack`]: the frames of one stack walked so far, small enough for a million of them.

use rustc_hash::FxHashMap;

use super::{TRUSTS, shown_end};
use crate::arch::{RegisterFile, amd64};
use crate::base::Addr;
use crate::model::{FrameTrust, StackEnd};
use crate::unwind::{RawFrame, SignalContext, StackId, Walker};

/// A walk that can go on, and what it has found.
#[derive(Clone, Debug)]
pub struct OpenStack {
    pub(super) walker: Walker,
    frames: Vec<Compact>,
    /// Registers of frames that know more than a Go call leaves.
    registers: FxHashMap<u32, Box<RegisterFile>>,
    /// What belongs to the thread rather than to a frame.
    thread: RegisterFile,
    stacks: Vec<StackId>,
    signals: Vec<(u32, Box<SignalContext>)>,
    rows: u32,
    /// Why frames are missing in between, if they are.
    gap: Option<String>,
}

/// A frame in 40 bytes.
#[derive(Clone, Copy, Debug)]
struct Compact {
    pc: u64,
    sp: u64,
    frame_pointer: u64,
    /// Bytes from sp to the CFA; all ones when there is none.
    depth: u32,
    first_row: u32,
    stack: u16,
    trust: u8,
    flags: u8,
}

const EXACT: u8 = 1;
const KNOWS_FRAME_POINTER: u8 = 2;
const KNOWS_G: u8 = 4;
const NO_CFA: u32 = u32::MAX;

impl OpenStack {
    pub(super) fn new(walker: Walker) -> Self {
        Self {
            walker,
            frames: Vec::new(),
            registers: FxHashMap::default(),
            thread: RegisterFile::new(),
            stacks: Vec::new(),
            signals: Vec::new(),
            rows: 0,
            gap: None,
        }
    }

    /// Rows known so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    pub(super) fn end(&self) -> StackEnd {
        shown_end(self.walker.end(), self.gap.as_deref())
    }

    /// The physical frame that shows as `row`.
    pub(super) fn physical(&self, row: usize) -> Option<usize> {
        if row >= self.rows() {
            return None;
        }
        let after = self
            .frames
            .partition_point(|frame| frame.first_row as usize <= row);
        after.checked_sub(1)
    }

    pub(super) fn first_row(&self, physical: usize) -> usize {
        self.frames
            .get(physical)
            .map_or(usize::MAX, |frame| frame.first_row as usize)
    }

    pub(super) fn signals(&self) -> impl Iterator<Item = (usize, &SignalContext)> {
        self.signals
            .iter()
            .map(|(row, context)| (*row as usize, context.as_ref()))
    }

    /// Adds a frame that shows as `rows` rows.
    pub(super) fn push(&mut self, mut raw: RawFrame, rows: usize) {
        let Ok(index) = u32::try_from(self.frames.len()) else {
            return;
        };
        if index == 0 {
            self.thread = raw.registers.of_thread();
        }
        if let Some(signal) = raw.signal.take() {
            self.signals.push((self.rows, signal));
        }
        if let Some(gap) = raw.gap.take() {
            let last = self.rows.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX));
            self.gap.get_or_insert_with(|| {
                format!("frames are missing behind row {}: {gap}", last.saturating_sub(1))
            });
        }
        let compact = self.compact(&raw);
        self.frames.push(compact);
        self.rows = self.rows.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX));
        if self.expand(&compact, index) != raw {
            self.registers.insert(index, Box::new(raw.registers));
        }
    }

    pub(super) fn raw(&self, physical: usize) -> Option<RawFrame> {
        let index = u32::try_from(physical).ok()?;
        self.frames
            .get(physical)
            .map(|compact| self.expand(compact, index))
    }

    fn compact(&mut self, raw: &RawFrame) -> Compact {
        let known = self.stacks.iter().position(|stack| *stack == raw.stack);
        let stack = known.unwrap_or_else(|| {
            self.stacks.push(raw.stack);
            self.stacks.len() - 1
        });
        let depth = raw
            .cfa
            .and_then(|cfa| u32::try_from(cfa.0.checked_sub(raw.sp.0)?).ok());
        let frame_pointer = raw.registers.get(amd64::RBP);
        let knows_g = raw.registers.get(amd64::R14) == Some(raw.stack.0);
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        Compact {
            pc: raw.pc.0,
            sp: raw.sp.0,
            frame_pointer: frame_pointer.unwrap_or_default(),
            depth: depth.unwrap_or(NO_CFA),
            first_row: self.rows,
            stack: u16::try_from(stack).unwrap_or(u16::MAX),
            trust: TRUSTS
                .iter()
                .position(|trust| *trust == raw.trust)
                .and_then(|at| u8::try_from(at).ok())
                .unwrap_or_default(),
            flags: flag(raw.exact, EXACT)
                | flag(frame_pointer.is_some(), KNOWS_FRAME_POINTER)
                | flag(knows_g, KNOWS_G),
        }
    }

    fn expand(&self, compact: &Compact, index: u32) -> RawFrame {
        let stack = self
            .stacks
            .get(usize::from(compact.stack))
            .copied()
            .unwrap_or_default();
        let registers = match self.registers.get(&index) {
            Some(registers) => registers.as_ref().clone(),
            None => self.few_registers(compact, stack),
        };
        let cfa = (compact.depth != NO_CFA)
            .then(|| Addr(compact.sp).checked_add(u64::from(compact.depth)))
            .flatten();
        RawFrame {
            registers,
            pc: Addr(compact.pc),
            sp: Addr(compact.sp),
            cfa,
            stack,
            trust: TRUSTS
                .get(usize::from(compact.trust))
                .copied()
                .unwrap_or(FrameTrust::Scan),
            exact: compact.flags & EXACT != 0,
            signal: None,
            gap: None,
        }
    }

    /// What survives a Go call.
    fn few_registers(&self, compact: &Compact, stack: StackId) -> RegisterFile {
        let mut registers = self
            .thread
            .clone()
            .with(amd64::RIP, compact.pc)
            .with(amd64::RSP, compact.sp);
        if compact.flags & KNOWS_FRAME_POINTER != 0 {
            registers.set(amd64::RBP, compact.frame_pointer);
        }
        if compact.flags & KNOWS_G != 0 {
            registers.set(amd64::R14, stack.0);
        }
        registers
    }
}
