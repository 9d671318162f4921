//! Instructions on the screen: what is asked for, jumps followed, and how the pane is divided.

use ratatui::layout::Rect;

use super::{AppState, Level, Purpose};
use crate::engine::Request;
use crate::model::{AsmSyntax, CodePlace};
use crate::ui::layout::Class;
use crate::ui::panes::code::CodeMode;
use crate::ui::place::Pane;

/// Rows that the source pane needs before it is divided.
const DIVIDED: u16 = 30;

impl AppState {
    /// The places for source and for instructions inside the source pane; between them is a row
    /// for a line.
    #[must_use]
    pub fn source_areas(&self) -> (Rect, Option<Rect>) {
        let screen = self.screen();
        let area = screen.inner(Pane::Source);
        if self.code.mode.is_code() {
            return (Rect { height: 0, ..area }, Some(area));
        }
        let divided = screen.class == Class::Wide && area.height >= DIVIDED;
        if self.code.mode != CodeMode::Usual || !divided {
            return (area, None);
        }
        let below = area.height * 3 / 10;
        let above = Rect {
            height: area.height - below - 1,
            ..area
        };
        let code = Rect {
            y: above.bottom() + 1,
            height: below,
            ..area
        };
        (above, Some(code))
    }

    /// Whether keys of the focused pane move about in code.
    #[must_use]
    pub fn is_in_code(&self) -> bool {
        self.focus == Pane::Source && self.code.mode.is_code()
    }

    /// Source, disassembly, mixed.
    pub fn next_code_mode(&mut self) {
        let divided = self.source_areas().1.is_some() && !self.code.mode.is_code();
        let may_divide = divided || self.screen().class == Class::Wide;
        let mode = self
            .code
            .mode
            .next(may_divide && self.code.mode == CodeMode::Usual);
        self.set_code_mode(mode);
        self.focus_on(Pane::Source);
    }

    fn set_code_mode(&mut self, mode: CodeMode) {
        let height = usize::from(self.screen().inner(Pane::Source).height);
        self.code.set_mode(mode, height);
    }

    pub fn next_syntax(&mut self) {
        self.code.syntax = match self.code.syntax {
            AsmSyntax::Intel => AsmSyntax::Gnu,
            AsmSyntax::Gnu => AsmSyntax::Go,
            AsmSyntax::Go => AsmSyntax::Intel,
        };
        let name = match self.code.syntax {
            AsmSyntax::Intel => "Intel",
            AsmSyntax::Gnu => "GNU",
            AsmSyntax::Go => "Go",
        };
        self.say(Level::Info, format!("instructions as {name} writes them"));
    }

    /// Goes to where the instruction under the cursor leads.
    pub fn follow_jump(&mut self) {
        match self.code.target() {
            Some(target) => self.show_code(CodePlace::At(target)),
            None => self.say(Level::Info, "this instruction does not say where it leads"),
        }
    }

    /// Shows code that something leads to; the way back stays.
    pub fn show_code(&mut self, place: CodePlace) {
        if !self.code.mode.is_code() {
            self.set_code_mode(CodeMode::Disassembly);
        }
        let height = self.rows_of(Pane::Source);
        self.code.follow(place, height);
        self.focus_on(Pane::Source);
    }

    /// The `disassemble` command: the frame's function, or what a specification names.
    pub fn disassemble(&mut self, spec: &str) {
        if spec.is_empty() {
            if !self.code.mode.is_code() {
                self.set_code_mode(CodeMode::Disassembly);
            }
            let height = self.rows_of(Pane::Source);
            self.code.to_current(height);
            self.focus_on(Pane::Source);
        } else {
            self.show_code(CodePlace::Spec(spec.into(), self.seen_from()));
        }
    }

    /// Asks for the code that is in sight and not here.
    pub(super) fn load_code(&mut self) {
        let frame = self.seen_from();
        self.code.show_frame(frame);
        if self.source_areas().1.is_none() || self.screen().find(Pane::Source).is_none() {
            return;
        }
        if let Some((place, syntax)) = self.code.wants(self.epoch, self.now) {
            let request = Request::Disassemble {
                place: place.clone(),
                syntax,
            };
            self.ask(request, Purpose::Code(place));
        }
    }

    /// Looks for the search text in what the source pane shows. `false` when it is not there.
    pub fn find_text(&mut self, back: bool, inclusive: bool) -> bool {
        let height = self.rows_of(Pane::Source);
        if self.code.mode.is_code() {
            self.code.find(back, inclusive, height)
        } else {
            self.source.find(back, inclusive, height)
        }
    }
}
