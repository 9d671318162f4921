//! Arguments and environment, read where the kernel put them when the program started.
//!
//! ```text
//!   argc | argv[0] .. argv[argc-1] | 0 | envp[0] .. | 0 | auxv: type, value .. | padding | random | strings
//!                                                        ^ found by the bytes of NT_AUXV  ^ AT_RANDOM
//! ```
//!
//! NT_AUXV is a copy of the vector on the stack, and AT_RANDOM points just behind it. From there
//! the block is read downwards: no register and no symbol is needed.

use crate::base::{Addr, Limits};
use crate::memory::{MemError, Memory, MemoryExt};

/// `AT_RANDOM`: address of 16 random bytes that the kernel puts right behind the block.
pub(super) const AT_RANDOM: u64 = 25;
/// Platform string, random bytes and alignment lie between the vector and AT_RANDOM's bytes.
const GAP: u64 = 1024;
/// Longest single string that execve accepts, in bytes (`include/uapi/linux/binfmts.h`).
const MAX_ARG_STRLEN: usize = 131_072;
/// Most that execve accepts in all: three quarters of the 8 MiB default stack.
const MAX_STRINGS: usize = 6 << 20;

/// Arguments and environment strings, in the order of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InitialStack {
    pub args: Vec<String>,
    pub env: Vec<String>,
}

/// Finds and reads the block. `None` when it is not in memory or does not look like one.
pub(super) fn read(memory: &dyn Memory, auxv: &[u8], random: Addr, limits: &Limits) -> Option<InitialStack> {
    let auxv_start = find_auxv(memory, auxv, random)?;
    let mut words = Words {
        memory,
        next: auxv_start,
        left: limits.arguments.saturating_add(2),
    };
    // Below the vector: the NULL that ends envp, then envp from its last entry down.
    if words.previous()? != 0 {
        return None;
    }
    let env = words.until(|_, word| word == 0)?;
    // argc ends argv on the low side: the one word that equals the number of words above it.
    let args = words.until(|count, word| word == count as u64)?;
    let mut budget = MAX_STRINGS;
    Some(InitialStack {
        args: strings(memory, &args, &mut budget),
        env: strings(memory, &env, &mut budget),
    })
}

/// Looks below AT_RANDOM for the bytes of the vector.
fn find_auxv(memory: &dyn Memory, auxv: &[u8], random: Addr) -> Option<Addr> {
    let wanted = auxv.get(..auxv.len().min(64)).filter(|head| head.len() >= 32)?;
    let start = Addr(random.0.checked_sub(auxv.len() as u64 + GAP)? & !7);
    let len = usize::try_from(random.0 - start.0).ok()?;
    let area = memory.read_bytes(start, len).ok()?;
    let at = (0..area.len())
        .step_by(8)
        .find(|&at| area.get(at..).is_some_and(|rest| rest.starts_with(wanted)))?;
    start.checked_add(at as u64)
}

/// Reads words downwards within a budget.
struct Words<'a> {
    memory: &'a dyn Memory,
    next: Addr,
    left: usize,
}

impl Words<'_> {
    fn previous(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        self.next = Addr(self.next.0.checked_sub(8)?);
        self.memory.read_u64(self.next).ok()
    }

    /// The words above the first one for which `ends(count so far, word)` holds, lowest first.
    fn until(&mut self, ends: impl Fn(usize, u64) -> bool) -> Option<Vec<Addr>> {
        let mut found = Vec::new();
        loop {
            let word = self.previous()?;
            if ends(found.len(), word) {
                found.reverse();
                return Some(found);
            }
            found.push(Addr(word));
        }
    }
}

fn strings(memory: &dyn Memory, pointers: &[Addr], budget: &mut usize) -> Vec<String> {
    pointers
        .iter()
        .map_while(|pointer| {
            let text = match string(memory, *pointer) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) => format!("({error})"),
            };
            *budget = budget.checked_sub(text.len())?;
            Some(text)
        })
        .collect()
}

/// A string of the length that the kernel allows; most are short, so little is tried first.
fn string(memory: &dyn Memory, pointer: Addr) -> Result<Vec<u8>, MemError> {
    let short = memory.read_c_string(pointer, 256)?;
    if short.len() < 256 {
        return Ok(short);
    }
    memory.read_c_string(pointer, MAX_ARG_STRLEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::FakeMemory;

    fn auxv() -> Vec<u8> {
        [33_u64, 0x7fff_0000, 16, 0xbfeb, 25, 0x9000, 0, 0]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }

    fn block(env: &[u64], args: &[u64]) -> FakeMemory {
        let mut words = vec![args.len() as u64];
        words.extend(args);
        words.push(0);
        words.extend(env);
        words.push(0);
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(auxv());
        bytes.extend([0; 24]);
        let start = 0x9000 - bytes.len() as u64;
        FakeMemory::new()
            .with(start - 0x1000, &[0xaa; 0x1000])
            .with(start, &bytes)
            .with(0x9000, b"0123456789abcdefprog\0-v\0two words\0A=1\0B=\0")
    }

    #[test]
    fn arguments_and_environment_are_read_in_order() {
        let memory = block(&[0x9022, 0x9026], &[0x9010, 0x9015, 0x9018]);
        let found = read(&memory, &auxv(), Addr(0x9000), &Limits::default()).unwrap();
        assert_eq!(found.args, ["prog", "-v", "two words"]);
        assert_eq!(found.env, ["A=1", "B="]);
    }

    #[test]
    fn a_vector_that_is_not_on_the_stack_gives_nothing() {
        let memory = FakeMemory::new().with(0x8000, &[0; 0x1000]);
        assert_eq!(read(&memory, &auxv(), Addr(0x9000), &Limits::default()), None);
        assert_eq!(read(&memory, &auxv(), Addr(8), &Limits::default()), None);
        let none = FakeMemory::new();
        assert_eq!(read(&none, &auxv(), Addr(0x9000), &Limits::default()), None);
    }

    #[test]
    fn pointers_to_nowhere_say_so_instead_of_being_left_out() {
        let memory = block(&[], &[0x9010, 0xdead_0000]);
        let found = read(&memory, &auxv(), Addr(0x9000), &Limits::default()).unwrap();
        assert_eq!(found.args, ["prog", "(0 of 1 bytes readable at 0xdead0000)"]);
    }
}
