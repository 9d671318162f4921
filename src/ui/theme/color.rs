//! Colours as numbers: tiers of terminals, the nearest colour a tier has, and contrast.
//!
//! Pure arithmetic. The palette of indexes 16 to 255 is fixed by xterm (a 6x6x6 cube and 24
//! greys); indexes 0 to 15 belong to the user, so nothing is ever mapped *onto* them unless the
//! terminal has no others.

use ratatui::style::{Color, Style};

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// None: attributes only.
    None,
    /// The 16 of the user's palette.
    Ansi16,
    /// xterm's 256.
    Indexed256,
    /// Any RGB.
    #[default]
    TrueColor,
}

/// `style` with each colour replaced by the nearest one that `tier` has.
#[must_use]
pub fn degrade(style: Style, tier: Tier) -> Style {
    Style {
        fg: style.fg.and_then(|color| degrade_color(color, tier)),
        bg: style.bg.and_then(|color| degrade_color(color, tier)),
        underline_color: style.underline_color.and_then(|color| degrade_color(color, tier)),
        ..style
    }
}

fn degrade_color(color: Color, tier: Tier) -> Option<Color> {
    match (tier, color) {
        (Tier::None, _) => None,
        (Tier::TrueColor, _) => Some(color),
        (Tier::Indexed256, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_256([r, g, b]))),
        (Tier::Ansi16, Color::Rgb(r, g, b)) => Some(nearest_16([r, g, b])),
        (Tier::Ansi16, Color::Indexed(index)) if index > 15 => Some(nearest_16(indexed_rgb(index))),
        _ => Some(color),
    }
}

const CUBE_LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// RGB of xterm's palette.
fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => BASE.get(usize::from(index)).map_or([0; 3], |(_, rgb)| *rgb),
        16..=231 => {
            let cell = usize::from(index - 16);
            [cell / 36, cell / 6 % 6, cell % 6].map(|level| CUBE_LEVELS.get(level).copied().unwrap_or(255))
        }
        _ => [(index - 232) * 10 + 8; 3],
    }
}

/// The index from 16 up whose colour is nearest to `rgb`.
fn nearest_256(rgb: [u8; 3]) -> u8 {
    (16..=255)
        .min_by_key(|index| distance(indexed_rgb(*index), rgb))
        .unwrap_or(16)
}

fn nearest_16(rgb: [u8; 3]) -> Color {
    BASE.iter()
        .min_by_key(|(_, base)| distance(*base, rgb))
        .map_or(Color::Reset, |(color, _)| *color)
}

/// Squared distance, weighted by how much the eye sees of each channel ("redmean").
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let [red, green, blue] = [0, 1, 2].map(|at| {
        let (a, b): (u8, u8) = (a.get(at).copied().unwrap_or(0), b.get(at).copied().unwrap_or(0));
        let difference = u32::from(a.abs_diff(b));
        difference * difference
    });
    let mean = u32::midpoint(u32::from(a[0]), u32::from(b[0]));
    (((512 + mean) * red) >> 8) + 4 * green + (((767 - mean) * blue) >> 8)
}

/// The names of the 16 and xterm's default values for them.
const BASE: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// RGB of a colour, with xterm's values for the 16; `None` for the terminal's default.
#[must_use]
pub fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index) => Some(indexed_rgb(index)),
        named => BASE.iter().find(|(base, _)| *base == named).map(|(_, rgb)| *rgb),
    }
}

/// WCAG 2 contrast ratio of two colours, 1 to 21.
#[must_use]
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
pub(super) fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_agrees_with_the_numbers_of_wcag() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
        // #777777 on white is the well-known near miss of 4.5.
        assert!((contrast([0x77; 3], [255; 3]) - 4.48).abs() < 0.01);
    }

    #[test]
    fn colours_of_the_cube_map_onto_themselves() {
        for index in 16..=255 {
            assert_eq!(indexed_rgb(nearest_256(indexed_rgb(index))), indexed_rgb(index));
        }
    }

    #[test]
    fn degrading_never_uses_the_users_colours_when_there_are_256() {
        for value in (0..=255).step_by(15) {
            let style = Style::new().fg(Color::Rgb(value, 255 - value, value / 2));
            let Some(Color::Indexed(index)) = degrade(style, Tier::Indexed256).fg else {
                panic!()
            };
            assert!(index >= 16);
        }
    }

    #[test]
    fn sixteen_colours_keep_hue_and_none_keeps_attributes() {
        let style = Style::new()
            .fg(Color::Rgb(220, 40, 30))
            .bg(Color::Indexed(16))
            .bold();
        assert_eq!(
            degrade(style, Tier::Ansi16),
            Style::new().fg(Color::Red).bg(Color::Black).bold()
        );
        assert_eq!(degrade(style, Tier::None), Style::new().bold());
    }
}
