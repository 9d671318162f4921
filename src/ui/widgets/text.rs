//! Text by what it takes on the screen: width, cutting with an ellipsis, and the only functions
//! that write text into cells.
//!
//! Everything counts grapheme clusters and display columns, never bytes or characters.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

/// Stands in a cell for a control character that should not have come this far.
const REPLACEMENT: &str = "?";

/// The clusters of `text` that take room, with their width in columns.
pub(super) fn clusters(text: &str) -> impl DoubleEndedIterator<Item = (&str, u16)> {
    text.graphemes(true)
        .map(|cluster| {
            if cluster.contains(char::is_control) {
                (REPLACEMENT, 1)
            } else {
                (cluster, cluster.cell_width())
            }
        })
        .filter(|(_, width)| *width > 0)
}

/// Columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.len();
    }
    clusters(text).map(|(_, width)| usize::from(width)).sum()
}

/// Columns that a line takes.
#[must_use]
pub fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

/// Writes `text` into one row, at most `columns` wide. Returns the columns used.
///
/// Attributes are those of `style` alone; colours that it leaves out stay as they were.
pub fn put(buf: &mut Buffer, at: (u16, u16), columns: u16, text: &str, style: Style) -> u16 {
    let (mut x, y) = at;
    let end = x.saturating_add(columns).min(buf.area.right());
    if x < end {
        uncover(buf, (x, y));
    }
    for (cluster, width) in clusters(text) {
        if x.saturating_add(width) > end {
            break;
        }
        let Some(cell) = buf.cell_mut((x, y)) else { break };
        // What stood here before may have been bold; its ground and ink are the row's.
        cell.modifier = Modifier::empty();
        cell.set_symbol(cluster).set_style(style);
        for covered in 1..width {
            if let Some(cell) = buf.cell_mut((x.saturating_add(covered), y)) {
                // The cell hidden below a wide cluster keeps its colours for the terminal's sake.
                cell.set_symbol(" ").set_style(style);
            }
        }
        x = x.saturating_add(width);
    }
    x.saturating_sub(at.0)
}

/// Blanks the wide cluster whose second half is at `(x, y)`: what is written there would break it.
fn uncover(buf: &mut Buffer, (x, y): (u16, u16)) {
    let before = x.checked_sub(1).and_then(|x| buf.cell_mut((x, y)));
    if let Some(cell) = before.filter(|cell| cell.symbol().len() > 1 && cell.symbol().cell_width() > 1) {
        cell.set_symbol(" ");
    }
}

/// Writes a line into one row, at most `columns` wide. Returns the columns used.
pub fn put_line(buf: &mut Buffer, at: (u16, u16), columns: u16, line: &Line<'_>) -> u16 {
    let mut used = 0;
    for span in &line.spans {
        let style = line.style.patch(span.style);
        let taken = put(
            buf,
            (at.0.saturating_add(used), at.1),
            columns.saturating_sub(used),
            &span.content,
            style,
        );
        used = used.saturating_add(taken);
        if usize::from(taken) < width(&span.content) {
            break;
        }
    }
    used
}

/// Writes a line into the lower frame of `area`, before its right corner.
pub fn put_in_lower_frame(buf: &mut Buffer, area: Rect, line: &Line<'_>) {
    let wide = u16::try_from(line_width(line)).unwrap_or(u16::MAX);
    let at = (
        area.right().saturating_sub(wide.saturating_add(2)),
        area.bottom().saturating_sub(1),
    );
    put_line(buf, at, wide, line);
}

/// Fills `area` with blanks of one style.
pub fn fill(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        uncover(buf, (area.x, y));
    }
    for position in area.positions() {
        if let Some(cell) = buf.cell_mut(position) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// `text`, cut at its end so that it takes at most `columns`.
#[must_use]
pub fn ellipsis_end(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(width(ellipsis)) else {
        return String::new();
    };
    let mut out: String = take(clusters(text), room).collect();
    out.push_str(ellipsis);
    out
}

/// `text`, cut at its start: for paths, whose end says most.
#[must_use]
pub fn ellipsis_start(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(width(ellipsis)) else {
        return String::new();
    };
    let mut kept: Vec<_> = take(clusters(text).rev(), room).collect();
    kept.push(ellipsis);
    kept.into_iter().rev().collect()
}

/// `text`, cut in its middle: for names whose both ends count.
#[must_use]
pub fn ellipsis_middle(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(width(ellipsis)) else {
        return String::new();
    };
    let head: String = take(clusters(text), room.div_ceil(2)).collect();
    let mut tail: Vec<_> = take(clusters(text).rev(), room / 2).collect();
    tail.push(ellipsis);
    head + &tail.into_iter().rev().collect::<String>()
}

/// A line of spans, cut at its end so that it takes at most `columns`.
#[must_use]
pub fn ellipsis_line<'a>(line: Line<'a>, columns: usize, ellipsis: &'static str) -> Line<'a> {
    if line_width(&line) <= columns {
        return line;
    }
    let Some(mut room) = columns.checked_sub(width(ellipsis)) else {
        return Line::default().style(line.style);
    };
    let mut spans = Vec::with_capacity(line.spans.len());
    for span in line.spans {
        let wide = width(&span.content);
        if wide <= room {
            room -= wide;
            spans.push(span);
            continue;
        }
        let mut text: String = take(clusters(&span.content), room).collect();
        text.push_str(ellipsis);
        spans.push(Span::styled(text, span.style));
        break;
    }
    Line {
        spans,
        ..Line::default()
    }
    .style(line.style)
}

/// Clusters in order until `room` columns are full.
fn take<'a>(clusters: impl Iterator<Item = (&'a str, u16)>, room: usize) -> impl Iterator<Item = &'a str> {
    clusters.scan(0_usize, move |used, (cluster, width)| {
        *used += usize::from(width);
        (*used <= room).then_some(cluster)
    })
}

/// `text` with blanks after it up to `columns`.
#[must_use]
pub fn pad_end(text: &str, columns: usize) -> String {
    format!("{text}{:1$}", "", columns.saturating_sub(width(text)))
}

/// `text` with blanks before it up to `columns`.
#[must_use]
pub fn pad_start(text: &str, columns: usize) -> String {
    format!("{:1$}{text}", "", columns.saturating_sub(width(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cutting_keeps_the_end_the_start_or_both() {
        assert_eq!(ellipsis_end("goroutine", 6, "…"), "gorou…");
        assert_eq!(ellipsis_start("/a/b/main.go", 8, "…"), "…main.go");
        assert_eq!(ellipsis_middle("net/http.(*conn).serve", 11, "…"), "net/h…serve");
        assert_eq!(ellipsis_end("abc", 3, "…"), "abc");
        assert_eq!(ellipsis_end("abc", 0, "…"), "");
    }

    #[test]
    fn wide_clusters_are_never_halved() {
        assert_eq!(ellipsis_end("世界世界", 6, "…"), "世界…");
        assert_eq!(ellipsis_start("世界世界", 6, "…"), "…世界");
        let mut buf = Buffer::empty(Rect::new(0, 0, 5, 1));
        assert_eq!(put(&mut buf, (0, 0), 5, "a世界", Style::new()), 5);
        assert_eq!(put(&mut buf, (0, 0), 4, "a世界", Style::new()), 3);
    }

    #[test]
    fn a_cluster_of_many_characters_is_one_piece() {
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(width(family), 2);
        assert_eq!(ellipsis_end(&format!("{family}ab"), 3, "…"), format!("{family}…"));
    }

    #[test]
    fn no_control_character_reaches_a_cell() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 1));
        put(&mut buf, (0, 0), 12, "a\x1b[31mb\r\n\u{9b}c", Style::new());
        assert!(
            buf.content()
                .iter()
                .all(|cell| !cell.symbol().contains(char::is_control))
        );
        assert!(buf.content()[0].symbol() == "a" && buf.content()[1].symbol() == "?");
    }

    #[test]
    fn lines_are_cut_across_spans() {
        let line = Line::from(vec![Span::raw("abc"), Span::raw("def"), Span::raw("ghi")]);
        assert_eq!(ellipsis_line(line, 6, "…").to_string(), "abcde…");
    }

    proptest! {
        #[test]
        fn cut_text_always_fits(text in any::<String>(), columns in 0_usize..20) {
            for cut in [ellipsis_end, ellipsis_start, ellipsis_middle] {
                prop_assert!(width(&cut(&text, columns, "…")) <= columns);
            }
        }

        #[test]
        fn writing_outside_the_buffer_is_harmless(text in any::<String>(), x in 0_u16..9, y in 0_u16..3, columns in 0_u16..9) {
            let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
            prop_assert!(put(&mut buf, (x, y), columns, &text, Style::new()) <= columns);
        }
    }
}
