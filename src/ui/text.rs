//! Text of the target on its way to the screen, and names made short.
//!
//! [`foreign`] is the one door by which text from outside becomes a span.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::Span;

use super::widgets::width;
use crate::base::visible;
use crate::model::Location;

/// A span of text from outside: escapes made visible, nothing lost.
#[must_use]
pub fn foreign(text: &str, style: Style) -> Span<'static> {
    Span::styled(visible(text).into_owned(), style)
}

/// A function's name without the directories of its package: `http.(*conn).serve`.
#[must_use]
pub fn short_function(name: &str) -> Cow<'_, str> {
    // Type arguments hold paths of their own: `pkg/list.Map[go.example/x.T]`.
    let generic = name.find('[').unwrap_or(name.len());
    let (head, arguments) = name.split_at(generic);
    let short = head.rsplit('/').next().unwrap_or(head);
    if arguments.is_empty() {
        return Cow::Borrowed(short);
    }
    match arguments.rsplit_once(']') {
        Some((_, rest)) => Cow::Owned(format!("{short}[…]{rest}")),
        None => Cow::Owned(format!("{short}{arguments}")),
    }
}

/// A type's name without the directories of its packages: `map[string]*http.Request`.
#[must_use]
pub fn short_type(name: &str) -> Cow<'_, str> {
    if !name.contains('/') {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut word = 0;
    for character in name.chars() {
        if character == '/' {
            out.truncate(word);
            continue;
        }
        out.push(character);
        if !(character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '~')) {
            word = out.len();
        }
    }
    Cow::Owned(out)
}

/// Whether `text` contains `needle`, which is in lower case, in any case.
#[must_use]
pub fn holds(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return needle.is_empty()
            || text
                .windows(needle.len())
                .any(|window| window.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

/// The last part of a path.
#[must_use]
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `main.go:27`; in little room `main:27`; `None` where no line is known.
#[must_use]
pub fn file_line(place: &Location, short: bool) -> Option<String> {
    let name = base_name(place.file.as_deref()?);
    let plain = if short { name.strip_suffix(".go") } else { None };
    Some(format!("{}:{}", visible(plain.unwrap_or(name)), place.line?))
}

/// A function's name for `room` columns: methods lose their package first, `(*Shop).work`; the
/// rest is for who cuts at the start.
#[must_use]
pub fn fitting_function(name: &str, room: usize) -> Cow<'_, str> {
    let short = short_function(name);
    if width(&visible(&short)) <= room {
        return short;
    }
    match short.find(".(").and_then(|at| short.get(at + 1..)) {
        Some(method) => Cow::Owned(method.to_owned()),
        None => short,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_lose_directories_and_type_arguments() {
        assert_eq!(short_function("net/http.(*conn).serve"), "http.(*conn).serve");
        assert_eq!(short_function("a/b.Map[go.example/x.T].Get"), "b.Map[…].Get");
        assert_eq!(short_function("main.main"), "main.main");
        assert_eq!(
            short_type("map[string]*net/http.Request"),
            "map[string]*http.Request"
        );
        assert_eq!(short_type("[]github.com/a/b.T"), "[]b.T");
        assert_eq!(base_name("/src/app/main.go"), "main.go");
    }

    proptest! {
        #[test]
        fn any_name_is_harmless(text in any::<String>()) {
            let _ = short_function(&text);
            let _ = short_type(&text);
            prop_assert!(!foreign(&text, Style::new()).content.chars().any(char::is_control));
        }
    }
}
