//! Which theme, and how many colours: a pure decision from what the surroundings say.
//!
//! ```text
//!   --color never | NO_COLOR      no colours  -> mono, whatever theme was named
//!   COLORTERM, TERM               tier        -> 16 colours: ansi; more: dark or light
//!   --theme, config               a named theme wins over the last column
//! ```
//!
//! `TERM=dumb` cannot be full screen at all and is refused before this is asked.

use super::Tier;
use super::color::luminance;
use crate::model::ColorChoice;

/// Whether the terminal's own background is dark or light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

/// Everything that the choice depends on.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'a> {
    /// `--color`, then the config file.
    pub color: ColorChoice,
    /// `--theme`, then the config file.
    pub theme: Option<&'a str>,
    /// Value of NO_COLOR; empty counts as unset (no-color.org).
    pub no_color: Option<&'a str>,
    pub colorterm: Option<&'a str>,
    pub term: Option<&'a str>,
    /// What the terminal said or COLORFGBG hints at; `None` counts as dark.
    pub background: Option<Background>,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub theme: String,
    pub tier: Tier,
}

/// Decides by the table in this file's first lines.
#[must_use]
pub fn choose(around: &Surroundings<'_>) -> Choice {
    let tier = tier(around);
    let theme = match (tier, around.theme, around.background) {
        (Tier::None, _, _) => "mono",
        (_, Some(named), _) => named,
        (Tier::Ansi16, None, _) => "ansi",
        (_, None, Some(Background::Light)) => "light",
        (_, None, _) => "dark",
    };
    Choice {
        theme: theme.to_owned(),
        tier,
    }
}

fn tier(around: &Surroundings<'_>) -> Tier {
    let refused = around.no_color.is_some_and(|value| !value.is_empty());
    match around.color {
        ColorChoice::Never => return Tier::None,
        ColorChoice::Auto if refused => return Tier::None,
        ColorChoice::Auto | ColorChoice::Always => {}
    }
    let term = around.term.unwrap_or_default();
    // GNU screen up to 4 passes COLORTERM on and then misreads RGB sequences.
    let screen = term.starts_with("screen");
    let says_rgb = around
        .colorterm
        .is_some_and(|value| matches!(value, "truecolor" | "24bit"));
    if (says_rgb && !screen) || term.contains("direct") {
        Tier::TrueColor
    } else if term.contains("256color")
        || TERMS_OF_256.iter().any(|known| term.starts_with(known))
        || screen && says_rgb
    {
        Tier::Indexed256
    } else {
        Tier::Ansi16
    }
}

/// Terminals that have all colours and whose TERM does not say so; over ssh COLORTERM is lost.
const TERMS_OF_256: [&str; 6] = [
    "xterm-kitty",
    "xterm-ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "rio",
];

/// Whether the locale lets a terminal show more than ASCII: the first of LC_ALL, LC_CTYPE and LANG
/// that is set decides. None set says yes: containers set none, and their terminals are modern.
#[must_use]
pub fn locale_is_utf8(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
    let set = [lc_all, lc_ctype, lang]
        .into_iter()
        .flatten()
        .find(|value| !value.is_empty());
    set.is_none_or(|value| {
        let value = value.to_ascii_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// Reads COLORFGBG ("15;0", "0;default;15"): the last number is the background's index.
#[must_use]
pub fn background_from_colorfgbg(value: &str) -> Option<Background> {
    let index: u8 = value.rsplit(';').next()?.trim().parse().ok()?;
    match index {
        7 | 15 => Some(Background::Light),
        0..=15 => Some(Background::Dark),
        _ => None,
    }
}

/// Reads a terminal's answer to OSC 11, `rgb:RRRR/GGGG/BBBB` with one to four digits each,
/// anywhere in `reply`.
#[must_use]
pub fn background_from_osc11(reply: &str) -> Option<Background> {
    let (_, colors) = reply.split_once("rgb:").or_else(|| reply.split_once("rgba:"))?;
    let mut channels = [0; 3];
    let mut parts = colors.split(['/', '\x1b', '\x07']);
    for channel in &mut channels {
        *channel = channel_of(parts.next()?)?;
    }
    // Half of the perceived lightness (L* 50) is a luminance of 0.18.
    Some(if luminance(channels) > 0.18 {
        Background::Light
    } else {
        Background::Dark
    })
}

fn channel_of(digits: &str) -> Option<u8> {
    let value = u32::from_str_radix(digits, 16).ok()?;
    let most = match digits.len() {
        1 => 0xf,
        2 => 0xff,
        3 => 0xfff,
        4 => 0xffff,
        _ => return None,
    };
    u8::try_from(value * 255 / most).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(around: &Surroundings<'_>) -> (String, Tier) {
        let choice = choose(around);
        (choice.theme, choice.tier)
    }

    #[test]
    fn no_color_beats_a_named_theme_and_always_beats_no_color() {
        let mut around = Surroundings {
            theme: Some("light"),
            no_color: Some("1"),
            colorterm: Some("truecolor"),
            ..Surroundings::default()
        };
        assert_eq!(pick(&around), ("mono".into(), Tier::None));
        around.color = ColorChoice::Always;
        assert_eq!(pick(&around), ("light".into(), Tier::TrueColor));
        around.color = ColorChoice::Never;
        assert_eq!(pick(&around), ("mono".into(), Tier::None));
    }

    #[test]
    fn an_empty_no_color_is_no_wish() {
        let around = Surroundings {
            no_color: Some(""),
            term: Some("xterm-256color"),
            ..Surroundings::default()
        };
        assert_eq!(pick(&around), ("dark".into(), Tier::Indexed256));
    }

    #[test]
    fn the_tier_follows_colorterm_then_term() {
        for (colorterm, term, want) in [
            (Some("truecolor"), Some("xterm-256color"), Tier::TrueColor),
            (Some("24bit"), None, Tier::TrueColor),
            (None, Some("xterm-direct"), Tier::TrueColor),
            (None, Some("tmux-256color"), Tier::Indexed256),
            (None, Some("xterm-kitty"), Tier::Indexed256),
            (Some("truecolor"), Some("screen"), Tier::Indexed256),
            (None, Some("xterm"), Tier::Ansi16),
            (None, Some("linux"), Tier::Ansi16),
            (Some("yes"), None, Tier::Ansi16),
        ] {
            let around = Surroundings {
                colorterm,
                term,
                ..Surroundings::default()
            };
            assert_eq!(choose(&around).tier, want, "{colorterm:?} {term:?}");
        }
    }

    #[test]
    fn the_default_theme_follows_tier_and_background() {
        let mut around = Surroundings {
            background: Some(Background::Light),
            ..Surroundings::default()
        };
        assert_eq!(choose(&around).theme, "ansi");
        around.term = Some("xterm-256color");
        assert_eq!(choose(&around).theme, "light");
        around.background = None;
        assert_eq!(choose(&around).theme, "dark");
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        assert!(locale_is_utf8(None, None, None));
        assert!(locale_is_utf8(Some(""), Some("de_DE.UTF-8"), Some("C")));
        assert!(!locale_is_utf8(Some("C"), None, Some("en_US.utf8")));
    }

    #[test]
    fn terminals_answers_are_read_and_nonsense_is_not() {
        assert_eq!(
            background_from_osc11("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"),
            Some(Background::Dark)
        );
        assert_eq!(
            background_from_osc11("\x1b]11;rgb:ff/fa/f0\x07"),
            Some(Background::Light)
        );
        assert_eq!(background_from_osc11("rgb:zz/00/00"), None);
        assert_eq!(background_from_osc11("rgb:00000/0/0"), None);
        assert_eq!(background_from_osc11("\x1b[?62;c"), None);
        assert_eq!(background_from_colorfgbg("0;default;15"), Some(Background::Light));
        assert_eq!(background_from_colorfgbg("15;0"), Some(Background::Dark));
        assert_eq!(background_from_colorfgbg("12;default"), None);
    }
}
