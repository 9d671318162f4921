use std::collections::HashMap;

use super::*;
use crate::memory::fake::FakeMemory;
use crate::unwind::{NoHooks, SavedFramePointer, UnwindRule};

/// Every function is one pc with one stack depth.
#[derive(Default)]
struct Depths(HashMap<u64, u32>);

impl RuleSource for Depths {
    fn rule(&self, registers: &RegisterFile, _: bool, _: &dyn Memory) -> Result<FoundRule, UnwindError> {
        let pc = registers.get(amd64::RIP).unwrap();
        let depth = *self.0.get(&pc).ok_or(UnwindError::NoRule(Addr(pc)))?;
        Ok(FoundRule {
            rule: UnwindRule::StackDepth {
                depth,
                frame_pointer: SavedFramePointer::Lost,
            },
            trust: FrameTrust::Pcsp,
        })
    }

    fn is_code(&self, pc: Addr) -> bool {
        self.0.contains_key(&pc.0)
    }
}

/// Pc 0x99 ends a stack; stack 7 waits at pc 0x70, sp 0x7000.
struct TwoStacks;

impl StackHooks for TwoStacks {
    fn advise(&self, position: &Position, _: &dyn Memory) -> Advice {
        match pc_of(position).0 {
            0x99 => Advice::Bottom(None),
            _ => Advice::Ordinary,
        }
    }

    fn stack_at(&self, _: Addr, current: StackId, _: &dyn Memory) -> StackId {
        current
    }

    fn after_end(&self, _: StackId, walked: &[StackId], _: &dyn Memory) -> Option<Position> {
        (!walked.contains(&StackId(7))).then(|| position(0x70, 0x7000, 7))
    }
}

fn position(pc: u64, sp: u64, stack: u64) -> Position {
    Position {
        registers: RegisterFile::new().with(amd64::RIP, pc).with(amd64::RSP, sp),
        stack: StackId(stack),
        ..Position::default()
    }
}

fn walk(start: Position, memory: &FakeMemory, rules: &Depths, hooks: &dyn StackHooks) -> (Vec<u64>, WalkEnd) {
    let limits = Limits {
        frames: 50,
        ..Limits::default()
    };
    let context = WalkContext {
        memory,
        rules,
        hooks,
        limits: &limits,
    };
    let mut walker = Walker::new(start);
    let mut pcs = Vec::new();
    while let Some(frame) = walker.step(&context) {
        pcs.push(frame.pc.0);
    }
    (pcs, walker.end().unwrap().clone())
}

#[test]
fn a_stack_is_walked_to_its_end() {
    let memory = FakeMemory::new().words(0x1000, &[0, 0x20, 0x30, 0]);
    let rules = Depths([(0x10, 8), (0x20, 0), (0x30, 0)].into());
    let (pcs, end) = walk(position(0x10, 0x1000, 0), &memory, &rules, &NoHooks);
    assert_eq!(pcs, [0x10, 0x20, 0x30]);
    assert_eq!(end, WalkEnd::Complete);
}

#[test]
fn a_return_address_outside_code_ends_the_walk_with_a_reason() {
    let memory = FakeMemory::new().words(0x1000, &[0xdead]);
    let rules = Depths([(0x10, 0)].into());
    let (pcs, end) = walk(position(0x10, 0x1000, 0), &memory, &rules, &NoHooks);
    assert_eq!(pcs, [0x10], "no frame is made up for the wild address");
    assert_eq!(end, WalkEnd::Lost(UnwindError::NoCode(Addr(0xdead))));
}

#[test]
fn after_the_end_of_one_stack_the_other_follows_once() {
    let memory = FakeMemory::new().words(0x1000, &[0x99]).words(0x7000, &[0x99]);
    let rules = Depths([(0x10, 0), (0x70, 0), (0x99, 0)].into());
    let (pcs, end) = walk(position(0x10, 0x1000, 1), &memory, &rules, &TwoStacks);
    assert_eq!(pcs, [0x10, 0x99, 0x70, 0x99]);
    assert_eq!(end, WalkEnd::Complete);
}

#[test]
fn frames_lost_on_one_stack_do_not_hide_the_other() {
    let memory = FakeMemory::new().words(0x7000, &[0x99]);
    let rules = Depths([(0x10, 0), (0x70, 0), (0x99, 0)].into());
    let limits = Limits::default();
    let context = WalkContext {
        memory: &memory,
        rules: &rules,
        hooks: &TwoStacks,
        limits: &limits,
    };
    let mut walker = Walker::new(position(0x10, 0x1000, 1));
    let first = walker.step(&context).unwrap();
    assert!(matches!(first.gap, Some(UnwindError::Memory(_))), "{first:?}");
    assert_eq!(walker.step(&context).unwrap().pc, Addr(0x70));
}

#[test]
fn a_budget_of_frames_ends_an_endless_stack() {
    let memory = FakeMemory::new().words(0x1000, &[0x10; 100]);
    let rules = Depths([(0x10, 0)].into());
    let (pcs, end) = walk(position(0x10, 0x1000, 0), &memory, &rules, &NoHooks);
    assert_eq!(pcs.len(), 50);
    assert_eq!(end, WalkEnd::Limit);
}
