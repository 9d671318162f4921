//! The terminal that a picture pretends to be: its default colours and its palette.

use ratatui::style::Color;

use crate::ui::theme::rgb;

/// The terminal that a picture pretends to be.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Colours of text and ground where the screen says "default".
    pub foreground: [u8; 3],
    pub background: [u8; 3],
    /// The 16 colours that belong to the user.
    pub palette: [[u8; 3]; 16],
    /// A title bar with this text; none draws the bare screen.
    pub title: Option<String>,
}

/// A palette of the kind that terminals ship today.
const PALETTE: [[u8; 3]; 16] = [
    [0x2e, 0x34, 0x36],
    [0xe0, 0x4b, 0x4b],
    [0x4e, 0xa0, 0x2e],
    [0xc4, 0xa0, 0x00],
    [0x4a, 0x86, 0xd8],
    [0xb0, 0x6a, 0xc0],
    [0x16, 0x9c, 0xa3],
    [0xd3, 0xd7, 0xcf],
    [0x70, 0x75, 0x78],
    [0xff, 0x6b, 0x6b],
    [0x8a, 0xe2, 0x34],
    [0xfc, 0xe9, 0x4f],
    [0x72, 0x9f, 0xcf],
    [0xd0, 0x8f, 0xd8],
    [0x34, 0xe2, 0xe2],
    [0xee, 0xee, 0xec],
];

impl Terminal {
    /// Light text on a dark ground.
    #[must_use]
    pub fn dark() -> Self {
        Self {
            foreground: [0xdd, 0xdd, 0xdd],
            background: [0x14, 0x14, 0x16],
            palette: PALETTE,
            title: None,
        }
    }

    /// Dark text on a light ground.
    #[must_use]
    pub fn light() -> Self {
        Self {
            foreground: [0x22, 0x22, 0x22],
            background: [0xfd, 0xfd, 0xfd],
            ..Self::dark()
        }
    }

    /// A colour as it looks there; `None` for the terminal's default.
    pub(super) fn color(&self, color: Color) -> Option<[u8; 3]> {
        let index = match color {
            Color::Indexed(index) => usize::from(index),
            Color::Rgb(..) | Color::Reset => 16,
            named => NAMED.iter().position(|known| *known == named).unwrap_or(16),
        };
        self.palette.get(index).copied().or_else(|| rgb(color))
    }
}

const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];
