//! Bytes: slices of them as text or in hex, `bytes.Buffer`, `strings.Builder`.

use super::part::{Part, Span, Text};
use super::table::Reader;
use super::words::{head, quoted};
use crate::base::visible_len_is_same;
use crate::eval::format;
use crate::model::{Role, Runs};

pub(super) const READERS: &[(&str, Reader)] = &[("bytes.Buffer", buffer), ("strings.Builder", builder)];

/// Bytes shown in hex at most.
const HEX: usize = 32;

/// What has not been read yet.
fn buffer(part: &Part<'_>) -> Option<Runs> {
    let buf = part.field("buf")?;
    let span = buf.slice()?;
    let offset = part.field("off")?.uint()?;
    let unread = span.len.checked_sub(offset)?;
    let text = part.bytes_at(span.array.checked_add(offset)?, unread)?;
    Some(sized(part, unread, &text))
}

fn builder(part: &Part<'_>) -> Option<Runs> {
    let buf = part.field("buf")?;
    let Span { array, len, .. } = buf.slice()?;
    Some(sized(part, len, &part.bytes_at(array, len)?))
}

/// `bytes.Buffer len: 5, "hello"`.
fn sized(part: &Part<'_>, len: u64, text: &Text) -> Runs {
    let mut runs = head(part);
    runs.push("len: ", Role::Dim);
    runs.push(len.to_string(), Role::Number);
    runs.push(", ", Role::Punctuation);
    runs.extend(bytes(text));
    runs
}

/// Bytes as a string where they are text, else in hex, and as a string as well where some are letters.
pub(in crate::eval) fn bytes(text: &Text) -> Runs {
    let bytes = whole_characters(text);
    if is_text(bytes) {
        let left_out = text
            .left_out
            .saturating_add((text.bytes.len() - bytes.len()) as u64);
        let bytes = bytes.to_vec();
        return quoted(&Text { bytes, left_out });
    }
    let shown = text.bytes.get(..HEX.min(text.bytes.len())).unwrap_or_default();
    let hex: Vec<_> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut runs = Runs::of("hex ", Role::Dim);
    runs.push(hex.join(" "), Role::Number);
    let letters = shown.iter().filter(|byte| byte.is_ascii_graphic()).count();
    if letters.saturating_mul(2) >= shown.len() {
        runs.push(" ", Role::Punctuation);
        runs.push(format::quote(shown), Role::Text);
    }
    let left_out = text
        .left_out
        .saturating_add((text.bytes.len() - shown.len()) as u64);
    if left_out > 0 {
        runs.push(format!("…+{left_out} more"), Role::Dim);
    }
    runs
}

/// The bytes without a character that the cut went through.
fn whole_characters(text: &Text) -> &[u8] {
    match std::str::from_utf8(&text.bytes) {
        Err(error) if text.left_out > 0 && error.error_len().is_none() => {
            text.bytes.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => &text.bytes,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let is_plain = |character: char| {
        let mut buffer = [0; 4];
        matches!(character, '\t' | '\n' | '\r') || visible_len_is_same(character.encode_utf8(&mut buffer))
    };
    text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes_of: &[u8], left_out: u64) -> String {
        let text = Text {
            bytes: bytes_of.to_vec(),
            left_out,
        };
        bytes(&text).plain()
    }

    #[test]
    fn text_is_quoted_and_all_else_is_hex() {
        assert_eq!(plain(b"a\tb\n", 0), r#""a\tb\n""#);
        assert_eq!(plain(&[0xde, 0xad, 0, 1], 0), "hex de ad 00 01");
        assert_eq!(plain(b"GET\0", 0), r#"hex 47 45 54 00 "GET\x00""#);
        assert_eq!(plain(b"", 0), "\"\"");
        assert_eq!(
            plain(&[0xff; 40], 2),
            format!("hex {}…+10 more", vec!["ff"; 32].join(" "))
        );
    }

    #[test]
    fn a_character_that_the_cut_went_through_is_left_out_and_counted() {
        assert_eq!(plain(b"ab\xc3", 7), "\"ab\"…+8 more");
        assert_eq!(plain(b"ab\xc3", 0), r#"hex 61 62 c3 "ab\xc3""#);
    }
}
