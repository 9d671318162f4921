//! Everything that is true only of Go, and all of it.
//!
//! Owns the Go runtime's own state as a binary and memory show it: function table, moduledata,
//! globals found by decoding small functions, goroutines, and why a program died. Needs neither
//! debug information nor symbols; where those exist, they only make offsets surer. Knows nothing
//! of cores, processes or screens. Entry type: [`GoRuntime`].

mod anchors;
mod buildinfo;
mod channels;
mod code;
mod defers;
mod descriptors;
mod error;
mod fields;
mod goroutines;
mod layout;
mod maps;
mod method_sets;
mod moduledata;
pub mod naming;
mod overrides;
mod panics;
pub mod pclntab;
mod records;
mod region;
mod runtime;
mod stacks;
mod standard;
mod threads;
mod types;
mod version;
mod view;

pub use anchors::{Anchors, Surroundings};
pub use buildinfo::{GoBuildInfo, GoModule};
pub use channels::{Channel, Waiter, Waiters};
pub use code::GoCode;
pub use defers::DeferRecord;
pub use descriptors::{DescribedField, Made};
pub use error::GoError;
pub use fields::{Constant, Field};
pub use goroutines::GoroutineQuery;
pub use layout::{Layout, Overrides};
pub use maps::{Buckets, MAP_HEADERS, MapEntry, MapHeader, MapLayout, Slots, Tables};
pub use method_sets::DescribedMethod;
pub use moduledata::Moduledata;
pub use overrides::{RUNTIME_STRUCTS, overrides};
pub use panics::{CrashFacts, PanicSignal, Throwing, reason};
pub use pclntab::{Func, InlineCall, LineRun, Pclntab};
pub use records::{G, GHead, M, SavedRegs, Status};
pub use region::{Region, code_bytes};
pub use runtime::GoRuntime;
pub use stacks::{GoStacks, PcScanner, Scanned};
pub use standard::StandardLibrary;
pub use threads::{GoThread, OnStack, ThreadState};
pub use types::{Kind, RuntimeType, TEXT_ERRORS};
pub use version::{GoVersion, Release};
pub use view::{Scratch, View};
