//! `net/url.URL` as it is written, the password left out.

use super::part::Part;
use super::table::Reader;
use super::words::{plain_field, said};
use crate::model::Role;

pub(super) const READERS: &[(&str, Reader)] =
    &[("net/url.URL", |part| Some(said(part, text(part)?, Role::Text)))];

/// As `(*URL).Redacted` has it; `None` for what is not plain text.
fn text(part: &Part<'_>) -> Option<String> {
    let of = |name| plain_field(part, name);
    let mut out = String::new();
    let (scheme, opaque, host, path) = (of("Scheme")?, of("Opaque")?, of("Host")?, of("Path")?);
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    let user = part.field("User")?.pointee()?;
    if !opaque.is_empty() {
        out.push_str(&opaque);
    } else {
        if !scheme.is_empty() || !host.is_empty() || user.is_some() {
            let omits = part.field("OmitHost")?.uint()? != 0 && host.is_empty() && user.is_none();
            if !omits {
                if !host.is_empty() || !path.is_empty() || user.is_some() {
                    out.push_str("//");
                }
                if let Some(user) = &user {
                    out.push_str(&userinfo(user)?);
                    out.push('@');
                }
                out.push_str(&escaped(&host, "!$&'()*+,;=:[]<>\""));
            }
        }
        let raw = of("RawPath")?;
        let path = chosen(raw, &path, "$&+,/:;=@");
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        // `./` would be put before a colon here: rare enough to show the fields instead.
        let first = path.split('/').next().unwrap_or_default();
        if out.is_empty() && first.contains(':') {
            return None;
        }
        out.push_str(&path);
    }
    let query = of("RawQuery")?;
    if !query.is_empty() || part.field("ForceQuery")?.uint()? != 0 {
        out.push('?');
        out.push_str(&query);
    }
    let (fragment, raw) = (of("Fragment")?, of("RawFragment")?);
    if !fragment.is_empty() {
        out.push('#');
        out.push_str(&chosen(raw, &fragment, "$&+,/:;=?@!()*"));
    }
    Some(out)
}

/// `name:xxxxx`, as Go redacts it.
fn userinfo(user: &Part<'_>) -> Option<String> {
    let name = escaped(&plain_field(user, "username")?, "$&+,;=");
    let has_password = user.field("passwordSet")?.uint()? != 0;
    Some(if has_password {
        format!("{name}:xxxxx")
    } else {
        name
    })
}

/// The text as it was written, where that is sound and still means the same; else escaped anew.
fn chosen(raw: String, text: &str, kept: &str) -> String {
    const SOUND: &str = "!$&'()*+,;=:@[]/?%";
    let is_sound = |byte: u8| is_unreserved(byte) || (byte.is_ascii() && SOUND.contains(char::from(byte)));
    if raw.bytes().all(is_sound) && unescaped(&raw).is_some_and(|bytes| bytes == text.as_bytes()) {
        return raw;
    }
    escaped(text, kept)
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    out.extend(parts.next()?.bytes());
    for part in parts {
        out.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        out.extend(part.get(2..)?.bytes());
    }
    Some(out)
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// What is not a letter, a digit, one of `-_.~` or of `kept` as `%XX`.
fn escaped(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if is_unreserved(byte) || (byte.is_ascii() && kept.contains(character)) {
            out.push(character);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
