//! Cells to SVG elements: grounds as rectangles, frames as lines, runs of one look as text.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use super::Terminal;
use crate::ui::widgets::width;

// Sizes in tenths of a pixel: whole numbers make the same text everywhere.
// DejaVu Sans Mono is 0.602 em wide and 1.164 em high.
const FONT: u32 = 150;
const CELL: (u32, u32) = (90, 180);
const BASELINE: u32 = 138;
const PADDING: u32 = 80;
const BAR: u32 = 320;

/// The look of a run of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    ink: [u8; 3],
    ground: [u8; 3],
    modifier: Modifier,
}

/// A cell that shows something of its own.
struct Placed<'a> {
    column: u32,
    columns: u32,
    cell: &'a Cell,
    look: Look,
}

/// The cells of a row without those that a wide letter covers.
fn row<'a>(buffer: &'a Buffer, y: u16, terminal: &Terminal) -> Vec<Placed<'a>> {
    let mut row = Vec::new();
    let mut x = 0;
    while let Some(cell) = buffer.cell((buffer.area.x.saturating_add(x), buffer.area.y.saturating_add(y))) {
        let columns = u16::try_from(width(cell.symbol()).max(1)).unwrap_or(1);
        row.push(Placed {
            column: u32::from(x),
            columns: u32::from(columns),
            cell,
            look: look(cell, terminal),
        });
        x = x.saturating_add(columns);
    }
    row
}

/// Draws `buffer` as it would stand in `terminal`.
#[must_use]
pub fn svg(buffer: &Buffer, terminal: &Terminal) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let top = if terminal.title.is_some() { BAR } else { PADDING };
    let (width, height) = (columns * CELL.0 + 2 * PADDING, rows * CELL.1 + top + PADDING);
    let ground = screen_ground(buffer, terminal);
    let mut out = Svg(String::new());
    out.line(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace\" font-size=\"{}\" \
         xml:space=\"preserve\">",
        Px(FONT),
        w = Px(width),
        h = Px(height),
    ));
    let round = if terminal.title.is_some() { " rx=\"8\"" } else { "" };
    out.line(format_args!(
        "<rect width=\"{}\" height=\"{}\"{round} fill=\"{}\"/>",
        Px(width),
        Px(height),
        Hex(ground)
    ));
    if let Some(title) = &terminal.title {
        out.title_bar(title, width, blend(terminal_ink(terminal, ground), ground, 60));
    }
    for y in 0..buffer.area.height {
        let row = row(buffer, y, terminal);
        let at = top + u32::from(y) * CELL.1;
        out.grounds(&row, at, ground);
        out.texts(&row, at);
    }
    out.line(format_args!("</svg>"));
    out.0
}

/// The colour behind most cells: it fills the window's edge as well.
fn screen_ground(buffer: &Buffer, terminal: &Terminal) -> [u8; 3] {
    let counts = buffer
        .content()
        .iter()
        .fold(std::collections::BTreeMap::new(), |mut counts, cell| {
            *counts.entry(look(cell, terminal).ground).or_insert(0_usize) += 1;
            counts
        });
    let most = counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(ground, _)| ground);
    most.unwrap_or(terminal.background)
}

fn terminal_ink(terminal: &Terminal, ground: [u8; 3]) -> [u8; 3] {
    if ground == terminal.background {
        terminal.foreground
    } else {
        [0x80; 3]
    }
}

fn look(cell: &Cell, terminal: &Terminal) -> Look {
    let mut ink = terminal.color(cell.fg).unwrap_or(terminal.foreground);
    let mut ground = terminal.color(cell.bg).unwrap_or(terminal.background);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, ground) = (ground, ink);
    }
    if cell.modifier.contains(Modifier::DIM) {
        ink = blend(ink, ground, 62);
    }
    Look {
        ink,
        ground,
        modifier: cell.modifier,
    }
}

/// `percent` of `over` on the rest of `under`.
fn blend(over: [u8; 3], under: [u8; 3], percent: u32) -> [u8; 3] {
    let mix = |(over, under): (u8, u8)| {
        let sum = u32::from(over) * percent + u32::from(under) * (100 - percent);
        u8::try_from(sum / 100).unwrap_or(u8::MAX)
    };
    let [red, green, blue] = over;
    let [red_under, green_under, blue_under] = under;
    [
        mix((red, red_under)),
        mix((green, green_under)),
        mix((blue, blue_under)),
    ]
}

/// Tenths of a pixel as a decimal number.
struct Px(u32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 10, self.0 % 10) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, tenth) => write!(f, "{whole}.{tenth}"),
        }
    }
}

struct Hex([u8; 3]);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

struct Svg(String);

impl Svg {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.0, "{text}");
    }

    fn rect(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), fill: [u8; 3]) {
        self.line(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            Px(x),
            Px(y),
            Px(width),
            Px(height),
            Hex(fill)
        ));
    }

    fn title_bar(&mut self, title: &str, width: u32, ink: [u8; 3]) {
        for (at, fill) in [(0, "#ff5f57"), (1, "#febc2e"), (2, "#28c840")] {
            self.line(format_args!(
                "<circle cx=\"{}\" cy=\"16\" r=\"5.5\" fill=\"{fill}\"/>",
                20 + at * 18
            ));
        }
        self.line(format_args!(
            "<text x=\"{}\" y=\"21\" text-anchor=\"middle\" font-size=\"13\" fill=\"{}\">{}</text>",
            Px(width / 2),
            Hex(ink),
            escape(title)
        ));
    }

    /// Rectangles behind neighbouring cells of one ground.
    fn grounds(&mut self, row: &[Placed<'_>], top: u32, screen: [u8; 3]) {
        for run in row.chunk_by(|a, b| a.look.ground == b.look.ground) {
            let Some(first) = run.first().filter(|first| first.look.ground != screen) else {
                continue;
            };
            self.rect(
                (x_of(first.column), top),
                (columns_of(run) * CELL.0, CELL.1),
                first.look.ground,
            );
        }
    }

    fn texts(&mut self, row: &[Placed<'_>], top: u32) {
        let joins = |a: &Placed<'_>, b: &Placed<'_>| {
            a.look.ink == b.look.ink
                && a.look.modifier == b.look.modifier
                && (a.cell.symbol().is_ascii() && b.cell.symbol().is_ascii()
                    || a.cell.symbol() == "─" && b.cell.symbol() == "─")
        };
        for run in row.chunk_by(joins) {
            let Some(first) = run.first() else { continue };
            let left = x_of(first.column);
            if !self.shape(
                (first.cell.symbol(), columns_of(run)),
                (left, top),
                first.look.ink,
            ) {
                self.text(run, left, top);
            }
            self.lines(&first.look, (left, top), columns_of(run) * CELL.0);
        }
    }

    fn text(&mut self, run: &[Placed<'_>], left: u32, top: u32) {
        let text: String = run.iter().map(|placed| placed.cell.symbol()).collect();
        let Some(Placed { look, .. }) = run.first().filter(|_| !text.trim().is_empty()) else {
            return;
        };
        let lead = (text.len() - text.trim_start().len()) as u32;
        let text = text.trim();
        let mut style = String::new();
        if look.modifier.contains(Modifier::BOLD) {
            style.push_str(" font-weight=\"bold\"");
        }
        if look.modifier.contains(Modifier::ITALIC) {
            style.push_str(" font-style=\"italic\"");
        }
        if text.is_ascii() && text.len() > 1 {
            // Keeps columns in line when another font takes the place of the first.
            let _ = write!(style, " textLength=\"{}\"", Px(text.len() as u32 * CELL.0));
        }
        self.line(format_args!(
            "<text x=\"{}\" y=\"{}\" fill=\"{}\"{style}>{}</text>",
            Px(left + lead * CELL.0),
            Px(top + BASELINE),
            Hex(look.ink),
            escape(text)
        ));
    }

    /// Lines below and through the text.
    fn lines(&mut self, look: &Look, (left, top): (u32, u32), width: u32) {
        if look.modifier.contains(Modifier::UNDERLINED) {
            self.rect((left, top + BASELINE + 18), (width, 10), look.ink);
        }
        if look.modifier.contains(Modifier::CROSSED_OUT) {
            self.rect((left, top + 90), (width, 10), look.ink);
        }
    }

    /// Draws a frame or block sign, `count` times when it is a line that goes across; false for any other.
    fn shape(&mut self, (symbol, count): (&str, u32), (left, top): (u32, u32), ink: [u8; 3]) -> bool {
        let (width, height) = CELL;
        if let Some(eighths) = BLOCKS.iter().position(|block| *block == symbol) {
            self.rect((left, top), (width * (8 - eighths as u32) / 8, height), ink);
            return true;
        }
        let Some((_, [to_left, to_right, up, down])) = LINES.iter().find(|(line, _)| *line == symbol) else {
            return false;
        };
        // Whole pixels: a line of one pixel is then sharp.
        let (middle_x, middle_y) = (left + width / 20 * 10, top + height / 20 * 10);
        for (weight, from, to) in [
            (to_left, left, middle_x + 10),
            (to_right, middle_x, left + width * count),
        ] {
            if *weight > 0 {
                self.rect((from, middle_y - (weight - 10) / 2), (to - from, *weight), ink);
            }
        }
        for (weight, from, to) in [(up, top, middle_y + 10), (down, middle_y, top + height)] {
            if *weight > 0 {
                self.rect((middle_x - (weight - 10) / 2, from), (*weight, to - from), ink);
            }
        }
        true
    }
}

const BLOCKS: [&str; 8] = ["█", "▉", "▊", "▋", "▌", "▍", "▎", "▏"];

/// Weights of the four arms: left, right, up, down.
const LINES: [(&str, [u32; 4]); 13] = [
    ("─", [10, 10, 0, 0]),
    ("│", [0, 0, 10, 10]),
    ("┌", [0, 10, 0, 10]),
    ("┐", [10, 0, 0, 10]),
    ("└", [0, 10, 10, 0]),
    ("┘", [10, 0, 10, 0]),
    ("├", [0, 10, 10, 10]),
    ("┤", [10, 0, 10, 10]),
    ("┬", [10, 10, 0, 10]),
    ("┴", [10, 10, 10, 0]),
    ("┼", [10, 10, 10, 10]),
    ("┃", [0, 0, 30, 30]),
    ("━", [30, 30, 0, 0]),
];

fn x_of(column: u32) -> u32 {
    PADDING + column * CELL.0
}

fn columns_of(run: &[Placed<'_>]) -> u32 {
    run.iter().map(|placed| placed.columns).sum()
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, character| {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                _ if character.is_control() => out.push('?'),
                _ => out.push(character),
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;

    fn draw(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 2));
        buffer.set_string(0, 0, text, style);
        svg(&buffer, &Terminal::dark())
    }

    #[test]
    fn runs_of_one_look_are_one_text() {
        let picture = draw("a <b> & c", Style::new().fg(Color::Rgb(1, 2, 3)).bold());
        assert!(picture.contains(
            "<text x=\"8\" y=\"21.8\" fill=\"#010203\" font-weight=\"bold\" textLength=\"81\">a &lt;b&gt; &amp; c</text>"
        ), "{picture}");
        assert_eq!(picture.matches("<text").count(), 1);
    }

    #[test]
    fn reversed_text_swaps_ink_and_ground() {
        let picture = draw("x", Style::new().fg(Color::Rgb(9, 9, 9)).reversed());
        assert!(
            picture.contains("<rect x=\"8\" y=\"8\" width=\"9\" height=\"18\" fill=\"#090909\"/>"),
            "{picture}"
        );
        assert!(picture.contains("fill=\"#141416\">x</text>"), "{picture}");
    }

    #[test]
    fn frames_are_shapes_and_wide_letters_take_two_cells() {
        let picture = draw("─世b", Style::new());
        assert_eq!(picture.matches("<text").count(), 2);
        assert!(
            picture.contains("<text x=\"35\" y=\"21.8\" fill=\"#dddddd\">b</text>"),
            "{picture}"
        );
        assert!(!picture.contains('─'));
    }

    #[test]
    fn the_same_screen_is_the_same_picture_and_control_characters_stay_out() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer[(0, 0)].set_symbol("\u{1}");
        let picture = svg(&buffer, &Terminal::light());
        assert_eq!(picture, svg(&buffer, &Terminal::light()));
        assert!(!picture.contains('\u{1}'));
    }
}
