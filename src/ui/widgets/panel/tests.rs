use super::*;
use crate::ui::widgets::Glyphs;

fn screen(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width);
    buf.content()
        .chunks(width)
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

fn panel<'a>(digit: char, title: &'a str, note: &'a str) -> Panel<'a> {
    Panel {
        digit: Some(digit),
        title,
        note: Line::raw(note),
        ..Panel::default()
    }
}

#[test]
fn shared_frames_join() {
    let mut buf = Buffer::empty(Rect::new(0, 0, 21, 5));
    let theme = Theme::default();
    panel('1', "A", "").draw(Rect::new(0, 0, 11, 3), &theme, &mut buf);
    panel('2', "B", "").draw(Rect::new(0, 2, 11, 3), &theme, &mut buf);
    panel('3', "C", "").draw(Rect::new(10, 0, 11, 5), &theme, &mut buf);
    assert_eq!(
        screen(&buf),
        [
            "┌ 1 A ────┬ 3 C ────┐",
            "│         │         │",
            "├ 2 B ────┤         │",
            "│         │         │",
            "└─────────┴─────────┘",
        ]
    );
}

#[test]
fn ascii_frames_join_as_well() {
    let mut buf = Buffer::empty(Rect::new(0, 0, 9, 3));
    let theme = Theme::default().with_glyphs(&Glyphs::ASCII);
    Panel::default().draw(Rect::new(0, 0, 5, 3), &theme, &mut buf);
    Panel::default().draw(Rect::new(4, 0, 5, 3), &theme, &mut buf);
    assert_eq!(screen(&buf), ["+---+---+", "|   |   |", "+---+---+"]);
}

#[test]
fn the_title_stays_longest_and_the_right_part_is_whole_or_absent() {
    let draw = |width| {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 2));
        let mut panel = panel('1', "Goroutines", "100,004");
        panel.right = Line::raw("filter: x");
        panel.draw(buf.area, &Theme::default(), &mut buf);
        screen(&buf).remove(0)
    };
    assert_eq!(draw(40), "┌ 1 Goroutines  100,004 ─── filter: x ─┐");
    assert_eq!(draw(30), "┌ 1 Goroutines  100,004 ─────┐");
    assert_eq!(draw(20), "┌ 1 Goroutines ────┐");
    assert_eq!(draw(9), "┌ 1 Gor…┐");
    assert_eq!(draw(1), " ");
}

#[test]
fn areas_outside_the_buffer_are_harmless() {
    let mut buf = Buffer::empty(Rect::new(0, 0, 4, 4));
    for area in [
        Rect::new(3, 3, 9, 9),
        Rect::new(0, 0, 0, 0),
        Rect::new(9, 9, 2, 2),
        Rect::new(0, 0, 2, 2),
    ] {
        panel('1', "Title", "note").draw(area, &Theme::default(), &mut buf);
        let _ = Panel::inner(area);
    }
}
