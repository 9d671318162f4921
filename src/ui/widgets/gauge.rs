//! A running job in one line: label, bar, numbers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ellipsis_end, fill, put, width};
use crate::ui::theme::{Scope, Theme};

/// A job on one frame.
#[derive(Clone, Copy, Debug)]
pub struct Gauge<'a> {
    pub label: &'a str,
    /// Share done, 0 to 1; `None` while the end is not known.
    pub fraction: Option<f64>,
    /// Numbers after the bar: "12.4 of 318 MiB  412 MiB/s  1s left".
    pub detail: &'a str,
    /// Counts up while the job runs; moves the sign of a job whose end is not known.
    pub tick: usize,
}

/// Columns that a bar wants, and below which it is left out.
const BAR: (u16, u16) = (24, 6);

impl Gauge<'_> {
    /// Draws one row. The bar gives way to the label, and the label to the detail.
    pub fn draw(&self, area: Rect, theme: &Theme, buf: &mut Buffer) {
        let area = Rect {
            height: area.height.min(1),
            ..area.intersection(buf.area)
        };
        fill(
            buf,
            area,
            theme.style(Scope::Background).patch(theme.style(Scope::Footer)),
        );
        let text = theme.style(Scope::FooterMessage);
        let mut x = area.x;
        let end = area.right();
        let room = |x: u16| end.saturating_sub(x);
        let sign = if self.fraction.is_some_and(|done| done >= 1.0) {
            theme.glyphs.success
        } else {
            theme.glyphs.spin(self.tick)
        };
        x = x.saturating_add(
            put(
                buf,
                (x.saturating_add(1), area.y),
                room(x.saturating_add(1)),
                sign,
                theme.style(Scope::Busy),
            ) + 2,
        );
        let detail = u16::try_from(width(self.detail)).unwrap_or(u16::MAX);
        let label_room = room(x).saturating_sub(detail.saturating_add(2));
        let label = ellipsis_end(self.label, usize::from(label_room), theme.glyphs.ellipsis);
        let used = put(buf, (x, area.y), room(x), &label, text);
        x = x.saturating_add(if used == 0 { 0 } else { used + 1 });
        let bar = room(x).saturating_sub(detail.saturating_add(2)).min(BAR.0);
        if bar >= BAR.1 {
            self.draw_bar(Rect::new(x, area.y, bar, 1), theme, buf);
            x = x.saturating_add(bar + 1);
        }
        let detail = ellipsis_end(self.detail, usize::from(room(x)), theme.glyphs.ellipsis);
        put(buf, (x, area.y), room(x), &detail, text);
    }

    /// Draws the bar alone over the whole width of `area`.
    pub fn draw_bar(&self, area: Rect, theme: &Theme, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let (filled, rest) = (theme.style(Scope::GaugeFilled), theme.style(Scope::GaugeRest));
        let steps = theme.glyphs.gauge_steps;
        let (whole, part) = match self.fraction {
            Some(fraction) => cells(fraction, area.width, steps.len()),
            None => (0, 0),
        };
        for column in 0..area.width {
            let (sign, style) = if column < whole {
                (steps.first().copied(), filled)
            } else if column == whole && part > 0 {
                (
                    steps
                        .len()
                        .checked_sub(part)
                        .and_then(|at| steps.get(at))
                        .copied(),
                    filled,
                )
            } else if self.fraction.is_none() && is_runner(self.tick, column, area.width) {
                (steps.first().copied(), filled)
            } else {
                (Some(theme.glyphs.gauge_rest), rest)
            };
            put(
                buf,
                (area.x.saturating_add(column), area.y),
                1,
                sign.unwrap_or(" "),
                style,
            );
        }
    }
}

/// Whole cells and further steps of one cell that show `fraction` on `columns` cells.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=columns * steps"
)]
fn cells(fraction: f64, columns: u16, steps: usize) -> (u16, usize) {
    let steps = u32::try_from(steps.max(1)).unwrap_or(1);
    let all = u32::from(columns) * steps;
    let done = if fraction.is_nan() {
        0.0
    } else {
        fraction.clamp(0.0, 1.0)
    };
    // Rounded down: full means done.
    let filled = ((done * f64::from(all)) as u32).min(all);
    (
        u16::try_from(filled / steps).unwrap_or(columns),
        (filled % steps) as usize,
    )
}

/// A short block that runs to and fro.
fn is_runner(tick: usize, column: u16, columns: u16) -> bool {
    let size = 4_usize.min(usize::from(columns));
    let free = usize::from(columns).saturating_sub(size);
    let phase = tick.checked_rem(2 * free.max(1)).unwrap_or(0);
    let start = if phase <= free {
        phase
    } else {
        (2 * free).saturating_sub(phase)
    };
    (start..start + size).contains(&usize::from(column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::Glyphs;

    fn draw(gauge: Gauge<'_>, width: u16, glyphs: &'static Glyphs) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        gauge.draw(buf.area, &Theme::default().with_glyphs(glyphs), &mut buf);
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    const HALF: Gauge<'static> = Gauge {
        label: "writing core",
        fraction: Some(0.52),
        detail: "165 of 318 MiB",
        tick: 0,
    };

    #[test]
    fn the_bar_shows_parts_of_a_cell() {
        assert_eq!(
            draw(HALF, 56, &Glyphs::UNICODE),
            " ⠋ writing core ████████████▍─────────── 165 of 318 MiB "
        );
        assert_eq!(
            draw(HALF, 50, &Glyphs::ASCII),
            " | writing core #########--------- 165 of 318 MiB "
        );
    }

    #[test]
    fn room_is_taken_from_the_bar_then_from_the_label() {
        assert_eq!(
            draw(HALF, 33, &Glyphs::UNICODE).trim_end(),
            " ⠋ writing core 165 of 318 MiB"
        );
        assert_eq!(
            draw(HALF, 24, &Glyphs::UNICODE).trim_end(),
            " ⠋ writ… 165 of 318 MiB"
        );
        assert_eq!(draw(HALF, 8, &Glyphs::UNICODE).trim_end(), " ⠋ 165 …");
        let _ = draw(HALF, 0, &Glyphs::UNICODE);
    }

    #[test]
    fn full_means_done_and_nonsense_is_no_progress() {
        assert_eq!(cells(0.9999, 10, 8), (9, 7));
        assert_eq!(cells(1.0, 10, 8), (10, 0));
        assert_eq!(cells(f64::NAN, 10, 8), (0, 0));
        assert_eq!(cells(-3.0, 10, 8), (0, 0));
    }

    #[test]
    fn the_runner_stays_inside() {
        for columns in 0..12 {
            for tick in 0..60 {
                let cells = (0..columns)
                    .filter(|column| is_runner(tick, *column, columns))
                    .count();
                assert_eq!(cells, usize::from(columns.min(4)));
            }
        }
    }
}
