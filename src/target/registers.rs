//! A register file as rows for a person: names, values, decoded flags, vector lanes.
//!
//! Pure: what an address means is asked through a function.

use crate::arch::{RegisterFile, amd64};
use crate::base::Addr;
use crate::model::{Register, RegisterClass, Registers};

const SEGMENTS: [&str; 6] = ["cs", "ss", "ds", "es", "fs", "gs"];

/// All registers of a frame. `name_of` says what an address points at: `main.crash+0x12`.
///
/// Rows exist also for registers that could not be recovered, with the reason as their note.
#[must_use]
pub fn describe(file: &RegisterFile, name_of: &dyn Fn(Addr) -> Option<String>) -> Registers {
    let mut registers: Vec<Register> = amd64::GENERAL
        .iter()
        .map(|&(name, reg)| match file.get(reg) {
            Some(value) => row(
                name,
                RegisterClass::General,
                format!("{value:#018x}"),
                name_of(Addr(value)),
            ),
            None => missing(
                name,
                RegisterClass::General,
                "not saved by the calls above this frame",
            ),
        })
        .collect();
    registers.push(match file.flags {
        Some(flags) => row(
            "rflags",
            RegisterClass::Flags,
            format!("{flags:#018x}"),
            Some(flag_names(flags)),
        ),
        None => missing(
            "rflags",
            RegisterClass::Flags,
            "known only where a thread was stopped",
        ),
    });
    for (name, base) in [("fs_base", file.fs_base), ("gs_base", file.gs_base)] {
        registers.extend(base.map(|base| row(name, RegisterClass::Segment, format!("{base:#018x}"), None)));
    }
    if let Some(segments) = file.segments {
        registers.extend(
            SEGMENTS
                .iter()
                .zip(segments)
                .map(|(name, value)| row(name, RegisterClass::Segment, format!("{value:#06x}"), None)),
        );
    }
    registers.extend(vectors(file));
    Registers { registers }
}

fn vectors(file: &RegisterFile) -> Vec<Register> {
    let mut rows = Vec::new();
    if let Some(mxcsr) = file.mxcsr {
        rows.push(row(
            "mxcsr",
            RegisterClass::FloatingPoint,
            format!("{mxcsr:#010x}"),
            None,
        ));
    }
    let Some(xmm) = &file.xmm else {
        rows.push(missing(
            "xmm0..15",
            RegisterClass::Vector,
            "known only where a thread was stopped",
        ));
        return rows;
    };
    for (number, low) in xmm.iter().enumerate() {
        rows.push(row(
            &format!("xmm{number}"),
            RegisterClass::Vector,
            format!("{low:#034x}"),
            Some(lanes(*low)),
        ));
    }
    if let Some(high) = &file.ymm_high {
        for (number, (high, low)) in high.iter().zip(xmm.iter()).enumerate() {
            rows.push(row(
                &format!("ymm{number}"),
                RegisterClass::Vector,
                format!("{high:#034x}{low:032x}"),
                None,
            ));
        }
    }
    rows
}

/// The two doubles in a vector register: how Go keeps float64 in it.
fn lanes(vector: u128) -> String {
    let low = f64::from_bits((vector & u128::from(u64::MAX)) as u64);
    let high = f64::from_bits((vector >> 64) as u64);
    format!("f64 {{{low:e}, {high:e}}}")
}

fn flag_names(flags: u64) -> String {
    let set: Vec<&str> = amd64::FLAGS
        .iter()
        .filter(|&&(bit, _)| flags >> bit & 1 == 1)
        .map(|&(_, name)| name)
        .collect();
    format!("[{}]", set.join(" "))
}

fn row(name: &str, class: RegisterClass, value: String, note: Option<String>) -> Register {
    Register {
        name: name.to_owned(),
        value: Some(value),
        class,
        note,
    }
}

fn missing(name: &str, class: RegisterClass, why: &str) -> Register {
    Register {
        name: name.to_owned(),
        value: None,
        class,
        note: Some(why.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(registers: &'a Registers, name: &str) -> &'a Register {
        registers
            .registers
            .iter()
            .find(|row| row.name == name)
            .expect("a row for each register")
    }

    #[test]
    fn unknown_registers_say_why_instead_of_zero() {
        let file = RegisterFile::new().with(amd64::RSP, 0x1000);
        let registers = describe(&file, &|_| None);
        assert_eq!(
            find(&registers, "rsp").value.as_deref(),
            Some("0x0000000000001000")
        );
        let rax = find(&registers, "rax");
        assert_eq!(rax.value, None);
        assert!(rax.note.as_deref().is_some_and(|note| note.contains("not saved")));
    }

    #[test]
    fn flags_are_named() {
        let mut file = RegisterFile::new();
        file.flags = Some(0x246);
        let registers = describe(&file, &|_| None);
        assert_eq!(find(&registers, "rflags").note.as_deref(), Some("[PF ZF IF]"));
    }
}
