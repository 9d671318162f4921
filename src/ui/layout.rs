//! Where everything goes: a pure function from the size of the terminal to rectangles.
//!
//! Update uses it to know what the mouse hit and how many rows a pane shows; view uses it to draw.
//! Neighbours share a border column or row, so frames overlap by one cell and inner areas never.
//!
//! ```text
//!  header                                    header            header
//!  ┌1 Goroutines─┬3 Source──────┐            ┌1────┬3─────┬4──┐ ┌1──────┐
//!  │             │              │            │     │      │   │ ├2──────┤
//!  ├2 Stack──────┼4 Variables───┤            ├2────┤      ├5──┤ ├3──────┤
//!  │             │              │            │     │      │   │ ├4──────┤
//!  └─────────────┴──────────────┘            └─────┴──────┴───┘ └───────┘
//!  footer              two columns           three columns      portrait
//! ```

use ratatui::layout::{Position, Rect};

use super::place::Pane;

/// Smallest terminal that shows anything but a notice.
pub const SMALLEST: (u16, u16) = (40, 12);

/// The kinds of arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// One line that says what is needed.
    TooSmall,
    /// One pane at a time under a line of tabs.
    Single,
    /// Two columns; the focused pane of a column gets two thirds of it.
    Compact,
    /// Two columns of fixed shares.
    Medium,
    /// Three columns.
    Wide,
    /// All panes on top of each other.
    Portrait,
}

/// Everything the arrangement depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: u16,
    pub height: u16,
    pub focus: Pane,
    /// Which of Variables and Details is shown where they share one place.
    pub lower: Pane,
    pub zoomed: bool,
    /// Columns that the user added to the left column.
    pub shift: i16,
}

/// A pane on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaneArea {
    pub pane: Pane,
    /// With its border; equal to `inner` where panes have none.
    pub frame: Rect,
    pub inner: Rect,
}

/// The arrangement of one screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    pub class: Class,
    pub area: Rect,
    pub header: Rect,
    pub footer: Rect,
    /// The line of panes on a small screen.
    pub tabs: Option<Rect>,
    pub panes: Vec<PaneArea>,
}

impl Class {
    #[must_use]
    pub fn of(width: u16, height: u16) -> Self {
        // Portrait numbers are lazygit's.
        if width < SMALLEST.0 || height < SMALLEST.1 {
            Self::TooSmall
        } else if width <= 84 && height >= 46 {
            Self::Portrait
        } else if width < 80 || height < 24 {
            Self::Single
        } else if width >= 180 && height >= 40 {
            Self::Wide
        } else if width >= 110 && height >= 34 {
            Self::Medium
        } else {
            Self::Compact
        }
    }
}

impl Screen {
    #[must_use]
    pub fn find(&self, pane: Pane) -> Option<&PaneArea> {
        self.panes.iter().find(|area| area.pane == pane)
    }

    /// Rows and columns inside a pane; zero where it is not shown.
    #[must_use]
    pub fn inner(&self, pane: Pane) -> Rect {
        self.find(pane).map_or(Rect::ZERO, |area| area.inner)
    }

    /// The pane under a cell. On a shared border the later pane wins: its title is there.
    #[must_use]
    pub fn pane_at(&self, column: u16, row: u16) -> Option<&PaneArea> {
        let cell = Position::new(column, row);
        let inside = self.panes.iter().find(|area| area.inner.contains(cell));
        inside.or_else(|| self.panes.iter().rev().find(|area| area.frame.contains(cell)))
    }

    /// Whether Variables and Details take turns in one place.
    #[must_use]
    pub fn lower_is_shared(&self) -> bool {
        self.class != Class::Wide || self.panes.len() == 1
    }

    #[must_use]
    pub fn has_borders(&self) -> bool {
        !matches!(self.class, Class::Single | Class::TooSmall)
    }
}

/// Arranges a screen. Total for every size, 0x0 included.
#[must_use]
pub fn arrange(shape: &Shape) -> Screen {
    let area = Rect::new(0, 0, shape.width, shape.height);
    let class = Class::of(shape.width, shape.height);
    if class == Class::TooSmall {
        return Screen {
            class,
            area,
            header: Rect::ZERO,
            footer: Rect::ZERO,
            tabs: None,
            panes: Vec::new(),
        };
    }
    let body = Rect::new(0, 1, area.width, area.height - 2);
    let (tabs, panes) = match class {
        Class::Single => (Some(Rect { height: 1, ..body }), vec![single(shape, body)]),
        _ if shape.zoomed => (None, vec![bordered(shape.focus, body)]),
        Class::Wide => (None, wide(shape, body)),
        Class::Portrait => (None, portrait(shape, body)),
        _ => (None, two_columns(shape, body, class)),
    };
    Screen {
        class,
        area,
        header: Rect::new(0, 0, area.width, 1),
        footer: Rect::new(0, area.height - 1, area.width, 1),
        tabs,
        panes,
    }
}

/// Widest and narrowest shift of the left column that still leaves both columns usable.
#[must_use]
pub fn clamp_shift(shape: &Shape) -> i16 {
    let base = i16::try_from(left_width(shape.width)).unwrap_or(i16::MAX);
    let widest = i16::try_from(shape.width).unwrap_or(i16::MAX) - 40;
    shape.shift.clamp((20 - base).min(0), (widest - base).max(0))
}

fn single(shape: &Shape, body: Rect) -> PaneArea {
    let inner = Rect::new(body.x, body.y + 1, body.width, body.height - 1);
    PaneArea {
        pane: shape.focus,
        frame: inner,
        inner,
    }
}

/// 30 of 80 columns, 40 of 120.
fn left_width(width: u16) -> u16 {
    30 + width.saturating_sub(80) / 4
}

fn two_columns(shape: &Shape, body: Rect, class: Class) -> Vec<PaneArea> {
    let left = left_width(shape.width).saturating_add_signed(clamp_shift(shape));
    let lower = lower_pane(shape);
    let (left_share, right_share) = if class == Class::Medium {
        (60, 58)
    } else {
        (
            accordion(shape.focus, Pane::Goroutines, Pane::Stack, 57),
            accordion(shape.focus, Pane::Source, lower, 60),
        )
    };
    let (left_column, right_column) = split_columns(body, left);
    let (goroutines, stack) = split_rows(left_column, left_share);
    let (source, below) = split_rows(right_column, right_share);
    vec![
        bordered(Pane::Goroutines, goroutines),
        bordered(Pane::Stack, stack),
        bordered(Pane::Source, source),
        bordered(lower, below),
    ]
}

/// The share in percent of the upper pane of a column.
fn accordion(focus: Pane, upper: Pane, lower: Pane, otherwise: u16) -> u16 {
    match focus {
        focus if focus == upper => 66,
        focus if focus == lower => 34,
        _ => otherwise,
    }
}

fn wide(shape: &Shape, body: Rect) -> Vec<PaneArea> {
    let left = (shape.width * 26 / 100).saturating_add_signed(clamp_shift(shape).min(30));
    let right = shape.width * 30 / 100;
    let (left_column, rest) = split_columns(body, left);
    let (middle, right_column) = split_columns(rest, rest.width.saturating_sub(right));
    let (goroutines, stack) = split_rows(left_column, 60);
    let (variables, details) = split_rows(right_column, 60);
    vec![
        bordered(Pane::Goroutines, goroutines),
        bordered(Pane::Stack, stack),
        bordered(Pane::Source, middle),
        bordered(Pane::Variables, variables),
        bordered(Pane::Details, details),
    ]
}

fn portrait(shape: &Shape, body: Rect) -> Vec<PaneArea> {
    let lower = lower_pane(shape);
    let (upper_half, lower_half) = split_rows(body, 48);
    let (goroutines, stack) = split_rows(
        upper_half,
        accordion(shape.focus, Pane::Goroutines, Pane::Stack, 52),
    );
    let (source, below) = split_rows(lower_half, accordion(shape.focus, Pane::Source, lower, 55));
    vec![
        bordered(Pane::Goroutines, goroutines),
        bordered(Pane::Stack, stack),
        bordered(Pane::Source, source),
        bordered(lower, below),
    ]
}

fn lower_pane(shape: &Shape) -> Pane {
    match shape.focus {
        Pane::Variables | Pane::Details => shape.focus,
        _ if shape.lower == Pane::Details => Pane::Details,
        _ => Pane::Variables,
    }
}

fn bordered(pane: Pane, frame: Rect) -> PaneArea {
    let inner = Rect::new(
        frame.x + 1,
        frame.y + 1,
        frame.width.saturating_sub(2),
        frame.height.saturating_sub(2),
    );
    PaneArea { pane, frame, inner }
}

/// Two columns that share the border at `left`.
fn split_columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.clamp(1, area.width.saturating_sub(2).max(1));
    (
        Rect {
            width: left + 1,
            ..area
        },
        Rect {
            x: area.x + left,
            width: area.width.saturating_sub(left),
            ..area
        },
    )
}

/// Two rows of panes that share a border; the upper one gets `percent`.
fn split_rows(area: Rect, percent: u16) -> (Rect, Rect) {
    let upper = u16::try_from(u32::from(area.height) * u32::from(percent) / 100).unwrap_or(area.height);
    let upper = upper.clamp(1, area.height.saturating_sub(2).max(1));
    (
        Rect {
            height: upper + 1,
            ..area
        },
        Rect {
            y: area.y + upper,
            height: area.height.saturating_sub(upper),
            ..area
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(width: u16, height: u16) -> Shape {
        Shape {
            width,
            height,
            focus: Pane::Goroutines,
            lower: Pane::Variables,
            zoomed: false,
            shift: 0,
        }
    }

    #[test]
    fn sizes_have_their_class() {
        for (width, height, class) in [
            (0, 0, Class::TooSmall),
            (39, 12, Class::TooSmall),
            (40, 12, Class::Single),
            (79, 24, Class::Single),
            (80, 24, Class::Compact),
            (81, 46, Class::Portrait),
            (120, 40, Class::Medium),
            (200, 60, Class::Wide),
        ] {
            assert_eq!(Class::of(width, height), class, "{width}x{height}");
        }
    }

    #[test]
    fn eighty_columns_split_30_to_50() {
        let screen = arrange(&shape(80, 24));
        assert_eq!(screen.inner(Pane::Goroutines).width, 29);
        assert_eq!(screen.inner(Pane::Source).width, 48);
        assert!(screen.inner(Pane::Goroutines).height > screen.inner(Pane::Stack).height);
    }

    #[test]
    fn two_hundred_columns_show_variables_and_registers_at_once() {
        let screen = arrange(&shape(200, 60));
        assert_eq!(screen.panes.len(), 5);
        assert!(!screen.lower_is_shared());
    }

    proptest! {
        #[test]
        fn inner_areas_never_overlap_and_stay_inside(
            width in 0_u16..300, height in 0_u16..300, focus in 0_usize..5, lower in 3_usize..5,
            zoomed: bool, shift in -300_i16..300,
        ) {
            let screen = arrange(&Shape {
                width, height, focus: Pane::ALL[focus], lower: Pane::ALL[lower], zoomed, shift,
            });
            let area = Rect::new(0, 0, width, height);
            let mut cells: Vec<Rect> = screen.panes.iter().map(|pane| pane.inner).collect();
            cells.extend([screen.header, screen.footer]);
            cells.extend(screen.tabs);
            for (at, one) in cells.iter().enumerate() {
                prop_assert_eq!(one.intersection(area), *one);
                for other in &cells[at + 1..] {
                    prop_assert!(one.intersection(*other).is_empty(), "{one} and {other}");
                }
            }
            for pane in &screen.panes {
                prop_assert_eq!(pane.frame.intersection(area), pane.frame);
                prop_assert!(pane.inner.width >= 10 && pane.inner.height >= 1, "{:?}", pane);
            }
        }
    }
}
