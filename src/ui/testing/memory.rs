//! A made-up address space: a heap, a file that could not be checked, a hole, and nothing else.

use std::sync::Arc;

use crate::base::Addr;
use crate::engine::{Answer, Request};
use crate::model::{
    BytesFrom, Failure, FailureKind, MemoryPage, MemoryPart, Pointed, Role, Runs, TypedBytes, ValueRef,
    WordNote,
};

/// Where a heap object lies that an order is laid over.
pub const ORDER: u64 = 0xc000_2040;

/// The answer to a question about memory; `None` for other questions.
pub fn answer(request: &Request) -> Option<Answer> {
    Some(match request {
        Request::Memory { addr, .. } if addr.0 >> 60 == 0xf => Answer::Failed(Failure::new(
            FailureKind::Unavailable,
            format!("the process is gone, reading {addr}"),
        )),
        Request::Memory { addr, len, overlay } => {
            Answer::Memory(Arc::new(page(*addr, *len, overlay.as_ref())))
        }
        Request::Point { expression, .. } if expression.contains("Nxt") => {
            let mut failure = Failure::new(FailureKind::NotFound, "*main.Order has no field Nxt");
            failure.at = expression.find("Nxt").map(|at| at..at + 3);
            Answer::Failed(failure)
        }
        Request::Point { .. } => Answer::Pointed(Pointed {
            addr: Addr(ORDER),
            reference: Some(ValueRef::Object {
                image: 0,
                type_id: 7,
                addr: Addr(ORDER),
            }),
        }),
        _ => return None,
    })
}

fn page(addr: Addr, len: u64, overlay: Option<&ValueRef>) -> MemoryPage {
    let mut parts: Vec<MemoryPart> = Vec::new();
    let end = addr.0.saturating_add(len);
    // All borders are multiples of 256.
    for start in (addr.0..end).step_by(256) {
        let from = match start {
            0x47_0000..0x48_0000 => BytesFrom::UncheckedFile,
            0xc000_0000..0xc000_3000 => BytesFrom::Process,
            0xc000_3000..0xc000_3800 => BytesFrom::Absent,
            _ => BytesFrom::Unmapped,
        };
        let bytes = match from {
            BytesFrom::Absent | BytesFrom::Unmapped => Vec::new(),
            _ => (start..start + 256).map(byte).collect(),
        };
        parts.push(MemoryPart {
            addr: Addr(start),
            len: 256.min(end - start),
            from,
            bytes,
        });
    }
    let words = (addr.0..end).step_by(64).map(|word| WordNote {
        addr: Addr(word + 8),
        value: Addr(ORDER),
        points_to: Runs::of("main.cache\u{1b}+8", Role::Function),
    });
    MemoryPage {
        addr,
        parts,
        words: words.collect(),
        overlay: overlay.map(|_| leaves()).unwrap_or_default(),
    }
}

/// Words at 8 modulo 64 hold the address of the order, the rest counts.
fn byte(addr: u64) -> u8 {
    if addr & 0x38 == 8 {
        return ORDER.to_le_bytes()[usize::try_from(addr & 7).unwrap()];
    }
    match addr & 7 {
        0 => u8::try_from(addr >> 3 & 0x7f).unwrap(),
        _ => 0,
    }
}

fn leaves() -> Vec<TypedBytes> {
    let leaf = |at: u64, len, path: &str, type_name: &str, value: &str| TypedBytes {
        addr: Addr(ORDER + at),
        len,
        path: path.into(),
        type_name: type_name.into(),
        value: Runs::of(value, Role::Number),
    };
    vec![
        leaf(0, 8, "ID", "int", "8"),
        leaf(8, 8, "Items.ptr", "*string", "0xc0002040"),
        leaf(16, 8, "Items.len", "int", "10"),
        leaf(24, 8, "Items.cap", "int", "11"),
        leaf(32, 1, "Ready", "bool", "true"),
        leaf(40, 8, "Next\u{202e}", "*main.Order", "0xd"),
    ]
}
