//! Rows of a table: how wide each column is, and one row of them as a line.

use ratatui::text::{Line, Span};

use super::{ellipsis_line, ellipsis_start, line_width};

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    Right,
    /// At the left, and what is too long is cut at its start: a path's end says most.
    Path,
}

/// What a column needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Below this it is left out.
    pub least: u16,
    /// What its content would take.
    pub wanted: u16,
    /// Columns of low importance are left out first.
    pub importance: u8,
    /// Its share of room that is left over; 0 for none.
    pub grow: u16,
    pub align: Align,
}

/// Blank columns between two.
const GAP: u16 = 1;

/// Widths of the columns in `total`; 0 for those left out.
#[must_use]
pub fn fit_columns(columns: &[Column], total: u16) -> Vec<u16> {
    let mut kept: Vec<bool> = columns
        .iter()
        .map(|column| column.least.max(column.wanted).max(column.grow) > 0)
        .collect();
    loop {
        let least: u32 = needs(columns, &kept, |column| column.least);
        if least <= u32::from(total) {
            break;
        }
        let weakest = (0..columns.len())
            .filter(|at| kept.get(*at) == Some(&true))
            .min_by_key(|at| {
                columns
                    .get(*at)
                    .map(|column| (column.importance, usize::MAX - at))
            });
        match weakest.and_then(|at| kept.get_mut(at)) {
            Some(slot) => *slot = false,
            None => break,
        }
    }
    let mut widths: Vec<u16> = columns
        .iter()
        .zip(&kept)
        .map(|(column, kept)| if *kept { column.least } else { 0 })
        .collect();
    let mut left = u32::from(total).saturating_sub(needs(columns, &kept, |column| column.least));
    // First what the content wants, most important first, then what is left over by share.
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| columns.get(*at).map(|column| u8::MAX - column.importance));
    for at in order {
        if let (Some(column), Some(true), Some(width)) = (columns.get(at), kept.get(at), widths.get_mut(at)) {
            let more = u32::from(column.wanted.saturating_sub(*width)).min(left);
            *width = width.saturating_add(u16::try_from(more).unwrap_or(0));
            left -= more;
        }
    }
    let mut shares: u32 = columns
        .iter()
        .zip(&kept)
        .filter(|(_, kept)| **kept)
        .map(|(column, _)| u32::from(column.grow))
        .sum();
    for ((column, kept), width) in columns.iter().zip(&kept).zip(&mut widths) {
        if *kept && column.grow > 0 && shares > 0 {
            let more = left * u32::from(column.grow) / shares;
            *width = width.saturating_add(u16::try_from(more).unwrap_or(0));
            left -= more;
            shares -= u32::from(column.grow);
        }
    }
    widths
}

fn needs(columns: &[Column], kept: &[bool], of: impl Fn(&Column) -> u16) -> u32 {
    let kept = columns.iter().zip(kept).filter(|(_, kept)| **kept);
    let (sum, count) = kept.fold((0, 0), |(sum, count), (column, _)| {
        (sum + u32::from(of(column)), count + 1)
    });
    sum + u32::from(GAP) * u32::saturating_sub(count, 1)
}

/// One row: cells cut to their widths, aligned, with a gap between them. Cells of width 0 are left out.
#[must_use]
pub fn row<'a>(columns: &[Column], widths: &[u16], cells: Vec<Line<'a>>, ellipsis: &'static str) -> Line<'a> {
    let mut spans: Vec<Span<'a>> = Vec::new();
    let shown = columns
        .iter()
        .zip(widths)
        .zip(cells)
        .filter(|((_, width), _)| **width > 0);
    for ((column, width), cell) in shown {
        if !spans.is_empty() {
            spans.push(Span::raw(" ".repeat(usize::from(GAP))));
        }
        let width = usize::from(*width);
        let cell = match column.align {
            Align::Left | Align::Right => ellipsis_line(cell, width, ellipsis),
            Align::Path => cut_start(cell, width, ellipsis),
        };
        let blanks = Span::raw(" ".repeat(width.saturating_sub(line_width(&cell))));
        let style = cell.style;
        let own = cell
            .spans
            .into_iter()
            .map(|span| Span::styled(span.content, style.patch(span.style)));
        match column.align {
            Align::Left | Align::Path => {
                spans.extend(own);
                spans.push(blanks);
            }
            Align::Right => {
                spans.push(blanks);
                spans.extend(own);
            }
        }
    }
    Line::from(spans)
}

/// A line cut at its start; its first span's style is the style of all.
fn cut_start<'a>(cell: Line<'a>, width: usize, ellipsis: &'static str) -> Line<'a> {
    if line_width(&cell) <= width {
        return cell;
    }
    let style = cell.spans.first().map(|span| span.style).unwrap_or_default();
    Line::from(Span::styled(
        ellipsis_start(&cell.to_string(), width, ellipsis),
        style,
    ))
    .style(cell.style)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(least: u16, wanted: u16, importance: u8, grow: u16) -> Column {
        Column {
            least,
            wanted,
            importance,
            grow,
            align: Align::Left,
        }
    }

    #[test]
    fn the_least_important_columns_go_first() {
        let columns = [column(3, 6, 9, 0), column(8, 12, 5, 1), column(10, 20, 1, 0)];
        assert_eq!(fit_columns(&columns, 60), [6, 32, 20]);
        assert_eq!(fit_columns(&columns, 30), [6, 12, 10]);
        assert_eq!(fit_columns(&columns, 20), [6, 13, 0]);
        assert_eq!(fit_columns(&columns, 11), [6, 0, 0]);
        assert_eq!(fit_columns(&columns, 0), [0, 0, 0]);
    }

    #[test]
    fn cells_line_up_by_display_width() {
        let columns = [
            Column {
                align: Align::Right,
                ..column(4, 4, 1, 0)
            },
            column(4, 4, 1, 0),
            column(2, 2, 1, 0),
        ];
        let line = row(
            &columns,
            &[4, 4, 2],
            vec![Line::raw("7"), Line::raw("世"), Line::raw("wide")],
            "…",
        );
        assert_eq!(line.to_string(), "   7 世   w…");
        let path = Column {
            align: Align::Path,
            ..column(4, 4, 1, 0)
        };
        assert_eq!(
            row(&[path], &[8], vec![Line::raw("server.go:1834")], "…").to_string(),
            "….go:1834".replace(".go", "go")
        );
    }

    proptest! {
        #[test]
        fn columns_never_take_more_than_there_is(
            columns in proptest::collection::vec((0_u16..20, 0_u16..40, any::<u8>(), 0_u16..3), 0..6), total in 0_u16..100
        ) {
            let columns: Vec<_> = columns.into_iter().map(|(least, wanted, importance, grow)| column(least, wanted, importance, grow)).collect();
            let widths = fit_columns(&columns, total);
            let shown = widths.iter().filter(|width| **width > 0).count() as u16;
            let sum: u16 = widths.iter().sum();
            prop_assert!(sum == 0 || sum + shown - 1 <= total, "{widths:?} in {total}");
        }
    }
}
