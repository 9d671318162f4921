//! The little language of a style: `"blue bold on panel"`.
//!
//! ```text
//!   style  = { word }             words in any order
//!   word   = COLOUR | "on" COLOUR | MODIFIER
//!   COLOUR = name of the palette | "#rrggbb" | name of the 16 | 0..255 | "default"
//! ```

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

/// Colour names of one theme.
pub(super) type Palette = BTreeMap<String, Color>;

/// The style that `text` describes, and a complaint about each word that means nothing.
pub(super) fn parse_style(text: &str, palette: &Palette) -> (Style, Vec<String>) {
    let mut style = Style::new();
    let mut complaints = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word == "on" {
            match words.next().map(|name| (name, parse_color(name, palette))) {
                Some((_, Some(color))) => style = style.bg(color),
                Some((name, None)) => complaints.push(format!("unknown colour \"{name}\"")),
                None => complaints.push("\"on\" needs a colour after it".to_owned()),
            }
        } else if let Some(modifier) = parse_modifier(word) {
            style = style.add_modifier(modifier);
        } else if let Some(color) = parse_color(word, palette) {
            style = style.fg(color);
        } else {
            complaints.push(format!("unknown colour or attribute \"{word}\""));
        }
    }
    (style, complaints)
}

/// A colour by the palette's names, then by number or by the names of the 16.
pub(super) fn parse_color(text: &str, palette: &Palette) -> Option<Color> {
    if let Some(color) = palette.get(text) {
        return Some(*color);
    }
    match text {
        "default" => Some(Color::Reset),
        _ => text.parse().ok().filter(|color| *color != Color::Reset),
    }
}

fn parse_modifier(word: &str) -> Option<Modifier> {
    Some(match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        "strike" => Modifier::CROSSED_OUT,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette() -> Palette {
        Palette::from([("sea".to_owned(), Color::Rgb(1, 2, 3))])
    }

    #[test]
    fn words_may_come_in_any_order() {
        let want = Style::new()
            .fg(Color::Rgb(1, 2, 3))
            .bg(Color::Rgb(255, 0, 0))
            .bold();
        assert_eq!(parse_style("bold on #ff0000 sea", &palette()), (want, vec![]));
        assert_eq!(parse_style("sea bold on #ff0000", &palette()), (want, vec![]));
    }

    #[test]
    fn unknown_words_are_named_and_the_rest_is_kept() {
        let (style, complaints) = parse_style("sea blod on sky", &palette());
        assert_eq!(style, Style::new().fg(Color::Rgb(1, 2, 3)));
        assert_eq!(
            complaints,
            ["unknown colour or attribute \"blod\"", "unknown colour \"sky\""]
        );
    }

    #[test]
    fn default_is_the_terminals_own_colour() {
        assert_eq!(
            parse_style("default on default", &palette()).0,
            Style::new().fg(Color::Reset).bg(Color::Reset)
        );
        assert_eq!(parse_style("", &palette()).0, Style::new());
    }
}
