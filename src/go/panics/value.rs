//! The value of a panic, as the runtime would print it.

use crate::base::{Addr, Limits};
use crate::go::GoRuntime;
use crate::go::types::{Kind, RuntimeType};
use crate::memory::{Memory, MemoryExt};

/// Name of the type and text of a value, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    pub type_name: Option<String>,
    pub message: Option<String>,
    pub unreadable: Option<String>,
}

/// Prints the interface value {type, data}.
pub(super) fn print(
    runtime: &GoRuntime,
    memory: &dyn Memory,
    limits: &Limits,
    (kind, data): (Addr, Addr),
) -> Printed {
    if kind.is_null() {
        return Printed {
            type_name: Some("nil".to_owned()),
            message: Some("nil".to_owned()),
            unreadable: None,
        };
    }
    let kind = match runtime.read_type(memory, kind, limits) {
        Ok(kind) => kind,
        Err(why) => {
            return Printed {
                unreadable: Some(format!("its type is not known: {why}")),
                ..Printed::default()
            };
        }
    };
    let message = if is_plain(&kind) {
        let text = plain(memory, limits, &kind, data);
        text.map(|text| {
            if kind.name.contains('.') {
                named(&kind, &text)
            } else {
                text
            }
        })
    } else {
        Some(format!("({}) {data}", kind.name))
    };
    let unreadable = message
        .is_none()
        .then(|| format!("the {} at {data} is not in the core", kind.name));
    Printed {
        type_name: Some(kind.name),
        message,
        unreadable,
    }
}

/// Whether the runtime prints values of this type by their contents, not by their address.
fn is_plain(kind: &RuntimeType) -> bool {
    !kind.is_direct && !matches!(kind.kind, Kind::Pointer | Kind::Other(_))
}

/// Values of the program's own types are printed like conversions.
fn named(kind: &RuntimeType, text: &str) -> String {
    match kind.kind {
        Kind::String => format!("{}(\"{text}\")", kind.name),
        Kind::Complex(_) => format!("{}{text}", kind.name),
        _ => format!("{}({text})", kind.name),
    }
}

/// The text of a value of a plain kind; `None` when it cannot be read.
fn plain(memory: &dyn Memory, limits: &Limits, kind: &RuntimeType, data: Addr) -> Option<String> {
    match kind.kind {
        Kind::Bool => Some((memory.read_u8(data).ok()? != 0).to_string()),
        Kind::Int(size) => signed(memory, data, size).map(|value| value.to_string()),
        Kind::Uint(size) => unsigned(memory, data, size).map(|value| value.to_string()),
        Kind::Float(size) => float(memory, data, size),
        Kind::Complex(size) => {
            let half = size / 2;
            let real = float(memory, data, half)?;
            let imaginary = float(memory, data.checked_add(u64::from(half))?, half)?;
            let sign = if imaginary.starts_with(['-', '+']) {
                ""
            } else {
                "+"
            };
            Some(format!("({real}{sign}{imaginary}i)"))
        }
        Kind::String => string(memory, limits, data),
        Kind::Pointer | Kind::Other(_) => None,
    }
}

fn unsigned(memory: &dyn Memory, at: Addr, size: u8) -> Option<u64> {
    let mut bytes = [0; 8];
    memory.read_exact(at, bytes.get_mut(..usize::from(size))?).ok()?;
    Some(u64::from_le_bytes(bytes))
}

fn signed(memory: &dyn Memory, at: Addr, size: u8) -> Option<i64> {
    let shift = 64_u32.checked_sub(u32::from(size) * 8)?;
    Some((unsigned(memory, at, size)? << shift).cast_signed() >> shift)
}

/// The shortest text that reads back as the same number.
fn float(memory: &dyn Memory, at: Addr, size: u8) -> Option<String> {
    let bits = unsigned(memory, at, size)?;
    Some(if size == 4 {
        let value = f32::from_bits(u32::try_from(bits).ok()?);
        print_float(f64::from(value), &format!("{value:e}"), value.to_string())
    } else {
        let value = f64::from_bits(bits);
        print_float(value, &format!("{value:e}"), value.to_string())
    })
}

/// Go's `%v`, and what the runtime prints since Go 1.26: an exponent below 1e-4 and from 1e21 on.
fn print_float(value: f64, scientific: &str, plain: String) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let exponent = scientific
        .split_once('e')
        .and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, exponent)) if !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => plain,
    }
}

fn string(memory: &dyn Memory, limits: &Limits, header: Addr) -> Option<String> {
    let pointer = memory.read_addr(header).ok()?;
    let len = usize::try_from(memory.read_u64(header.checked_add(8)?).ok()?).ok()?;
    let cut = len.min(limits.text_bytes);
    let bytes = memory.read_bytes(pointer, cut).ok()?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if cut < len {
        text.push_str(&format!("... ({len} bytes)"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        let text = |value: f64| {
            let memory = crate::memory::fake::FakeMemory::new().words(0x1000, &[value.to_bits()]);
            float(&memory, Addr(0x1000), 8).unwrap()
        };
        assert_eq!(text(1.5), "1.5");
        assert_eq!(text(-0.000_012), "-1.2e-05");
        assert_eq!(text(1e20), "100000000000000000000");
        assert_eq!(text(1e21), "1e+21");
        assert_eq!(text(f64::INFINITY), "+Inf");
        assert_eq!(text(f64::NAN), "NaN");
        let memory = crate::memory::fake::FakeMemory::new().words(0x1000, &[u64::from(0.1_f32.to_bits())]);
        assert_eq!(float(&memory, Addr(0x1000), 4).unwrap(), "0.1");
    }

    #[test]
    fn integers_keep_their_sign_and_width() {
        let memory = crate::memory::fake::FakeMemory::new().words(0x1000, &[0xffff_ffff_ffff_fffe]);
        assert_eq!(signed(&memory, Addr(0x1000), 1), Some(-2));
        assert_eq!(signed(&memory, Addr(0x1000), 8), Some(-2));
        assert_eq!(unsigned(&memory, Addr(0x1000), 2), Some(0xfffe));
    }
}
