//! Function tables for tests, put together as the linker does.

use super::{Pclntab, TextBase};
use crate::base::{Addr, AddrRange, SharedBytes};
use crate::go::Region;

/// A function to be put into a table.
#[derive(Clone, Debug)]
pub struct FakeFunc {
    pub name: &'static str,
    pub size: u32,
    /// Runs of (end offset, bytes below the return address).
    pub depth: Vec<(u32, i32)>,
    pub line: u32,
    pub flags: u8,
    pub func_id: u8,
    /// Inlined calls as (name, from, to, line inside, parent pc).
    pub inlined: Vec<(&'static str, u32, u32, u32, u32)>,
    /// Index of the function that this wrapper calls.
    pub wraps: Option<usize>,
}

impl FakeFunc {
    #[must_use]
    pub fn new(name: &'static str, size: u32, frame: i32) -> Self {
        Self {
            name,
            size,
            depth: vec![(size, frame)],
            line: 10,
            flags: 0,
            func_id: 0,
            inlined: Vec::new(),
            wraps: None,
        }
    }
}

/// A Go 1.20+ table at 0x50_0000 of functions that follow each other from `text` on.
#[must_use]
pub fn fake_pclntab(text: u64, funcs: &[FakeFunc]) -> Pclntab {
    let (bytes, funcdata) = fake_bytes(funcs);
    let size: u64 = funcs.iter().map(|func| u64::from(func.size)).sum();
    let base = TextBase {
        text: AddrRange::sized(Addr(text), size),
        funcdata: Some(Region::new(Addr(0x60_0000), SharedBytes::new(funcdata))),
        wrapper_id: 23,
    };
    Pclntab::new(Region::new(Addr(0x50_0000), SharedBytes::new(bytes)), base).unwrap()
}

#[derive(Default)]
struct Builder {
    names: Vec<u8>,
    pctab: Vec<u8>,
    funcdata: Vec<u8>,
}

/// The bytes of a table and of its funcdata.
#[must_use]
pub fn fake_bytes(funcs: &[FakeFunc]) -> (Vec<u8>, Vec<u8>) {
    let mut builder = Builder {
        names: vec![0],
        pctab: vec![0],
        funcdata: vec![0; 4],
    };
    let mut entries = Vec::new();
    let mut entry = 0;
    for func in funcs {
        entries.push(entry);
        entry += func.size;
    }
    let mut records = Vec::new();
    let mut functab = Vec::new();
    let functab_size = funcs.len() * 8 + 4;
    for (func, &entry) in funcs.iter().zip(&entries) {
        while !(functab_size + records.len()).is_multiple_of(4) {
            records.push(0);
        }
        functab.extend(entry.to_le_bytes());
        functab.extend(((functab_size + records.len()) as u32).to_le_bytes());
        records.extend(builder.record(func, entry, &entries));
    }
    functab.extend(entry.to_le_bytes());
    functab.extend(records);
    let files = b"/src/main.go\0";
    let tables = [&builder.names[..], &0_u32.to_le_bytes(), files, &builder.pctab];
    let mut bytes = Vec::new();
    bytes.extend(0xffff_fff1_u32.to_le_bytes());
    bytes.extend([0, 0, 1, 8]);
    bytes.extend((funcs.len() as u64).to_le_bytes());
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    let mut at = 72_u64;
    for table in tables {
        bytes.extend(at.to_le_bytes());
        at += table.len() as u64;
    }
    bytes.extend(at.to_le_bytes());
    for table in tables {
        bytes.extend(table);
    }
    bytes.extend(functab);
    (bytes, builder.funcdata)
}

impl Builder {
    fn record(&mut self, func: &FakeFunc, entry: u32, entries: &[u32]) -> Vec<u8> {
        let name = self.name(func.name);
        let depth = self.values(&func.depth);
        let file = self.values(&[(func.size, 0)]);
        let line = self.values(&line_runs(func));
        let index_runs = index_runs(func);
        let inline_index = if func.inlined.is_empty() {
            0
        } else {
            self.values(&index_runs)
        };
        let tree = self.tree(func);
        let wrap = func.wraps.map_or(u32::MAX, |callee| {
            let at = self.funcdata.len() as u32;
            self.funcdata.extend(entries[callee].to_le_bytes());
            at
        });
        let mut record = Vec::new();
        for word in [entry, name, 0, 0, depth, file, line, 3, 0, func.line] {
            record.extend(word.to_le_bytes());
        }
        record.extend([func.func_id, func.flags, 0, 8]);
        for table in [0, 0, inline_index] {
            record.extend(table.to_le_bytes());
        }
        let none = u32::MAX;
        for offset in [none, none, none, tree, none, none, none, wrap] {
            record.extend(offset.to_le_bytes());
        }
        record
    }

    fn tree(&mut self, func: &FakeFunc) -> u32 {
        if func.inlined.is_empty() {
            return u32::MAX;
        }
        let at = self.funcdata.len() as u32;
        for (name, _, _, _, parent) in &func.inlined {
            let name = self.name(name);
            for word in [0, name, *parent, 5] {
                self.funcdata.extend(word.to_le_bytes());
            }
        }
        at
    }

    fn name(&mut self, name: &str) -> u32 {
        let at = self.names.len() as u32;
        self.names.extend(name.as_bytes());
        self.names.push(0);
        at
    }

    /// A pc-value table of (end, value) runs.
    fn values(&mut self, runs: &[(u32, i32)]) -> u32 {
        let at = self.pctab.len() as u32;
        let (mut pc, mut value) = (0, -1);
        for &(end, next) in runs {
            let delta = next - value;
            let zigzag = if delta < 0 {
                !((delta << 1) as u32)
            } else {
                (delta << 1) as u32
            };
            self.varint(zigzag);
            self.varint(end - pc);
            (pc, value) = (end, next);
        }
        self.pctab.push(0);
        at
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.pctab.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.pctab.push(value as u8);
    }
}

fn line_runs(func: &FakeFunc) -> Vec<(u32, i32)> {
    spread(func, func.line as i32, |call| call.3 as i32)
}

fn index_runs(func: &FakeFunc) -> Vec<(u32, i32)> {
    let numbers: Vec<i32> = (0..func.inlined.len() as i32).collect();
    let mut at = numbers.into_iter();
    spread(func, -1, move |_| at.next().unwrap())
}

/// Runs over the function with one value inside each inlined call and another outside.
fn spread(
    func: &FakeFunc,
    outside: i32,
    mut inside: impl FnMut(&(&'static str, u32, u32, u32, u32)) -> i32,
) -> Vec<(u32, i32)> {
    let mut runs = Vec::new();
    let mut pc = 0;
    for call in &func.inlined {
        if call.1 > pc {
            runs.push((call.1, outside));
        }
        runs.push((call.2, inside(call)));
        pc = call.2;
    }
    if pc < func.size {
        runs.push((func.size, outside));
    }
    runs
}
