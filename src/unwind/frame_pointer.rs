//! The chain of frame pointers: the last resort, for code that nothing else describes.

use super::{FoundRule, UnwindError, UnwindRule};
use crate::arch::{RegisterFile, amd64};
use crate::base::Addr;
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;

/// A frame larger than this is taken for a wild frame pointer.
const LARGEST_FRAME: u64 = 16 << 20;

/// The frame pointer rule, when the frame pointer looks like one: aligned, above the stack
/// pointer and near it, and the word it points to continues the chain upwards or ends it.
pub fn frame_pointer_rule(registers: &RegisterFile, memory: &dyn Memory) -> Result<FoundRule, UnwindError> {
    let get = |reg| registers.get(reg).ok_or(UnwindError::Register(reg));
    let pc = Addr(get(amd64::RIP)?);
    let sp = get(amd64::RSP)?;
    let frame_pointer = get(amd64::RBP)?;
    let distance = frame_pointer.checked_sub(sp).filter(|far| *far <= LARGEST_FRAME);
    if distance.is_none() || !frame_pointer.is_multiple_of(8) {
        return Err(UnwindError::NoRule(pc));
    }
    let next = memory.read_u64(Addr(frame_pointer))?;
    if next != 0 && next <= frame_pointer {
        return Err(UnwindError::NoRule(pc));
    }
    Ok(FoundRule {
        rule: UnwindRule::FramePointer,
        trust: FrameTrust::FramePointer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::FakeMemory;

    fn registers(frame_pointer: u64) -> RegisterFile {
        RegisterFile::new()
            .with(amd64::RIP, 0x10)
            .with(amd64::RSP, 0x1000)
            .with(amd64::RBP, frame_pointer)
    }

    #[test]
    fn a_frame_pointer_must_point_up_the_stack() {
        let memory = FakeMemory::new().words(0x0ff0, &[0x2000, 1, 0x800, 2, 0x3000, 3]);
        assert!(frame_pointer_rule(&registers(0x1010), &memory).is_ok());
        assert!(
            frame_pointer_rule(&registers(0x1000), &memory).is_err(),
            "chain goes down"
        );
        assert!(
            frame_pointer_rule(&registers(0x0ff0), &memory).is_err(),
            "below sp"
        );
        assert!(
            frame_pointer_rule(&registers(0x1011), &memory).is_err(),
            "unaligned"
        );
        assert!(
            frame_pointer_rule(&registers(0x9000), &memory).is_err(),
            "unreadable"
        );
    }
}
