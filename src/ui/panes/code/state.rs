//! What code is shown: that of the selected frame, or what a jump or a command led to.

use std::sync::Arc as Shared;

use super::rows::{Listing, Row};
use crate::base::{Addr, Epoch};
use crate::model::{AsmSyntax, CodePlace, Disassembly, Failure, FrameId};
use crate::ui::loadable::Loadable;
use crate::ui::motion::reveal;
use crate::ui::text::holds;
use crate::ui::widgets::ListState;

/// What the source pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeMode {
    /// Source; where there is room, instructions below it.
    #[default]
    Usual,
    Source,
    Disassembly,
    /// Each source line above its instructions.
    Mixed,
}

/// A question for code.
pub type Asked = (Epoch, CodePlace, AsmSyntax);

/// A place that a jump left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    place: CodePlace,
    cursor: Option<Addr>,
}

/// The state.
#[derive(Debug, Default)]
pub struct CodePane {
    pub mode: CodeMode,
    pub syntax: AsmSyntax,
    /// What was asked for last.
    asked: Option<Asked>,
    pub listing: Loadable<Listing>,
    /// Where a jump or a command led; `None` follows the selected frame.
    away: Option<CodePlace>,
    frame: Option<FrameId>,
    pub scroll: ListState,
    pub search: String,
    /// Address to put the cursor on when the code arrives.
    wanted: Option<Addr>,
    back: Vec<Jump>,
    forward: Vec<Jump>,
}

const KEPT: usize = 200;

impl CodeMode {
    /// The mode after this one; `beside` when instructions have room below the source.
    #[must_use]
    pub fn next(self, beside: bool) -> Self {
        match self {
            Self::Usual if beside => Self::Source,
            Self::Usual | Self::Source => Self::Disassembly,
            Self::Disassembly => Self::Mixed,
            Self::Mixed => Self::Usual,
        }
    }

    /// Whether instructions take the whole pane.
    #[must_use]
    pub fn is_code(self) -> bool {
        matches!(self, Self::Disassembly | Self::Mixed)
    }
}

impl CodePane {
    /// What is shown now.
    #[must_use]
    pub fn place(&self) -> Option<CodePlace> {
        self.away.clone().or(self.frame.map(CodePlace::Frame))
    }

    /// The selected frame is another: it is shown, whatever was followed before.
    pub fn show_frame(&mut self, frame: Option<FrameId>) {
        if self.frame != frame {
            self.frame = frame;
            self.asked = None;
            self.listing = Loadable::Empty;
            self.away = None;
            self.wanted = None;
            self.back.clear();
            self.forward.clear();
        }
    }

    /// What has to be asked for, if the code shown is not the right one. Notes that it was.
    pub fn wants(&mut self, epoch: Epoch, now: u64) -> Option<(CodePlace, AsmSyntax)> {
        let place = self.place()?;
        let asked = (epoch, place.clone(), self.syntax);
        if self.asked.as_ref() == Some(&asked) {
            return None;
        }
        if self.asked.as_ref().is_some_and(|(_, known, _)| *known == place) {
            // Only written otherwise: the cursor stays.
            self.wanted = self.wanted.or_else(|| self.cursor_addr());
        }
        self.asked = Some(asked);
        self.listing = Loadable::Loading { since: now };
        Some((place, self.syntax))
    }

    pub fn accept(&mut self, place: &CodePlace, code: Shared<Disassembly>, height: usize) {
        if self.place().as_ref() != Some(place) {
            return;
        }
        let goal = self.wanted.take().or(match place {
            CodePlace::At(addr) => Some(*addr),
            _ => code.pc.or(Some(code.start)),
        });
        let listing = Listing::new(code, self.mode == CodeMode::Mixed);
        self.listing = Loadable::Ready(listing);
        self.scroll = ListState::default();
        if let Some(goal) = goal {
            self.go_to(goal, height);
        }
    }

    pub fn fail(&mut self, place: &CodePlace, failure: Failure) {
        if self.place().as_ref() == Some(place) {
            self.listing = Loadable::Failed(failure);
        }
    }

    /// The request came to nothing; it may be asked again.
    pub fn dropped(&mut self) {
        if self.listing.is_loading() {
            self.asked = None;
        }
    }

    /// Turns to another mode; the cursor stays on its instruction.
    pub fn set_mode(&mut self, mode: CodeMode, height: usize) {
        let (was, at) = (self.mode, self.cursor_addr());
        self.mode = mode;
        if (was == CodeMode::Mixed) != (mode == CodeMode::Mixed)
            && let Loadable::Ready(listing) = &mut self.listing
        {
            *listing = Listing::new(Shared::clone(&listing.code), mode == CodeMode::Mixed);
            if let Some(at) = at {
                self.go_to(at, height);
            }
        }
    }

    /// Puts the cursor on the instruction at an address. `false` when it is not here.
    pub fn go_to(&mut self, addr: Addr, height: usize) -> bool {
        let Some(listing) = self.listing.ready() else {
            return false;
        };
        let found = listing.row_at(addr);
        if let Some(row) = found {
            self.scroll = reveal(self.scroll, row, listing.len(), height);
        }
        found.is_some()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.listing.ready().map_or(0, Listing::len)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn cursor_addr(&self) -> Option<Addr> {
        let listing = self.listing.ready()?;
        Some(listing.instruction(self.scroll.selected)?.addr)
    }

    /// Where the instruction under the cursor leads.
    #[must_use]
    pub fn target(&self) -> Option<Addr> {
        let listing = self.listing.ready()?;
        listing.instruction(self.scroll.selected)?.target
    }

    fn here(&self) -> Option<Jump> {
        Some(Jump {
            place: self.place()?,
            cursor: self.cursor_addr(),
        })
    }

    /// Goes to code that a jump or a command leads to.
    pub fn follow(&mut self, place: CodePlace, height: usize) {
        self.back.extend(self.here());
        if self.back.len() > KEPT {
            self.back.remove(0);
        }
        self.forward.clear();
        if let CodePlace::At(addr) = place
            && self.go_to(addr, height)
        {
            return;
        }
        self.wanted = None;
        self.away = Some(place);
    }

    /// Back to where a jump was followed from. `false` when there is nothing.
    pub fn go_back(&mut self, height: usize) -> bool {
        let Some(jump) = self.back.pop() else { return false };
        self.forward.extend(self.here());
        self.turn_to(jump, height);
        true
    }

    /// Forward again. `false` when there is nothing.
    pub fn go_forward(&mut self, height: usize) -> bool {
        let Some(jump) = self.forward.pop() else {
            return false;
        };
        self.back.extend(self.here());
        self.turn_to(jump, height);
        true
    }

    fn turn_to(&mut self, jump: Jump, height: usize) {
        if self.place().as_ref() == Some(&jump.place) {
            if let Some(cursor) = jump.cursor {
                self.go_to(cursor, height);
            }
            return;
        }
        self.wanted = jump.cursor;
        self.away = match jump.place {
            CodePlace::Frame(frame) if Some(frame) == self.frame => None,
            place => Some(place),
        };
    }

    /// Back to where the frame stands.
    pub fn to_current(&mut self, height: usize) {
        self.away = None;
        self.wanted = None;
        if let Some(pc) = self.listing.ready().and_then(|listing| listing.code.pc) {
            self.go_to(pc, height);
        }
    }

    /// The next row whose text holds the search text, or with `back` the one before; wraps.
    pub fn find(&mut self, back: bool, inclusive: bool, height: usize) -> bool {
        let Some(listing) = self.listing.ready() else {
            return false;
        };
        let needle = self.search.to_lowercase();
        let total = listing.len();
        let fits = |row: &usize| match listing.row(*row) {
            Some(Row::Instruction(_)) => listing.instruction(*row).is_some_and(|one| {
                holds(&one.text.plain(), &needle) || holds(&one.addr.to_string(), &needle)
            }),
            _ => false,
        };
        let first = usize::from(!inclusive);
        let step = |by: usize| {
            let by = if back { total.saturating_sub(by) } else { by };
            (self.scroll.selected.saturating_add(by)).checked_rem(total)
        };
        let found = (first..=total).filter_map(step).find(fits);
        if let Some(row) = found.filter(|_| !needle.is_empty()) {
            self.scroll = reveal(self.scroll, row, total, height);
            return true;
        }
        false
    }
}
