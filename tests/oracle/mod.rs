//! The Go runtime's own crash text, taken apart: what it says about every stack just before the
//! kernel writes the core. The truth that ours are held against.
//!
//! ```text
//!   goroutine 1 gp=0xc0000021c0 m=0 mp=0x57f420 [running]:          (to Go 1.22 only the id)
//!   main.third(...)                                                  inlined
//!           /src/main.go:11
//!   main.outer(0xc000012345?)
//!           /src/main.go:18 +0x25 fp=0xc000088f40 sp=0xc000088ed8 pc=0x47f067
//!   created by main.main in goroutine 1
//!           /src/main.go:109 +0xf3
//! ```

mod parse;

pub use parse::parse;

/// Everything that was printed about stacks.
#[derive(Clone, Debug, Default)]
pub struct CrashText {
    pub stacks: Vec<PrintedStack>,
    pub signals: Vec<PrintedSignal>,
}

/// Whose stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// 0 is the system stack of some thread.
    Goroutine(u64),
    /// "runtime stack:", the system stack of the thread that died.
    Runtime,
}

/// One traceback.
#[derive(Clone, Debug)]
pub struct PrintedStack {
    pub owner: Owner,
    /// `running`, `chan receive, locked to thread`.
    pub status: String,
    pub frames: Vec<PrintedFrame>,
    /// Frames were left out after this many.
    pub elided_after: Option<usize>,
    /// The runtime could not see it: "goroutine running on other thread; stack unavailable".
    pub unavailable: bool,
    pub created_by: Option<CreatedBy>,
}

/// One row of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedFrame {
    pub function: String,
    pub file: String,
    pub line: u32,
    /// Nothing for inlined calls.
    pub physical: Option<Physical>,
}

/// What only physical frames have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Physical {
    pub fp: u64,
    pub sp: u64,
    pub pc: u64,
}

/// The `go` statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedBy {
    pub function: String,
    pub parent: Option<u64>,
    pub file: String,
    pub line: u32,
}

/// A fatal signal: `SIGSEGV: segmentation violation`, then `PC=... m=0 sigcode=1 addr=0x8`; or
/// that of a panic: `[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49cda0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedSignal {
    pub name: String,
    pub pc: u64,
    pub code: i64,
    pub addr: Option<u64>,
}
