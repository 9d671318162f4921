//! What the details pane knows: registers of the frame, threads, memory map, images, process.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{FrameId, ImageInfo, MemoryRegion, ProcessInfo, Register, Registers, Thread};
use crate::ui::loadable::Loadable;
use crate::ui::place::Tab;
use crate::ui::widgets::ListState;

/// The pane's state.
#[derive(Debug)]
pub struct Details {
    pub tab: Tab,
    pub frame: Option<FrameId>,
    pub registers: Loadable<Registers>,
    /// Values of the frame shown before, to mark what differs.
    previous: BTreeMap<String, Option<String>>,
    pub threads: Loadable<Arc<[Thread]>>,
    pub map: Loadable<Arc<[MemoryRegion]>>,
    pub images: Loadable<Arc<[ImageInfo]>>,
    pub process: Loadable<Box<ProcessInfo>>,
    /// One cursor per tab.
    scrolls: BTreeMap<Tab, ListState>,
    /// Filter by text over the rows of the tab that is shown.
    pub filter_text: String,
}

impl Default for Details {
    fn default() -> Self {
        Self {
            tab: Tab::Registers,
            frame: None,
            registers: Loadable::Empty,
            previous: BTreeMap::new(),
            threads: Loadable::Empty,
            map: Loadable::Empty,
            images: Loadable::Empty,
            process: Loadable::Empty,
            scrolls: BTreeMap::new(),
            filter_text: String::new(),
        }
    }
}

impl Details {
    /// Forgets everything that was true of the stop before.
    pub fn forget(&mut self) {
        self.threads = Loadable::Empty;
        self.map = Loadable::Empty;
        self.images = Loadable::Empty;
        self.process = Loadable::Empty;
    }

    /// Turns to another frame. Returns whether its registers have to be asked for.
    pub fn show(&mut self, frame: Option<FrameId>, now: u64) -> bool {
        if self.frame == frame && !self.registers.is_wanted() {
            return false;
        }
        if let Loadable::Ready(known) = std::mem::take(&mut self.registers) {
            let values = known
                .registers
                .into_iter()
                .map(|register| (register.name, register.value));
            self.previous = values.collect();
        }
        self.frame = frame;
        if frame.is_none() {
            return false;
        }
        self.registers = Loadable::Loading { since: now };
        true
    }

    /// Whether a register has another value than in the frame shown before.
    #[must_use]
    pub fn changed(&self, register: &Register) -> bool {
        let before = self.previous.get(&register.name);
        register.value.is_some() && before.is_some_and(|before| before.is_some() && *before != register.value)
    }

    #[must_use]
    pub fn scroll(&self) -> ListState {
        self.scrolls.get(&self.tab).copied().unwrap_or_default()
    }

    pub fn scroll_mut(&mut self) -> &mut ListState {
        self.scrolls.entry(self.tab).or_default()
    }
}
