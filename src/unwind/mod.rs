//! Stacks from registers and memory: find a rule for a pc, then execute it; both pure.
