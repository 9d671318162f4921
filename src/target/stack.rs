//! Stacks as rows: physical frames walked on demand, inlined calls taken apart, names attached.
//!
//! [`StackReader`] serves all stacks of one epoch; an [`OpenStack`] is one walk put aside between
//! two pages. Knows nothing of goroutine lists: whose stack it is comes in as a [`Position`].

mod code;
mod open;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};

use self::code::CodeMap;
use self::rows::{PhysicalRows, RowCache};
use super::debug_files::DebugFiles;
use crate::arch::{RegisterFile, amd64};
use crate::base::{Addr, AddrRange, CancelToken, Cancelled, Limits};
use crate::go::{GoStacks, naming};
use crate::memory::Memory;
use crate::model::{Frame, FrameTrust, Location, SignalInfo, StackEnd};
use crate::symbols::Image;
use crate::unwind::{NoHooks, Position, RawFrame, SignalContext, StackHooks, WalkContext, WalkEnd, Walker};

pub use self::open::OpenStack;

/// Everything that stacks of one epoch have in common.
#[derive(Debug)]
pub struct StackReader {
    code: CodeMap,
    go: Option<Arc<GoStacks>>,
    limits: Limits,
    rows: Mutex<RowCache>,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackPage {
    pub frames: Vec<Frame>,
    /// Rows known so far; all of them when `end` is not [`StackEnd::Limit`].
    pub depth: usize,
    pub end: StackEnd,
}

/// A row with what evaluating variables in it needs.
#[derive(Clone, Debug)]
pub struct FrameContext {
    pub frame: Frame,
    /// Registers while the frame runs, as far as they are known.
    pub registers: RegisterFile,
    /// The pc to look code up with: of the call, not behind it.
    pub lookup_pc: Addr,
    /// 0 for the function that has code of its own; n for the n-th inlined call inwards.
    pub inline_depth: usize,
}

/// A signal that was being handled when the process stopped, found on a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalFrame {
    /// Row of the handler that the kernel called.
    pub row: usize,
    pub signal: SignalInfo,
    /// What was interrupted.
    pub pc: Addr,
}

impl StackReader {
    /// Without `go` only call frame information and frame pointers are used.
    #[must_use]
    pub fn new(images: &[Image], go: Option<Arc<GoStacks>>, limits: &Limits) -> Self {
        Self {
            code: CodeMap::new(images, go.clone(), limits),
            go,
            limits: limits.clone(),
            rows: Mutex::default(),
        }
    }

    /// Takes names of C functions from separate debug files, too.
    #[must_use]
    pub(super) fn with_debug_files(mut self, files: &Arc<DebugFiles>) -> Self {
        self.code.take_debug_files(files);
        self
    }

    /// A stack that begins at `start`; nothing is walked yet.
    #[must_use]
    pub fn open(&self, start: Position) -> OpenStack {
        OpenStack::new(Walker::new(start))
    }

    /// Rows `from..from + count`, walking on as far as they need.
    pub fn page(
        &self,
        stack: &mut OpenStack,
        memory: &dyn Memory,
        (from, count): (usize, usize),
        cancel: &CancelToken,
    ) -> Result<StackPage, Cancelled> {
        let wanted = from.saturating_add(count);
        self.walk_to(stack, memory, wanted, cancel)?;
        let frames = self.frames(stack, from, wanted.min(stack.rows()));
        let end = if wanted < stack.rows() {
            StackEnd::Limit
        } else {
            stack.end()
        };
        Ok(StackPage {
            frames,
            depth: stack.rows(),
            end,
        })
    }

    /// One row with its registers; `None` past the end of the stack.
    pub fn frame(
        &self,
        stack: &mut OpenStack,
        memory: &dyn Memory,
        row: usize,
        cancel: &CancelToken,
    ) -> Result<Option<FrameContext>, Cancelled> {
        self.walk_to(stack, memory, row.saturating_add(1), cancel)?;
        let frame = self.frames(stack, row, row.saturating_add(1)).pop();
        let physical = stack.physical(row);
        let raw = physical.and_then(|physical| stack.raw(physical));
        Ok(frame.zip(raw).map(|(frame, raw)| {
            let rows = self.rows_at(raw.pc, raw.exact).rows.len();
            let inner = row.saturating_sub(physical.map_or(row, |at| stack.first_row(at)));
            FrameContext {
                frame,
                lookup_pc: self.code.lookup_pc(raw.pc, raw.exact),
                registers: raw.registers,
                inline_depth: rows.saturating_sub(inner + 1),
            }
        }))
    }

    /// The signals being handled on this stack, outermost (first in time) last. Walks at most
    /// `rows` rows.
    pub fn signals(
        &self,
        stack: &mut OpenStack,
        memory: &dyn Memory,
        rows: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<SignalFrame>, Cancelled> {
        self.walk_to(stack, memory, rows, cancel)?;
        Ok(stack
            .signals()
            .map(|(row, context)| SignalFrame {
                row,
                signal: signal_info(context),
                pc: Addr(context.registers.get(amd64::RIP).unwrap_or_default()),
            })
            .collect())
    }

    /// What the symbol table has at `addr`: its name, where it lies, whether it is a function.
    pub(super) fn symbol_at(&self, addr: Addr) -> Option<(&str, AddrRange, bool)> {
        self.code.image(addr)?.named(addr)
    }

    /// The file that is mapped at `addr`, and where it begins.
    pub(super) fn image_at(&self, addr: Addr) -> Option<(&str, Addr)> {
        let image = &self.code.image(addr)?.image;
        Some((&image.path, image.range.start))
    }

    /// Name, file and line at `pc`. `exact` tells that it is the next instruction rather than a
    /// return address.
    #[must_use]
    pub fn location(&self, pc: Addr, exact: bool) -> Location {
        let rows = self.rows_at(pc, exact);
        let first = rows.rows.first();
        Location {
            pc,
            function: first.and_then(|row| row.function.clone()),
            file: first.and_then(|row| row.file.clone()),
            line: first.and_then(|row| row.line),
        }
    }

    fn walk_to(
        &self,
        stack: &mut OpenStack,
        memory: &dyn Memory,
        rows: usize,
        cancel: &CancelToken,
    ) -> Result<(), Cancelled> {
        /// Steps between two looks at the token.
        const STRIDE: usize = 1024;
        let hooks: &dyn StackHooks = match &self.go {
            Some(go) => go.as_ref(),
            None => &NoHooks,
        };
        let context = WalkContext {
            memory,
            rules: &self.code,
            hooks,
            limits: &self.limits,
        };
        let mut steps = 0_usize;
        while stack.rows() < rows {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(STRIDE) {
                cancel.check()?;
            }
            let Some(raw) = stack.walker.step(&context) else {
                break;
            };
            let count = self.rows_at(raw.pc, raw.exact).rows.len();
            stack.push(raw, count);
        }
        Ok(())
    }

    fn rows_at(&self, pc: Addr, exact: bool) -> Arc<PhysicalRows> {
        let mut cache = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        cache.rows((pc, exact), &self.code, &self.limits)
    }

    /// Rows that have been walked already.
    fn frames(&self, stack: &OpenStack, from: usize, to: usize) -> Vec<Frame> {
        let mut frames = Vec::with_capacity(to.saturating_sub(from).min(stack.rows()));
        let Some(mut physical) = stack.physical(from) else {
            return frames;
        };
        // A wrapper's visibility depends on what it calls, so the row before the page counts.
        let mut callee = from.checked_sub(1).and_then(|row| self.name_of(stack, row));
        let mut row = from;
        while row < to
            && let Some(raw) = stack.raw(physical)
        {
            let shown = self.rows_at(raw.pc, raw.exact);
            let first = stack.first_row(physical);
            for inner in row.saturating_sub(first)..shown.rows.len() {
                if row >= to {
                    break;
                }
                let frame = frame(row, &raw, &shown, inner, callee.as_deref());
                callee.clone_from(&frame.location.function);
                frames.push(frame);
                row += 1;
            }
            physical += 1;
        }
        frames
    }

    fn name_of(&self, stack: &OpenStack, row: usize) -> Option<Arc<str>> {
        let physical = stack.physical(row)?;
        let raw = stack.raw(physical)?;
        let shown = self.rows_at(raw.pc, raw.exact);
        let inner = row.checked_sub(stack.first_row(physical))?;
        shown.rows.get(inner)?.function.clone()
    }
}

fn frame(index: usize, raw: &RawFrame, shown: &PhysicalRows, inner: usize, callee: Option<&str>) -> Frame {
    let row = shown.rows.get(inner);
    let name = row.and_then(|row| row.function.as_deref());
    let hidden = row.is_some_and(|row| row.wrapper) && naming::hides_wrapper(callee);
    let inlined = inner + 1 < shown.rows.len();
    Frame {
        index,
        location: Location {
            pc: raw.pc,
            function: row.and_then(|row| row.function.clone()),
            file: row.and_then(|row| row.file.clone()),
            line: row.and_then(|row| row.line),
        },
        inlined,
        cfa: raw.cfa,
        sp: Some(raw.sp),
        trust: raw.trust,
        image: shown.image.clone(),
        entry: shown.entry,
        runtime: hidden || name.is_some_and(naming::is_runtime_internal),
        // What was inlined further in is what was interrupted; this row was calling it.
        interrupted: raw.exact && inner == 0,
    }
}

fn signal_info(context: &SignalContext) -> SignalInfo {
    // The low half of the word is the sender's pid, for signals that were sent.
    let sender = (context.detail & 0xffff_ffff) as u32;
    super::describe_signal(
        context.number,
        Some(context.code),
        Some(Addr(context.detail)),
        Some(sender.cast_signed()),
    )
}

/// The end of a walk, as people see it.
fn shown_end(end: Option<&WalkEnd>, gap: Option<&str>) -> StackEnd {
    match (end, gap) {
        (None, _) => StackEnd::Limit,
        (Some(WalkEnd::Complete), None) => StackEnd::Complete,
        (Some(WalkEnd::Complete), Some(gap)) => StackEnd::Truncated(gap.to_owned()),
        (Some(WalkEnd::Limit), _) => StackEnd::Truncated("the budget of frames is used up".to_owned()),
        (Some(WalkEnd::Lost(error)), _) => StackEnd::Truncated(error.to_string()),
    }
}

/// Trusts as one byte, for frames kept by the million.
const TRUSTS: [FrameTrust; 7] = [
    FrameTrust::Registers,
    FrameTrust::SignalContext,
    FrameTrust::Pcsp,
    FrameTrust::Cfi,
    FrameTrust::StackSwitch,
    FrameTrust::FramePointer,
    FrameTrust::Scan,
];
