//! From bytes to instructions: where each begins, what it does to the flow, and where it leads.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, OpKind};

use crate::base::Addr;
use crate::model::Flow;

/// Decodes `bytes`, which lie at `start`, one instruction after the other. Where they make no
/// sense, one byte is given up and decoding goes on behind it.
pub(super) fn each(bytes: &[u8], start: Addr, visit: &mut dyn FnMut(&Instruction, &[u8]) -> bool) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let ip = start.0.wrapping_add(at as u64);
        let mut decoder = Decoder::with_ip(64, rest, ip, DecoderOptions::NONE);
        while decoder.can_decode() {
            let mut instruction = decoder.decode();
            if instruction.is_invalid() {
                let ip = start.0.wrapping_add(at as u64);
                instruction.set_len(1);
                instruction.set_next_ip(ip.wrapping_add(1));
            }
            let Some(own) = bytes.get(at..at.saturating_add(instruction.len())) else {
                return;
            };
            at += own.len().max(1);
            if !visit(&instruction, own) {
                return;
            }
            if instruction.is_invalid() {
                break;
            }
        }
    }
}

pub(super) fn flow(instruction: &Instruction) -> Flow {
    if instruction.is_invalid() {
        return Flow::Bad;
    }
    match instruction.flow_control() {
        FlowControl::Next | FlowControl::XbeginXabortXend => Flow::Next,
        FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => Flow::Jump,
        FlowControl::ConditionalBranch => Flow::Branch,
        FlowControl::Return => Flow::Return,
        FlowControl::Call if is_syscall(instruction) => Flow::Trap,
        FlowControl::Call | FlowControl::IndirectCall => Flow::Call,
        FlowControl::Interrupt | FlowControl::Exception => Flow::Trap,
    }
}

fn is_syscall(instruction: &Instruction) -> bool {
    use iced_x86::Mnemonic;
    matches!(instruction.mnemonic(), Mnemonic::Syscall | Mnemonic::Sysenter)
}

/// Where it calls or jumps to, when the instruction itself says so.
pub(super) fn target(instruction: &Instruction) -> Option<Addr> {
    let near = [OpKind::NearBranch16, OpKind::NearBranch32, OpKind::NearBranch64];
    near.contains(&instruction.op0_kind())
        .then(|| Addr(instruction.near_branch_target()))
}

/// The address of an operand in memory that does not depend on registers.
pub(super) fn fixed_address(instruction: &Instruction) -> Option<Addr> {
    use iced_x86::Register;
    let has_memory = (0..instruction.op_count()).any(|at| instruction.op_kind(at) == OpKind::Memory);
    if !has_memory || instruction.segment_prefix() != Register::None {
        return None;
    }
    if instruction.is_ip_rel_memory_operand() {
        return Some(Addr(instruction.ip_rel_memory_address()));
    }
    let is_bare = instruction.memory_base() == Register::None && instruction.memory_index() == Register::None;
    is_bare.then(|| Addr(instruction.memory_displacement64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(bytes: &[u8]) -> Vec<(u64, usize, Flow)> {
        let mut found = Vec::new();
        each(bytes, Addr(0x1000), &mut |instruction, own| {
            found.push((instruction.ip(), own.len(), flow(instruction)));
            true
        });
        found
    }

    #[test]
    fn decoding_goes_on_behind_bytes_that_mean_nothing() {
        // push es does not exist in 64-bit mode; nop; ret; a call that is cut off.
        assert_eq!(
            lengths(&[0x06, 0x90, 0xc3, 0xe8, 0x00]),
            [
                (0x1000, 1, Flow::Bad),
                (0x1001, 1, Flow::Next),
                (0x1002, 1, Flow::Return),
                (0x1003, 1, Flow::Bad),
                (0x1004, 1, Flow::Bad),
            ]
        );
    }

    #[test]
    fn calls_and_jumps_say_where_they_lead() {
        let mut targets = Vec::new();
        // call +0x10; jne -2; call rax; syscall.
        let bytes = [0xe8, 0x10, 0, 0, 0, 0x75, 0xfe, 0xff, 0xd0, 0x0f, 0x05];
        each(&bytes, Addr(0x1000), &mut |instruction, _| {
            targets.push((flow(instruction), target(instruction)));
            true
        });
        assert_eq!(
            targets,
            [
                (Flow::Call, Some(Addr(0x1015))),
                (Flow::Branch, Some(Addr(0x1005))),
                (Flow::Call, None),
                (Flow::Trap, None),
            ]
        );
    }
}
