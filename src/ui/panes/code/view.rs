//! How instructions look: where the frame stands, addresses, jumps, text; only rows that are seen.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::arcs::{Gutter, Piece};
use super::rows::{Listing, Row};
use crate::base::{Addr, visible};
use crate::model::{AsmSyntax, CodePlace, Flow, Instruction};
use crate::ui::app::AppState;
use crate::ui::loadable::Loadable;
use crate::ui::panes::source::matches;
use crate::ui::place::Pane;
use crate::ui::text::{base_name, foreign, short_function};
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{Glyphs, List, ListState, ellipsis_end, pad_end, pad_start};

/// Bytes of an instruction that are shown; longer ones are rare.
const BYTES: usize = 7;

/// Function and syntax, and the search, for the frame.
#[must_use]
pub fn labels(state: &AppState, theme: &Theme) -> Labels {
    let pane = &state.code;
    let function = pane
        .listing
        .ready()
        .and_then(|listing| listing.code.function.clone());
    let name = function
        .as_deref()
        .map(|name| visible(&short_function(name)).into_owned());
    let name = match (&name, pane.place()) {
        (Some(name), _) => name.clone(),
        (None, Some(CodePlace::At(addr))) => addr.to_string(),
        (None, Some(CodePlace::Spec(text, _))) => visible(&text).into_owned(),
        _ => String::new(),
    };
    let syntax = match pane.syntax {
        AsmSyntax::Intel => "Intel",
        AsmSyntax::Gnu => "GNU",
        AsmSyntax::Go => "Go",
    };
    let note = theme.style(Scope::TitleNote);
    let right = if pane.search.is_empty() {
        styled(syntax, note)
    } else {
        Line::from(vec![
            Span::styled("/", theme.style(Scope::Prompt)),
            foreign(&pane.search, theme.style(Scope::Match)),
        ])
    };
    Labels {
        note: styled(name, note),
        right,
        bottom: Line::default(),
    }
}

/// Draws the listing; `beside` the source it shows where the frame stands and has no cursor.
pub fn view(
    state: &AppState,
    beside: bool,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) -> (Range<usize>, usize) {
    let empty = empty_text(state);
    let Some(listing) = state.code.listing.ready() else {
        let list = List {
            len: 0,
            state: ListState::default(),
            focused: false,
            empty: &empty,
        };
        return (list.draw(area, theme, buf, |_, _| Line::default()), 0);
    };
    let (len, height) = (listing.len(), usize::from(area.height));
    let pc_row = listing.code.pc.and_then(|pc| listing.row_at(pc));
    let scroll = if beside {
        let selected = pc_row.unwrap_or(0);
        ListState { selected, offset: 0 }.centred(len, height)
    } else {
        state.code.scroll
    };
    let list = List {
        len,
        state: scroll,
        focused: !beside && state.focus == Pane::Source,
        empty: &empty,
    };
    let width = usize::from(area.width);
    let sheet = Sheet {
        state,
        listing,
        pc_row,
        gutter: Gutter::of(
            &listing.arcs,
            list.state.window(len, height),
            lanes(width),
            if beside { usize::MAX } else { scroll.selected },
        ),
        top: list.state.window(len, height).start,
        digits: Addr(listing.code.end.0.max(listing.code.start.0))
            .to_string()
            .len(),
        width,
        theme,
    };
    let seen = if beside {
        list.draw_unselected(area, theme, buf, |index, _| sheet.row(index))
    } else {
        list.draw(area, theme, buf, |index, _| sheet.row(index))
    };
    let pc_row = pc_row.filter(|row| seen.contains(row) && (beside || *row != scroll.selected));
    if let Some(row) = pc_row {
        // Beyond the end of its text, too.
        let y = area
            .y
            .saturating_add(u16::try_from(row - seen.start).unwrap_or(0));
        let row = Rect { y, height: 1, ..area };
        buf.set_style(row.intersection(buf.area), theme.style(Scope::CurrentLine));
    }
    (seen, len)
}

/// Columns for arrows that still leave room for what they point at.
fn lanes(width: usize) -> usize {
    match width {
        0..50 => 2,
        50..80 => 3,
        80..120 => 5,
        _ => 8,
    }
}

/// The row under the cursor as plain text, to copy.
#[must_use]
pub fn row_text(state: &AppState) -> Option<String> {
    let listing = state.code.listing.ready()?;
    let instruction = listing.instruction(state.code.scroll.selected)?;
    let text = instruction.text.plain();
    Some(format!("{}  {}", instruction.addr, visible(&text)))
}

struct Sheet<'a> {
    state: &'a AppState,
    listing: &'a Listing,
    pc_row: Option<usize>,
    gutter: Gutter,
    /// First row of the window.
    top: usize,
    /// Columns of an address.
    digits: usize,
    width: usize,
    theme: &'a Theme,
}

impl Sheet<'_> {
    fn row(&self, index: usize) -> Line<'static> {
        let arrows = self.gutter.row(index.saturating_sub(self.top));
        match (self.listing.row(index), self.listing.instruction(index)) {
            (Some(Row::Instruction(at)), Some(instruction)) => {
                self.instruction(index, at, instruction, arrows)
            }
            (Some(Row::Line(_)), Some(instruction)) => self.line(instruction, arrows),
            (Some(Row::Note), _) => {
                let note = self.listing.code.note.as_deref().unwrap_or_default();
                Line::from(foreign(note, self.theme.style(Scope::Warning)))
            }
            _ => Line::default(),
        }
    }

    fn instruction(
        &self,
        row: usize,
        at: usize,
        instruction: &Instruction,
        arrows: &[(Piece, bool)],
    ) -> Line<'static> {
        let theme = self.theme;
        let is_pc = self.pc_row == Some(row);
        let mut spans = vec![
            Span::styled(
                if is_pc { "=>" } else { "  " },
                theme.style(Scope::CurrentLineMark),
            ),
            Span::styled(
                format!("{} ", pad_start(&instruction.addr.to_string(), self.digits)),
                theme.style(if is_pc {
                    Scope::LineNumberCurrent
                } else {
                    Scope::LineNumber
                }),
            ),
        ];
        if self.width >= 70 && !self.is_mixed() {
            spans.push(Span::styled(
                self.line_number(at, instruction),
                theme.style(Scope::TextDim),
            ));
        }
        if self.width >= 100 {
            spans.push(Span::styled(
                bytes(instruction, theme.glyphs),
                theme.style(Scope::MemoryZero),
            ));
        }
        spans.extend(self.arrows(arrows));
        let bad = instruction.flow == Flow::Bad;
        let found = &self.state.code.search;
        for run in &instruction.text.0 {
            let style = if bad {
                theme.style(Scope::RoleMissing)
            } else {
                theme.role(run.role)
            };
            let text = visible(&run.text);
            let mut rest = 0;
            for range in matches(&text, found, false) {
                let piece = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
                spans.push(Span::styled(piece(rest..range.start), style));
                spans.push(Span::styled(
                    piece(range.clone()),
                    style.patch(theme.style(Scope::Match)),
                ));
                rest = range.end;
            }
            spans.push(Span::styled(
                text.get(rest..).unwrap_or_default().to_owned(),
                style,
            ));
        }
        let line = Line::from(spans);
        if is_pc {
            line.style(theme.style(Scope::CurrentLine))
        } else {
            line
        }
    }

    fn is_mixed(&self) -> bool {
        self.state.code.mode == super::CodeMode::Mixed
    }

    /// The source line where it differs from the one above.
    fn line_number(&self, at: usize, instruction: &Instruction) -> String {
        let above = at
            .checked_sub(1)
            .and_then(|at| self.listing.code.instructions.get(at));
        let same =
            above.is_some_and(|above| above.line == instruction.line && above.file == instruction.file);
        let text = match instruction.line {
            Some(line) if !same => line.to_string(),
            _ => String::new(),
        };
        format!("{} ", pad_start(&text, 5))
    }

    fn arrows(&self, arrows: &[(Piece, bool)]) -> Vec<Span<'static>> {
        if arrows.is_empty() {
            return vec![Span::raw(" ")];
        }
        let theme = self.theme;
        let mut spans: Vec<Span<'static>> = arrows
            .iter()
            .map(|(piece, current)| {
                let scope = if *current { Scope::JumpCurrent } else { Scope::Jump };
                Span::styled(sign(*piece, theme.glyphs), theme.style(scope))
            })
            .collect();
        spans.push(Span::raw(" "));
        spans
    }

    /// A source line above its instructions.
    fn line(&self, instruction: &Instruction, arrows: &[(Piece, bool)]) -> Line<'static> {
        let theme = self.theme;
        let name = match (&instruction.file, instruction.line) {
            (Some(file), Some(line)) => format!("{}:{line}", base_name(file)),
            (Some(file), None) => base_name(file).to_owned(),
            _ => "no line is recorded".to_owned(),
        };
        let name = visible(&name);
        let room = self.digits + 3;
        let mut spans = vec![Span::styled(
            pad_end(&ellipsis_end(&name, room.max(20), theme.glyphs.ellipsis), room),
            theme.style(Scope::Group),
        )];
        if name.len() < room {
            spans.extend(self.arrows(arrows));
        } else {
            spans.push(Span::raw(" "));
        }
        let text = instruction.file.as_ref().zip(instruction.line);
        if let Some(text) = text.and_then(|(file, line)| self.state.source.line_of(file, line)) {
            spans.push(foreign(text.trim(), theme.style(Scope::TextStrong)));
        }
        Line::from(spans)
    }
}

fn sign(piece: Piece, glyphs: &Glyphs) -> &'static str {
    match piece {
        Piece::Blank => " ",
        Piece::Vertical => glyphs.vertical,
        Piece::Upper => glyphs.jump_upper,
        Piece::Lower => glyphs.jump_lower,
        Piece::Horizontal => glyphs.horizontal,
        Piece::Head => glyphs.jump_head,
        Piece::Cross => glyphs.jump_cross,
    }
}

fn bytes(instruction: &Instruction, glyphs: &Glyphs) -> String {
    let mut text = String::new();
    for byte in instruction.bytes.iter().take(BYTES) {
        text.push_str(&format!("{byte:02x} "));
    }
    if instruction.bytes.len() > BYTES {
        text.pop();
        text.push_str(glyphs.ellipsis);
    }
    pad_end(&text, BYTES * 3 + 1)
}

fn empty_text(state: &AppState) -> String {
    match &state.code.listing {
        Loadable::Failed(failure) => failure_text(failure),
        Loadable::Loading { since } => waiting_text(state, *since, "disassembling"),
        Loadable::Ready(listing) => match &listing.code.note {
            Some(note) => visible(note).into_owned(),
            None => "there is no code here".to_owned(),
        },
        Loadable::Empty => String::new(),
    }
}
