//! Plain data that crosses from the engine to whoever shows it.
//!
//! Public fields, no I/O, no laziness except as data. Everything here serialises; where a type has
//! a JSON shape that scripts rely on, its serde form *is* that shape. All text in here is raw, as
//! the target holds it: [`crate::base::visible`] is applied where it is shown.

mod check;
mod code;
mod config;
mod crash;
mod download;
mod dump;
mod failure;
mod frame;
mod goroutine;
mod layout;
mod live;
mod memory;
mod process;
mod session;
mod source;
mod stored;
mod text;
mod thread;
mod value;

pub use check::{Check, CheckState};
pub use code::{AsmSyntax, CodePlace, Deferred, Disassembly, Flow, Instruction};
pub use config::{ColorChoice, Config, PathRule};
pub use crash::{CrashReport, CrashSite, PanicEntry, SignalInfo};
pub use download::{Arrival, DownloadOffer};
pub use dump::{DumpContent, DumpMethod, DumpOptions, DumpProgress, DumpSummary};
pub use failure::{Failure, FailureKind};
pub use frame::{Frame, FrameId, FrameTrust, Location, SharedStack, Stack, StackEnd, StackShape, Subject};
pub use goroutine::{
    BlockedOn, GoStatus, Goroutine, GoroutineGroup, GoroutineGroups, GoroutineList, GroupKey,
};
pub use layout::{FieldLayout, Method, TypeLayout};
pub use live::{LiveState, ProcessRow, Release, RunState};
pub use memory::{BytesFrom, MemoryPage, MemoryPart, Pointed, TypedBytes, WordNote};
pub use process::{DebugInfoKind, ImageInfo, MemoryRegion, ProcessInfo, Verified};
pub use session::{OpenSpec, SessionInfo, TargetKind, Warning, WarningKind};
pub use source::{SourceOrigin, SourceText};
pub use stored::{CoreQuery, StoredCore, StoredCores, StoredState};
pub use text::{Role, Run, Runs};
pub use thread::{Register, RegisterClass, Registers, Thread};
pub use value::{Children, Scope, Value, ValueForm, ValueKind, ValueRef, ValueState, VariableRole};
