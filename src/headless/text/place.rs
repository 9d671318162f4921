//! Places in code and spans of time, in words.

use crate::headless::page::Page;
use crate::model::{Location, Role};

/// `file:line`, or `?` where none is recorded.
pub(super) fn file_line(page: &Page<'_>, location: &Location) -> String {
    match (&location.file, location.line) {
        (Some(file), Some(line)) => format!("{}:{line}", page.show(Role::Plain, file)),
        (Some(file), None) => page.show(Role::Plain, file),
        (None, _) => "?".to_owned(),
    }
}

/// The function's name, or `???`.
pub(super) fn function(page: &Page<'_>, location: &Location) -> String {
    page.show(Role::Function, location.function.as_deref().unwrap_or("???"))
}

/// `file:line function (0xpc)`, as Delve writes it.
pub(super) fn place(page: &Page<'_>, location: &Location) -> String {
    if location.pc.is_null() && location.function.is_none() {
        return "?".to_owned();
    }
    format!(
        "{} {} ({})",
        file_line(page, location),
        function(page, location),
        page.addr(location.pc)
    )
}

/// A span of time, two units at most: `3h12m`, `5m8s`, `1.5s`, `250ms`.
pub(super) fn span(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..60 => format!("{}.{}s", seconds, milliseconds % 1000 / 100),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        let seconds = |count: u64| span(count * 1_000_000_000);
        assert_eq!(span(250_000_000), "250ms");
        assert_eq!(span(1_560_000_000), "1.5s");
        assert_eq!(seconds(308), "5m8s");
        assert_eq!(seconds(11_520), "3h12m");
        assert_eq!(seconds(200_000), "2d7h");
        assert_eq!(span(u64::MAX), "213503d23h");
    }
}
