//! The code of a function or of a range: which bytes, where they come from, which lines.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::go_syntax;
use super::iced_syntax::IcedSyntax;
use super::{AddrNames, decode};
use crate::base::{Addr, AddrRange, CancelToken};
use crate::go::LineRun;
use crate::memory::{Memory, Origin};
use crate::model::{AsmSyntax, CodePlace, Disassembly, Failure, FailureKind, FrameId, Instruction};
use crate::target::goroutines::cancelled;
use crate::target::inferior::Target;

/// Bytes shown where it is not known how far the function reaches.
const UNKNOWN_FUNCTION: u64 = 128;
/// Instructions between two looks at the cancel token.
const STRIDE: usize = 1024;

/// Which code is shown.
struct Extent {
    range: AddrRange,
    function: Option<Arc<str>>,
    note: Option<String>,
}

impl Target {
    /// The code of the function at `place`, or of the range that it is.
    pub fn disassemble(
        &self,
        place: &CodePlace,
        syntax: AsmSyntax,
        cancel: &CancelToken,
    ) -> Result<Disassembly, Failure> {
        match place {
            CodePlace::Frame(frame) => self.code_of_frame(*frame, syntax, cancel),
            CodePlace::At(addr) => self.code(self.extent(*addr), syntax, cancel),
            CodePlace::Range(start, end) => {
                let extent = Extent {
                    range: AddrRange::between(*start, *end),
                    function: None,
                    note: None,
                };
                self.code(extent, syntax, cancel)
            }
            CodePlace::Spec(spec, frame) => {
                let addr = self.locate_one(spec, *frame, cancel)?;
                self.code(self.extent(addr), syntax, cancel)
            }
        }
    }

    fn code_of_frame(
        &self,
        frame: FrameId,
        syntax: AsmSyntax,
        cancel: &CancelToken,
    ) -> Result<Disassembly, Failure> {
        let context = self.frame(frame, cancel)?;
        let mut code = self.code(self.extent(context.lookup_pc), syntax, cancel)?;
        code.pc = Some(context.frame.location.pc);
        Ok(code)
    }

    /// The function around `addr`.
    fn extent(&self, addr: Addr) -> Extent {
        let go = self.go.as_ref();
        if let Some(func) = go.and_then(|go| go.runtime.code.find_func(addr)) {
            return Extent {
                range: AddrRange::between(func.entry(), func.end()),
                function: Some(func.name().into()),
                note: None,
            };
        }
        let symbol = self.reader.symbol_at(addr);
        if let Some((name, range, _)) =
            symbol.filter(|(_, range, is_function)| *is_function && range.contains(addr))
        {
            return Extent {
                range,
                function: Some(name.into()),
                note: None,
            };
        }
        Extent {
            range: AddrRange::sized(addr, UNKNOWN_FUNCTION),
            function: None,
            note: Some(format!("no function is known at {addr}: this begins there")),
        }
    }

    fn code(&self, extent: Extent, syntax: AsmSyntax, cancel: &CancelToken) -> Result<Disassembly, Failure> {
        let (range, mut notes) = (extent.range, Vec::from_iter(extent.note));
        let bytes = self.code_bytes(range, &mut notes)?;
        let lines = self.lines_of(range);
        let mut writer = Writer::new(syntax, AddrNames::of(self));
        let mut instructions = Vec::new();
        let mut files = Files::default();
        let most = self.limits.instructions;
        let mut end = range.start;
        let is_function = extent.function.is_some();
        decode::each(&bytes, range.start, &mut |decoded, own| {
            if instructions.len() >= most || (instructions.len() % STRIDE == 0 && cancel.is_cancelled()) {
                return false;
            }
            let addr = Addr(decoded.ip());
            if addr >= range.end {
                return false;
            }
            let line = line_at(&lines, addr);
            instructions.push(Instruction {
                addr,
                bytes: own.to_vec(),
                text: writer.write(decoded, own),
                flow: decode::flow(decoded),
                target: decode::target(decoded),
                file: line.and_then(|run| run.file).map(|file| files.shared(file)),
                line: line.and_then(|run| run.line),
            });
            end = Addr(decoded.next_ip());
            true
        });
        cancel.check().map_err(cancelled)?;
        if is_function {
            drop_padding(&mut instructions);
        }
        let left = range.end.0.saturating_sub(end.0);
        if instructions.len() >= most && left > 0 {
            notes.push(format!("+{left} more bytes: only {most} instructions are shown"));
        }
        Ok(Disassembly {
            function: extent.function,
            start: range.start,
            end: range.end,
            pc: None,
            instructions,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        })
    }

    /// The bytes from the start of `range` as far as they can be read, and what is to be said of them.
    fn code_bytes(&self, range: AddrRange, notes: &mut Vec<String>) -> Result<Vec<u8>, Failure> {
        let memory: &dyn Memory = self.core.memory.as_ref();
        // No instruction is longer than 15 bytes.
        let budget = (self.limits.instructions as u64).saturating_mul(15);
        let len = usize::try_from(range.len().min(budget)).unwrap_or(0);
        // The last instruction may reach beyond the end.
        let mut bytes = vec![0; len.saturating_add(15)];
        let got = memory.read_some(range.start, &mut bytes);
        bytes.truncate(got);
        let origin = memory.origin(range.start);
        if got == 0 && len > 0 {
            let why = match origin {
                Origin::Unmapped => "nothing is mapped there",
                _ => "the core does not hold it, and no file that does is at hand",
            };
            return Err(Failure::new(
                FailureKind::Unavailable,
                format!("the code at {} cannot be read: {why}", range.start),
            ));
        }
        if origin == Origin::UnverifiedFile {
            notes.push("the bytes come from a file that could not be checked: they may be others".to_owned());
        }
        if got < len {
            notes.push(format!("{} bytes at the end cannot be read", len - got));
        }
        Ok(bytes)
    }

    /// The source lines of `range`, in order of address.
    fn lines_of(&self, range: AddrRange) -> Vec<LineRun<'_>> {
        let mut runs = Vec::new();
        let Some(go) = &self.go else { return runs };
        let mut at = range.start;
        while at < range.end && runs.len() < self.limits.instructions {
            let Some(func) = go.runtime.code.find_func(at) else {
                break;
            };
            runs.extend(func.lines());
            at = func.end();
        }
        runs
    }
}

/// The traps that fill the gap up to the next function belong to neither.
fn drop_padding(instructions: &mut Vec<Instruction>) {
    while let Some(last) = instructions.last()
        && last.bytes == [0xcc]
        && last.line.is_none()
    {
        instructions.pop();
    }
}

fn line_at<'r, 'a>(lines: &'r [LineRun<'a>], addr: Addr) -> Option<&'r LineRun<'a>> {
    let run = lines.get(lines.partition_point(|run| run.range.end <= addr))?;
    run.range.contains(addr).then_some(run)
}

/// Paths, each once.
#[derive(Default)]
struct Files(FxHashMap<String, Arc<str>>);

impl Files {
    fn shared(&mut self, file: &str) -> Arc<str> {
        if let Some(shared) = self.0.get(file) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = file.into();
        self.0.insert(file.to_owned(), Arc::clone(&shared));
        shared
    }
}

enum Writer<'a> {
    Iced(IcedSyntax<'a>),
    Go(AddrNames<'a>),
}

impl<'a> Writer<'a> {
    fn new(syntax: AsmSyntax, names: AddrNames<'a>) -> Self {
        match syntax {
            AsmSyntax::Intel => Self::Iced(IcedSyntax::new(false, names)),
            AsmSyntax::Gnu => Self::Iced(IcedSyntax::new(true, names)),
            AsmSyntax::Go => Self::Go(names),
        }
    }

    fn write(&mut self, instruction: &iced_x86::Instruction, bytes: &[u8]) -> crate::model::Runs {
        match self {
            Self::Iced(syntax) => syntax.write(instruction),
            Self::Go(names) => go_syntax::write(instruction, bytes, *names),
        }
    }
}
