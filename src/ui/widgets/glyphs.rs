//! The signs that widgets draw with: box drawing for terminals that can, ASCII for the rest.

/// One set of signs, each one cell wide unless said otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub horizontal: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    /// Stands for what was cut off.
    pub ellipsis: &'static str,
    /// Before the selected row of the focused list.
    pub selected: &'static str,
    /// Before the line at which a frame stands.
    pub current: &'static str,
    pub breakpoint: &'static str,
    pub bullet: &'static str,
    /// Before a row that is new or elsewhere since the stop before.
    pub changed: &'static str,
    /// Before the row that is to blame.
    pub guilty: &'static str,
    pub warning: &'static str,
    pub error: &'static str,
    pub success: &'static str,
    pub folded: &'static str,
    pub unfolded: &'static str,
    pub tree_guide: &'static str,
    pub arrow_right: &'static str,
    pub arrow_up: &'static str,
    pub arrow_down: &'static str,
    pub separator: &'static str,
    /// Corners, head and crossing of the arrows of jumps.
    pub jump_upper: &'static str,
    pub jump_lower: &'static str,
    pub jump_head: &'static str,
    pub jump_cross: &'static str,
    pub scroll_thumb: &'static str,
    pub gauge_rest: &'static str,
    /// Whole cell first, then falling shares of one.
    pub gauge_steps: &'static [&'static str],
    /// One turn of a sign that says "busy".
    pub spinner: &'static [&'static str],
}

impl Glyphs {
    pub const UNICODE: Self = Self {
        horizontal: "─",
        vertical: "│",
        top_left: "┌",
        top_right: "┐",
        bottom_left: "└",
        bottom_right: "┘",
        ellipsis: "…",
        selected: "▌",
        current: "▶",
        breakpoint: "●",
        bullet: "•",
        changed: "~",
        guilty: "✱",
        warning: "▲",
        error: "✗",
        success: "✓",
        folded: "▸",
        unfolded: "▾",
        tree_guide: "│",
        arrow_right: "→",
        arrow_up: "↑",
        arrow_down: "↓",
        separator: "·",
        jump_upper: "╭",
        jump_lower: "╰",
        jump_head: "▸",
        jump_cross: "┼",
        scroll_thumb: "┃",
        gauge_rest: "─",
        gauge_steps: &["█", "▉", "▊", "▋", "▌", "▍", "▎", "▏"],
        spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    };

    pub const ASCII: Self = Self {
        horizontal: "-",
        vertical: "|",
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        ellipsis: "~",
        selected: ">",
        current: ">",
        breakpoint: "*",
        bullet: "*",
        changed: "~",
        guilty: "*",
        warning: "!",
        error: "x",
        success: "+",
        folded: "+",
        unfolded: "-",
        tree_guide: "|",
        arrow_right: ">",
        arrow_up: "^",
        arrow_down: "v",
        separator: "/",
        jump_upper: ".",
        jump_lower: "`",
        jump_head: ">",
        jump_cross: "+",
        scroll_thumb: "#",
        gauge_rest: "-",
        gauge_steps: &["#"],
        spinner: &["|", "/", "-", "\\"],
    };

    /// The set for a terminal; `ascii` when its locale or its user wants no more.
    #[must_use]
    pub fn choose(ascii: bool) -> &'static Self {
        if ascii { &Self::ASCII } else { &Self::UNICODE }
    }

    /// The spinner's sign at a tick that counts up.
    #[must_use]
    pub fn spin(&self, tick: usize) -> &'static str {
        tick.checked_rem(self.spinner.len())
            .and_then(|at| self.spinner.get(at))
            .copied()
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::width;

    #[test]
    fn all_signs_of_both_sets_are_one_cell_wide() {
        for set in [&Glyphs::UNICODE, &Glyphs::ASCII] {
            let signs = [
                set.horizontal,
                set.vertical,
                set.top_left,
                set.top_right,
                set.bottom_left,
                set.bottom_right,
                set.ellipsis,
                set.selected,
                set.current,
                set.breakpoint,
                set.bullet,
                set.guilty,
                set.warning,
                set.error,
                set.success,
                set.folded,
                set.unfolded,
                set.tree_guide,
                set.arrow_right,
                set.arrow_up,
                set.arrow_down,
                set.separator,
                set.scroll_thumb,
                set.gauge_rest,
                set.jump_upper,
                set.jump_lower,
                set.jump_head,
                set.jump_cross,
            ];
            for sign in signs.iter().chain(set.gauge_steps).chain(set.spinner) {
                assert_eq!(width(sign), 1, "{sign}");
            }
        }
        assert!(Glyphs::ASCII.spinner.iter().all(|sign| sign.is_ascii()));
    }

    #[test]
    fn the_spinner_turns_for_ever() {
        assert_eq!(Glyphs::ASCII.spin(5), "/");
        assert!(!Glyphs::UNICODE.spin(usize::MAX).is_empty());
    }
}
