//! Memory on the screen: going to places in it, following words, asking for what is seen.

use std::ops::Range;
use std::sync::Arc;

use super::{AppState, Level, Picked, Purpose};
use crate::base::Addr;
use crate::engine::Request;
use crate::model::{MemoryPage, Pointed, ValueRef};
use crate::ui::motion::Motion;
use crate::ui::panes::memory::{Grid, Spot, Unit};
use crate::ui::place::{Pane, Tab};

impl AppState {
    /// Rows and columns of the memory tab now.
    #[must_use]
    pub fn memory_grid(&self) -> Grid {
        let area = self.screen().inner(Pane::Details);
        // The last row is about the cursor, where there is room for it.
        let rows = match usize::from(area.height) {
            height @ 0..=2 => height,
            height => height - 1,
        };
        Grid::of(self.memory.unit, usize::from(area.width), rows, self.memory.top)
    }

    /// Whether keys of the focused pane move about in memory.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        self.focus == Pane::Details && self.details.tab == Tab::Memory
    }

    /// Shows a place in memory.
    pub fn go_to_memory(&mut self, spot: Spot) {
        self.memory.go(spot);
        self.show_tab(Tab::Memory);
    }

    /// Shows the bytes of a value: what it points to or holds, else itself.
    pub fn show_memory_of(&mut self, picked: &Picked) {
        let held = picked.value.reference.as_ref();
        let pointed = held.map(address_of).or(picked.value.target);
        let Some(cursor) = pointed.or(picked.value.addr) else {
            self.say(Level::Info, "this value is not in memory");
            return;
        };
        self.go_to_memory(Spot {
            cursor,
            overlay: picked.value.reference.clone(),
            name: picked.path.clone(),
        });
        if held.is_none() {
            self.ask_overlay(&picked.path, cursor);
        }
    }

    /// Asks what lies at `cursor` by the expression that led there: a value that was loaded whole
    /// does not say it.
    fn ask_overlay(&mut self, path: &str, cursor: Addr) {
        let request = Request::Point {
            expression: path.into(),
            frame: self.seen_from(),
        };
        self.ask(request, Purpose::Overlay(cursor));
    }

    /// Lays an object over its bytes, if they are still looked at.
    pub(super) fn overlay_arrived(&mut self, cursor: Addr, pointed: Pointed) {
        if pointed.addr == cursor && pointed.reference.is_some() {
            self.memory.lay_over(cursor, pointed.reference);
        }
    }

    /// Shows where an expression points, or an address.
    pub fn examine(&mut self, text: &str) {
        if let Some(cursor) = parse_address(text) {
            self.go_to_memory(Spot {
                cursor,
                overlay: None,
                name: cursor.to_string(),
            });
            return;
        }
        let expression: Arc<str> = text.into();
        let request = Request::Point {
            expression: Arc::clone(&expression),
            frame: self.seen_from(),
        };
        self.ask(request, Purpose::Point(expression));
    }

    pub(super) fn pointed(&mut self, expression: &str, pointed: Pointed) {
        self.go_to_memory(Spot {
            cursor: pointed.addr,
            overlay: pointed.reference,
            name: expression.to_owned(),
        });
    }

    /// Goes to the address that the word under the cursor holds.
    pub fn follow_word(&mut self) {
        let at = self.memory.word_at_cursor();
        match self.memory.cache.word(at) {
            Some(0) => self.say(Level::Info, "this word is nil"),
            Some(word) => self.memory.go(Spot {
                cursor: Addr(word),
                overlay: None,
                name: format!("*{}", Addr(at)),
            }),
            None => self.say(Level::Info, "the bytes of this word are not known"),
        }
    }

    /// Moves the cursor in memory.
    pub fn travel_memory(&mut self, motion: Motion) {
        let grid = self.memory_grid();
        self.memory.travel(motion, &grid);
    }

    /// Puts the cursor on the byte under a cell of the pane.
    pub fn click_memory(&mut self, column: usize, line: usize) {
        let grid = self.memory_grid();
        let start = self.memory.window(&grid).start;
        if let Some(addr) = grid.addr_at(start, column, line) {
            self.memory.cursor = addr;
        }
    }

    /// Bytes or words.
    pub fn toggle_words(&mut self) {
        self.memory.unit = match self.memory.unit {
            Unit::Bytes => Unit::Words,
            Unit::Words => Unit::Bytes,
        };
    }

    /// Keeps the cursor in sight and asks for what is seen of memory.
    pub(super) fn load_memory(&mut self) {
        if self.memory.spot.is_none() {
            // Where nothing was chosen yet, the frame's own stack is worth a look.
            let Some(frame) = self.stack.selected_frame() else {
                return;
            };
            let Some(sp) = frame.sp else { return };
            let name = frame.location.function.as_deref().unwrap_or("this frame");
            self.memory.go(Spot {
                cursor: sp,
                overlay: None,
                name: format!("stack of {name}"),
            });
        }
        let grid = self.memory_grid();
        self.memory.settle(&grid);
        let window = self.memory.window(&grid);
        let overlay = self.memory.spot.as_ref().and_then(|spot| spot.overlay.clone());
        if let Some((addr, len)) = self.memory.cache.wants(&window) {
            let request = Request::Memory { addr, len, overlay };
            self.ask(request, Purpose::Memory(addr.0..addr.0.saturating_add(len)));
        }
    }

    pub(super) fn memory_arrived(&mut self, asked: &Range<u64>, page: Arc<MemoryPage>) {
        self.memory.cache.accept(asked, page);
    }
}

/// Where the data is that a value refers to.
fn address_of(reference: &ValueRef) -> Addr {
    match reference {
        ValueRef::Object { addr, .. }
        | ValueRef::Elements { addr, .. }
        | ValueRef::Map { addr, .. }
        | ValueRef::Chan { addr, .. }
        | ValueRef::Closure { addr, .. }
        | ValueRef::Text { addr, .. } => *addr,
    }
}

/// `0x...` as an address.
fn parse_address(text: &str) -> Option<Addr> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    u64::from_str_radix(digits, 16).ok().map(Addr)
}
