//! What the terminal can do, told like the other checks of `doctor`. Pure.

use super::layout::SMALLEST;
use super::theme::{Surroundings, Tier, choose, locale_is_utf8};
use crate::model::{Check, CheckState};

/// The screen that is fully usable.
const COMFORTABLE: (u16, u16) = (80, 24);

/// What is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Whether standard input and output are a terminal.
    pub is_terminal: bool,
    /// Columns and rows.
    pub size: (u16, u16),
    pub term: Option<&'a str>,
    pub colorterm: Option<&'a str>,
    pub no_color: Option<&'a str>,
    pub lc_all: Option<&'a str>,
    pub lc_ctype: Option<&'a str>,
    pub lang: Option<&'a str>,
}

/// The columns and rows of the terminal, or what is taken for them.
#[must_use]
pub fn size() -> (u16, u16) {
    super::term::size()
}

/// Looks at the terminal; what only a terminal has is left out where there is none.
#[must_use]
pub fn check_terminal(facts: &Facts<'_>) -> Vec<Check> {
    if !facts.is_terminal {
        return vec![Check::new(
            "terminal",
            CheckState::Note,
            "none on standard input and output: reports are printed instead of the screen",
            Some("run it in a terminal; over ssh: ssh -t HOST tinydbg-tui ..."),
        )];
    }
    if facts.term == Some("dumb") {
        return vec![Check::new(
            "terminal",
            CheckState::Note,
            "TERM is dumb: reports are printed instead of the screen",
            Some("export TERM=xterm-256color, if the terminal is one"),
        )];
    }
    let name = facts.term.filter(|term| !term.is_empty());
    vec![
        Check::good("terminal", name.unwrap_or("TERM is not set").to_owned()),
        room(facts.size),
        colours(facts),
        characters(facts),
    ]
}

fn room(size: (u16, u16)) -> Check {
    const NAME: &str = "terminal size";
    let (columns, rows) = size;
    let is_below = |least: (u16, u16)| columns < least.0 || rows < least.1;
    if is_below(SMALLEST) {
        let (columns_needed, rows_needed) = SMALLEST;
        Check::new(
            NAME,
            CheckState::Bad,
            format!("{columns}x{rows} is too small: {columns_needed}x{rows_needed} is the least"),
            Some("make the window larger or the letters smaller"),
        )
    } else if is_below(COMFORTABLE) {
        Check::new(
            NAME,
            CheckState::Note,
            format!("{columns}x{rows}: there is room for one pane at a time"),
            Some("80x24 shows more of them"),
        )
    } else {
        Check::good(NAME, format!("{columns}x{rows}"))
    }
}

fn colours(facts: &Facts<'_>) -> Check {
    const NAME: &str = "colours";
    let choice = choose(&Surroundings {
        no_color: facts.no_color,
        colorterm: facts.colorterm,
        term: facts.term,
        ..Surroundings::default()
    });
    match choice.tier {
        Tier::TrueColor => Check::good(NAME, "all of them (truecolor)"),
        Tier::Indexed256 => Check::good(NAME, "256, by TERM and COLORTERM"),
        Tier::None => Check::good(NAME, "none, for NO_COLOR is set"),
        Tier::Ansi16 => Check::new(
            NAME,
            CheckState::Note,
            "16: neither TERM nor COLORTERM speaks of more",
            Some("export COLORTERM=truecolor, if the terminal can show them (ssh does not pass it on)"),
        ),
    }
}

fn characters(facts: &Facts<'_>) -> Check {
    const NAME: &str = "characters";
    if locale_is_utf8(facts.lc_all, facts.lc_ctype, facts.lang) {
        return Check::good(NAME, "UTF-8");
    }
    Check::new(
        NAME,
        CheckState::Note,
        "the locale is not UTF-8: frames and signs are drawn in ASCII",
        Some("export LANG=C.UTF-8"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Facts<'_> = Facts {
        is_terminal: true,
        size: (80, 24),
        term: Some("xterm-256color"),
        colorterm: Some("truecolor"),
        no_color: None,
        lc_all: None,
        lc_ctype: None,
        lang: Some("C.UTF-8"),
    };

    fn states(facts: &Facts<'_>) -> Vec<(String, CheckState)> {
        let checks = check_terminal(facts);
        assert!(
            checks
                .iter()
                .all(|check| check.state == CheckState::Good || check.fix.is_some())
        );
        checks
            .into_iter()
            .map(|check| (check.name, check.state))
            .collect()
    }

    fn state(facts: &Facts<'_>, name: &str) -> CheckState {
        let mut all = states(facts).into_iter();
        all.find(|(found, _)| found == name).expect("it is looked at").1
    }

    #[test]
    fn a_good_terminal_is_good() {
        assert!(states(&GOOD).iter().all(|(_, state)| *state == CheckState::Good));
    }

    #[test]
    fn each_shortcoming_is_told_with_what_helps() {
        let with_size = |size| Facts { size, ..GOOD };
        assert_eq!(state(&with_size((79, 24)), "terminal size"), CheckState::Note);
        assert_eq!(state(&with_size((80, 11)), "terminal size"), CheckState::Bad);
        let plain = Facts {
            term: Some("xterm"),
            colorterm: None,
            lang: Some("C"),
            ..GOOD
        };
        assert_eq!(state(&plain, "colours"), CheckState::Note);
        assert_eq!(state(&plain, "characters"), CheckState::Note);
        let refused = Facts {
            no_color: Some("1"),
            ..GOOD
        };
        assert_eq!(state(&refused, "colours"), CheckState::Good);
    }

    #[test]
    fn without_a_terminal_nothing_else_of_it_is_told() {
        let dumb = Facts {
            term: Some("dumb"),
            ..GOOD
        };
        for facts in [dumb, Facts::default()] {
            assert_eq!(states(&facts), [("terminal".to_owned(), CheckState::Note)]);
        }
    }
}
