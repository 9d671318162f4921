//! Source lines, numbered, the current one marked.

use std::io;
use std::sync::Arc;

use crate::headless::page::{Page, count};
use crate::headless::reply::Listing;
use crate::model::Role;

/// Columns of a tab in Go source, narrower than the terminal's eight.
const TAB: usize = 4;

pub(super) fn write(page: &mut Page<'_>, listing: &Listing) -> io::Result<()> {
    let file = page.show(Role::Plain, &listing.file);
    match &listing.path {
        Some(path) if **path != *listing.file => {
            let path = page.show(Role::Plain, path);
            page.line(format_args!("{file} (read from {path})"))?;
        }
        _ => page.line(&file)?,
    }
    write_lines(page, listing)
}

/// One path or name a line, and how many of that kind there are.
pub(super) fn write_names(page: &mut Page<'_>, names: &[Arc<str>], kind: &str) -> io::Result<()> {
    for name in names {
        let name = page.show(Role::Plain, name);
        page.line(&name)?;
    }
    page.line(format_args!("[{}]", count(names.len(), kind)))
}

/// The lines alone, as Delve numbers and marks them.
pub(super) fn write_lines(page: &mut Page<'_>, listing: &Listing) -> io::Result<()> {
    if let Some(doubt) = &listing.doubt {
        let doubt = page.show(Role::Doubtful, doubt);
        page.line(format_args!("(this may not be what was compiled: {doubt})"))?;
    }
    let last = listing.start + listing.lines.len();
    let digits = last.to_string().len().max(4);
    for (offset, line) in listing.lines.iter().enumerate() {
        let number = listing.start + offset;
        let (mark, role) = if listing.current == Some(number) {
            ("=>", Role::Function)
        } else {
            ("  ", Role::Plain)
        };
        let line = page.show(role, &without_tabs(line));
        page.line(
            format_args!("{mark}{number:>digits$}:  {line}")
                .to_string()
                .trim_end(),
        )?;
    }
    Ok(())
}

/// Tabs as spaces up to the next tab stop.
fn without_tabs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut column = 0;
    for character in line.chars() {
        if character == '\t' {
            let width = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', width));
            column += width;
        } else {
            out.push(character);
            column += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_line_up() {
        assert_eq!(without_tabs("\ta\tb"), "    a   b");
        assert_eq!(without_tabs("ab\tc"), "ab  c");
    }
}
