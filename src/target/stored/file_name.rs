//! The names that systemd-coredump gives to files.
//!
//! `core.NAME.UID.BOOT-ID.PID.MICROSECONDS`, then perhaps `.zst`, `.lz4` or `.xz`; in NAME all that
//! would confuse is written as `\x2e` (`make_filename` of systemd's `coredump.c`, 215 to 257).

use super::found::Found;

const COMPRESSED: [&str; 3] = [".zst", ".lz4", ".xz"];
/// Hexadecimal digits of a boot id.
const BOOT_ID: usize = 32;

/// What the name of a file says; `None` when systemd did not choose it.
pub(super) fn parse(name: &str) -> Option<Found> {
    let plain = COMPRESSED
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let mut parts = plain.strip_prefix("core.")?.split('.');
    let comm = unescape(parts.next()?);
    let uid = parts.next()?.parse().ok()?;
    let boot = parts.next()?;
    let pid = parts.next()?.parse().ok()?;
    let micros = parts.next()?.parse().ok()?;
    let is_boot_id = boot.len() == BOOT_ID && boot.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_boot_id && parts.next().is_none()).then(|| Found {
        micros: Some(micros),
        pid: Some(pid),
        uid: Some(uid),
        name: Some(comm),
        ..Found::default()
    })
}

/// `\x2e` stands for the byte 0x2e; anything else for itself.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_name_of_systemds_tells_program_user_process_and_time() {
        for ending in ["", ".zst", ".lz4", ".xz"] {
            let name = format!("core.my\\x2eserver.1000.{BOOT}.4711.1700000000000000{ending}");
            let found = parse(&name).unwrap();
            assert_eq!(found.name.as_deref(), Some("my.server"), "{name}");
            assert_eq!((found.uid, found.pid), (Some(1000), Some(4711)));
            assert_eq!(found.micros, Some(1_700_000_000_000_000));
        }
    }

    #[test]
    fn other_names_say_nothing() {
        for name in [
            "core",
            "core.4711",
            "core.x.0.notabootid.1.2",
            &format!("core.x.0.{BOOT}.1.2.gz"),
            &format!("core.x.y.{BOOT}.1.2"),
            &format!("x.x.0.{BOOT}.1.2"),
        ] {
            assert!(parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn escapes_that_are_none_stay_as_they_are() {
        assert_eq!(unescape("a\\x2fb\\xzz\\x4"), "a/b\\xzz\\x4");
        assert_eq!(unescape("\\xc3\\xa9t\\xe9"), "ét\u{fffd}");
    }
}
