use super::*;
use crate::base::Limits;
use crate::go::GoVersion;
use crate::go::pclntab::fake::{FakeFunc, fake_pclntab};
use crate::memory::fake::FakeMemory;
use crate::unwind::{RawFrame, RuleSource, UnwindError, WalkContext, WalkEnd, Walker};

const TEXT: u64 = 0x40_0000;
const G: u64 = 0x1_0000;
const G0: u64 = 0x2_0000;
const M: u64 = 0x3_0000;
const STACK_HI: u64 = 0x8_0000;

/// No code but Go's.
struct OnlyGo<'a>(&'a GoStacks);

impl RuleSource for OnlyGo<'_> {
    fn rule(&self, registers: &RegisterFile, _: bool, _: &dyn Memory) -> Result<FoundRule, UnwindError> {
        Err(UnwindError::NoRule(Addr(
            registers.get(amd64::RIP).unwrap_or_default(),
        )))
    }

    fn is_code(&self, pc: Addr) -> bool {
        self.0.code().contains(pc)
    }
}

/// Functions of 0x10 bytes each, in this order.
fn stacks(functions: &[(&'static str, i32, u8)]) -> GoStacks {
    let functions: Vec<FakeFunc> = functions
        .iter()
        .map(|(name, depth, flags)| FakeFunc {
            flags: *flags,
            ..FakeFunc::new(name, 0x10, *depth)
        })
        .collect();
    let layout = Layout::for_version(GoVersion::parse("go1.27.3").as_ref()).unwrap();
    GoStacks::new(GoCode::new(vec![fake_pclntab(TEXT, &functions)]), layout)
}

/// A pc in the n-th function.
fn pc(function: u64) -> u64 {
    TEXT + function * 0x10 + 8
}

/// A goroutine G on the m M with the system stack G0, as Go 1.27 lays them out.
fn thread_of_g(sched_sp: u64) -> FakeMemory {
    let mut g = [0_u64; 57];
    g[0] = STACK_HI - 0x2000;
    g[1] = STACK_HI;
    g[6] = M;
    g[7] = sched_sp;
    g[8] = pc(0);
    let mut g0 = [0_u64; 57];
    g0[0] = 0x9_0000;
    g0[1] = 0xa_0000;
    g0[6] = M;
    let mut m = [0_u64; 229];
    m[0] = G0;
    m[23] = G;
    FakeMemory::new().words(G, &g).words(G0, &g0).words(M, &m)
}

fn walk(go: &GoStacks, memory: &FakeMemory, start: (u64, u64)) -> (Vec<RawFrame>, WalkEnd) {
    let limits = Limits::default();
    let rules = OnlyGo(go);
    let context = WalkContext {
        memory,
        rules: &rules,
        hooks: go,
        limits: &limits,
    };
    let registers = RegisterFile::new()
        .with(amd64::RIP, start.0)
        .with(amd64::RSP, start.1);
    let mut walker = Walker::new(go.thread_position(&registers, Some(Addr(G0)), memory));
    let mut frames = Vec::new();
    while let Some(frame) = walker.step(&context) {
        frames.push(frame);
    }
    (frames, walker.end().unwrap().clone())
}

fn names<'a>(go: &'a GoStacks, frames: &[RawFrame]) -> Vec<&'a str> {
    frames
        .iter()
        .map(|frame| go.code().find_func(frame.pc).unwrap().name())
        .collect()
}

#[test]
fn systemstack_goes_on_where_the_goroutine_left_its_stack() {
    let go = stacks(&[
        ("runtime.work", 0, 0),
        ("runtime.systemstack", 8, 2),
        ("main.main", 0, 0),
        ("runtime.goexit", 0, 1),
    ]);
    let memory = thread_of_g(STACK_HI - 0x100)
        .words(0x9_8000, &[pc(1)])
        .words(STACK_HI - 0x100, &[0xb0, pc(2), pc(3)]);
    let (frames, end) = walk(&go, &memory, (pc(0), 0x9_8000));
    assert_eq!(
        names(&go, &frames),
        [
            "runtime.work",
            "runtime.systemstack",
            "main.main",
            "runtime.goexit"
        ]
    );
    assert_eq!(frames[1].sp, Addr(STACK_HI - 0x100));
    assert_eq!(frames[1].trust, FrameTrust::StackSwitch);
    assert_eq!(frames[2].stack, StackId(G));
    assert_eq!(end, WalkEnd::Complete);
}

#[test]
fn calls_of_c_are_followed_back_in_both_layouts() {
    let go = stacks(&[
        ("runtime.work", 0, 0),
        ("runtime.asmcgocall", 0, 2),
        ("runtime.cgocall", 0, 0),
        ("runtime.goexit", 0, 1),
    ]);
    let new = [0x100, G, 0, 0, 0, 0, 0];
    let old = [0, 1, 2, 3, 4, 0x100, G];
    for slots in [new, old] {
        let mut g0_stack = vec![pc(1)];
        g0_stack.extend(slots);
        let memory = thread_of_g(0)
            .words(0x9_8000, &g0_stack)
            .words(STACK_HI - 0x100, &[pc(2), pc(3)]);
        let (frames, end) = walk(&go, &memory, (pc(0), 0x9_8000));
        assert_eq!(
            names(&go, &frames)[1..],
            ["runtime.asmcgocall", "runtime.cgocall", "runtime.goexit"]
        );
        assert_eq!(frames[1].sp, Addr(STACK_HI - 0x100));
        assert_eq!(end, WalkEnd::Complete);
    }
}

#[test]
fn morestack_without_a_goroutine_is_the_bottom_of_g0() {
    let go = stacks(&[("runtime.work", 0, 0), ("runtime.morestack", 0, 2)]);
    let mut m = [0_u64; 229];
    m[0] = G0;
    let mut g0 = [0_u64; 57];
    (g0[0], g0[1], g0[6]) = (0x9_0000, 0xa_0000, M);
    let memory = FakeMemory::new()
        .words(G0, &g0)
        .words(M, &m)
        .words(0x9_8000, &[pc(1), 0x16]);
    let (frames, end) = walk(&go, &memory, (pc(0), 0x9_8000));
    assert_eq!(names(&go, &frames), ["runtime.work", "runtime.morestack"]);
    assert_eq!(end, WalkEnd::Complete, "what lies above is of another time");
}

#[test]
fn a_faulting_function_is_shown_at_its_exact_pc() {
    let go = stacks(&[
        ("runtime.sigpanic", 0, 0),
        ("main.main", 0, 0),
        ("runtime.goexit", 0, 1),
    ]);
    let memory = thread_of_g(0).words(STACK_HI - 0x100, &[pc(1), pc(2)]);
    let (frames, _) = walk(&go, &memory, (pc(0), STACK_HI - 0x100));
    let exact: Vec<bool> = frames.iter().map(|frame| frame.exact).collect();
    assert_eq!(exact, [true, true, false]);
}
