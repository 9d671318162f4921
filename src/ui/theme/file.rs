//! One theme file: TOML text to names and styles, with a complaint for each line that means nothing.
//!
//! A bad file never refuses to load: what is understood is used, the rest is said.
//!
//! ```toml
//! inherits = "dark"            # the theme that fills what is left out
//! background = "ink"           # what the terminal is assumed to have behind the text
//! paint_background = true      # whether to paint it
//! [palette]
//! ink = "#15181e"
//! select = ["#223b58", 17]     # with the index to use where only 256 colours are
//! [styles]
//! text = "default"
//! "border.focused" = "blue bold"
//! ```

use std::fmt;

use ratatui::style::{Color, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::style_text::{Palette, parse_color, parse_style};
use super::{Scope, Tier};
use crate::base::visible;

/// Something in a theme file that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The theme's name or path.
    pub source: String,
    /// Counted from 1; `None` when it concerns the file as a whole.
    pub line: Option<usize>,
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "theme {}: line {line}: {}", self.source, self.message),
            None => write!(f, "theme {}: {}", self.source, self.message),
        }
    }
}

/// What one file says, before inheritance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThemeFile {
    pub inherits: Option<String>,
    pub background: Option<Color>,
    pub paint_background: Option<bool>,
    pub styles: Vec<(Scope, Style)>,
}

impl ThemeFile {
    /// Reads `text`. Colour names in `palette` win over the file's own: an heir that redefines
    /// "blue" recolours what it inherits.
    ///
    /// Returns the file, the colour names of the file itself, and what was not understood.
    #[must_use]
    pub(super) fn parse(
        name: &str,
        text: &str,
        palette: &Palette,
        tier: Tier,
    ) -> (Self, Palette, Vec<Complaint>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader {
            name,
            text,
            file: Self::default(),
            tier,
            palette: Palette::new(),
            complaints: Vec::new(),
        };
        for error in errors {
            let message = error.message().to_owned();
            match error.span() {
                Some(span) => reader.complain(span.start, message),
                None => reader.complain(0, message),
            }
        }
        if let Some(own) = table.get_ref().get("palette") {
            reader.read_palette(own);
        }
        let own = reader.palette.clone();
        reader
            .palette
            .extend(palette.iter().map(|(name, color)| (name.clone(), *color)));
        reader.read(table.get_ref());
        reader.complaints.sort_by_key(|complaint| complaint.line);
        (reader.file, own, reader.complaints)
    }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    file: ThemeFile,
    tier: Tier,
    palette: Palette,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn complain(&mut self, offset: usize, message: impl Into<String>) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        self.complaints.push(Complaint {
            source: visible(self.name).into_owned(),
            line: Some(before.matches('\n').count() + 1),
            message: visible(&message.into()).into_owned(),
        });
    }

    /// Everything but the palette, which styles refer to wherever it stands in the file.
    fn read(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("inherits", DeValue::String(name)) => self.file.inherits = Some(name.to_string()),
                ("paint_background", DeValue::Boolean(paint)) => self.file.paint_background = Some(*paint),
                ("background", DeValue::String(name)) => match parse_color(name, &self.palette) {
                    Some(color) => self.file.background = Some(color),
                    None => self.complain(value.span().start, format!("unknown colour \"{name}\"")),
                },
                ("styles", DeValue::Table(styles)) => self.read_styles(styles),
                ("palette", _) => {}
                ("inherits" | "paint_background" | "background" | "styles", wrong) => {
                    self.complain(
                        key.span().start,
                        format!("\"{}\" cannot be a {}", key.get_ref(), wrong.type_str()),
                    );
                }
                (unknown, _) => self.complain(key.span().start, format!("unknown key \"{unknown}\"")),
            }
        }
    }

    fn read_palette(&mut self, palette: &Spanned<DeValue<'_>>) {
        let DeValue::Table(colors) = palette.get_ref() else {
            self.complain(palette.span().start, "\"palette\" has to be a table");
            return;
        };
        for (key, value) in colors {
            let color = palette_color(value.get_ref(), self.tier);
            match color {
                Some(color) => {
                    self.palette.insert(key.get_ref().to_string(), color);
                }
                None => self.complain(value.span().start, format!("\"{}\" is no colour", key.get_ref())),
            }
        }
    }

    fn read_styles(&mut self, styles: &DeTable<'_>) {
        for (key, value) in styles {
            let Some(scope) = Scope::from_name(key.get_ref()) else {
                self.complain(key.span().start, format!("unknown scope \"{}\"", key.get_ref()));
                continue;
            };
            let Some(text) = value.get_ref().as_str() else {
                self.complain(
                    value.span().start,
                    format!("the style of \"{}\" has to be a string", key.get_ref()),
                );
                continue;
            };
            let (style, complaints) = parse_style(text, &self.palette);
            for complaint in complaints {
                self.complain(value.span().start, complaint);
            }
            self.file.styles.push((scope, style));
        }
    }
}

/// `"#rrggbb"`, or `["#rrggbb", index]` where nearest-of-256 would be a poor choice.
fn palette_color(value: &DeValue<'_>, tier: Tier) -> Option<Color> {
    let plain = |value: &DeValue<'_>| parse_color(value.as_str()?, &Palette::new());
    let Some(pair) = value.as_array() else {
        return plain(value);
    };
    let full = plain(pair.first()?.get_ref())?;
    let index = pair.get(1)?.get_ref().as_integer()?;
    let index = u8::from_str_radix(index.as_str(), index.radix())
        .ok()
        .filter(|_| pair.len() == 2)?;
    Some(if tier == Tier::Indexed256 {
        Color::Indexed(index)
    } else {
        full
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn complaints_carry_their_line_and_the_rest_is_used() {
        let text = "background = \"ink\"\nwat = 1\n[palette]\nink = \"#010203\"\nbad = \"#01\"\n\
                    [styles]\ntext = \"ink bold\"\nnope = \"ink\"\n\"text.dim\" = \"ink sparkling\"\n";
        let (file, _, complaints) = ThemeFile::parse("mine", text, &Palette::new(), Tier::TrueColor);
        assert_eq!(file.background, Some(Color::Rgb(1, 2, 3)));
        assert_eq!(file.styles.len(), 2);
        let said: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "theme mine: line 2: unknown key \"wat\"",
                "theme mine: line 5: \"bad\" is no colour",
                "theme mine: line 8: unknown scope \"nope\"",
                "theme mine: line 9: unknown colour or attribute \"sparkling\"",
            ]
        );
    }

    #[test]
    fn a_colour_may_name_its_stand_in_for_256_colours() {
        let text = "[palette]\na = [\"#010203\", 17]\nb = [\"#010203\", 300]\n[styles]\ntext = \"a\"\n";
        let ink = |tier| {
            ThemeFile::parse("mine", text, &Palette::new(), tier).0.styles[0]
                .1
                .fg
        };
        assert_eq!(ink(Tier::Indexed256), Some(Color::Indexed(17)));
        assert_eq!(ink(Tier::TrueColor), Some(Color::Rgb(1, 2, 3)));
        let (.., complaints) = ThemeFile::parse("mine", text, &Palette::new(), Tier::TrueColor);
        assert_eq!(
            complaints[0].to_string(),
            "theme mine: line 3: \"b\" is no colour"
        );
    }

    #[test]
    fn broken_toml_is_a_complaint_and_keeps_what_came_before() {
        let (file, _, complaints) = ThemeFile::parse(
            "mine",
            "paint_background = true\n[styles\n",
            &Palette::new(),
            Tier::TrueColor,
        );
        assert_eq!(file.paint_background, Some(true));
        assert_eq!(complaints.first().and_then(|complaint| complaint.line), Some(2));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[\\[\\]a-z=\"#.\n 0-9]{0,200}") {
            let _ = ThemeFile::parse("any", &text, &Palette::new(), Tier::TrueColor);
        }
    }
}
