//! What a command found, as data: its serde form is the JSON that scripts rely on, and the text
//! renderers read the same fields.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::base::{GoId, Tid};
use crate::engine::commands::{CommandSpec, LocationKind, MemoryFormat};
use crate::model::{
    CrashReport, Deferred, Disassembly, DumpSummary, Frame, Goroutine, GoroutineGroup, GoroutineList,
    ImageInfo, LiveState, MemoryPage, MemoryRegion, ProcessInfo, Registers, Scope, SessionInfo, SharedStack,
    StackEnd, Subject, Thread, TypeLayout, Value, ValueKind,
};

/// The result of one command.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    Report(Box<ReportReply>),
    Goroutines(GoroutinesReply),
    Groups(GroupsReply),
    Goroutine(Box<GoroutineReply>),
    Threads { threads: Arc<[Thread]> },
    Thread(Box<ThreadReply>),
    Stack(StackReply),
    Frame(Box<FrameReply>),
    Variables(VariablesReply),
    Value(Box<Value>),
    Whole(WholeReply),
    Type(TypeReply),
    Registers(Registers),
    Listing(Listing),
    Sources { sources: Arc<[Arc<str>]> },
    Code(Arc<Disassembly>),
    TypeLayout(Box<TypeLayout>),
    Memory(MemoryReply),
    Defers { defers: Arc<[Deferred]> },
    Types { types: Arc<[Arc<str>]> },
    Functions { functions: Arc<[Arc<str>]> },
    Packages { packages: Arc<[Arc<str>]> },
    Images { images: Arc<[ImageInfo]> },
    MemoryMap { regions: Arc<[MemoryRegion]> },
    Environment { env: Vec<String> },
    Info(Box<InfoReply>),
    Live { live: Option<LiveState> },
    Dumped(DumpSummary),
    Help(HelpReply),
    Quit,
}

/// `report`. What only the text form shows is gathered for it alone.
#[derive(Debug, Serialize)]
pub struct ReportReply {
    #[serde(flatten)]
    pub report: CrashReport,
    #[serde(skip)]
    pub core: Option<String>,
    /// Source around the guilty line, or why there is none.
    #[serde(skip)]
    pub source: Option<Result<Listing, String>>,
    /// The guilty stack from the guilty frame outwards.
    #[serde(skip)]
    pub stack: Option<StackReply>,
    /// One goroutine of each group shown.
    #[serde(skip)]
    pub examples: BTreeMap<GoId, Goroutine>,
}

/// `goroutines`.
#[derive(Debug, Serialize)]
pub struct GoroutinesReply {
    /// Goroutines there are.
    pub total: usize,
    /// Goroutines that the filters accept.
    pub matching: usize,
    /// Rows here.
    pub shown: usize,
    pub goroutines: Rows,
    /// What made the list incomplete.
    pub problems: Vec<String>,
    #[serde(skip)]
    pub style: RowStyle,
}

/// How the text form shows a goroutine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowStyle {
    pub location: LocationKind,
    pub labels: bool,
}

/// Rows of a list, which they share with the engine, and the tops of their stacks.
#[derive(Debug, Default)]
pub struct Rows {
    list: Arc<GoroutineList>,
    /// Indices into the list, in the order shown.
    picked: Vec<u32>,
    /// In the same order; empty when they were not asked for.
    stacks: Vec<SharedStack>,
}

/// One goroutine and, when asked for, the top of its stack.
#[derive(Clone, Copy, Debug)]
pub struct RowRef<'a> {
    pub goroutine: &'a Goroutine,
    pub stack: Option<&'a SharedStack>,
}

impl Rows {
    /// `picked` are indices into `list`; `stacks` belong to them one by one, or there are none.
    #[must_use]
    pub fn new(list: Arc<GoroutineList>, picked: Vec<u32>, stacks: Vec<SharedStack>) -> Self {
        Self { list, picked, stacks }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.picked.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    /// The rows in the order shown.
    pub fn iter(&self) -> impl Iterator<Item = RowRef<'_>> {
        self.part(0..self.len())
    }

    /// Some of the rows, by their place in the order shown.
    pub fn part(&self, places: Range<usize>) -> impl Iterator<Item = RowRef<'_>> {
        let first = places.start;
        let picked = self.picked.get(places).unwrap_or_default();
        (first..).zip(picked).filter_map(|(place, &index)| {
            Some(RowRef {
                goroutine: self.list.goroutines.get(index as usize)?,
                stack: self.stacks.get(place),
            })
        })
    }
}

/// `goroutines -group`.
#[derive(Debug, Serialize)]
pub struct GroupsReply {
    /// Goroutines in all groups, also in those not shown.
    pub total: usize,
    /// Groups here.
    pub shown: usize,
    pub groups: Vec<GoroutineGroup>,
    /// Groups left out by `-limit`.
    pub more: usize,
    /// The first few goroutines of each group.
    #[serde(skip)]
    pub members: Vec<Rows>,
    #[serde(skip)]
    pub style: RowStyle,
}

/// `goroutine`, with the frame that is selected in it.
#[derive(Debug, Serialize)]
pub struct GoroutineReply {
    #[serde(flatten)]
    pub goroutine: Goroutine,
    pub selected_frame: Option<Frame>,
    #[serde(skip)]
    pub switched_from: Option<Subject>,
}

/// `thread`, with the frame that is selected in it.
#[derive(Debug, Serialize)]
pub struct ThreadReply {
    #[serde(flatten)]
    pub thread: Thread,
    pub selected_frame: Option<Frame>,
    #[serde(skip)]
    pub switched_from: Option<Subject>,
}

/// `stack`.
#[derive(Debug, Serialize)]
pub struct StackReply {
    pub goroutine: Option<GoId>,
    pub thread: Option<Tid>,
    pub frames: Vec<FrameRow>,
    /// Frames known so far; all of them unless `end` is `limit`.
    pub depth: usize,
    pub end: StackEnd,
}

/// One frame and, with `-full`, its variables.
#[derive(Debug, Serialize)]
pub struct FrameRow {
    #[serde(flatten)]
    pub frame: Frame,
    #[serde(flatten)]
    pub scope: Option<Scope>,
}

/// `frame`, `up` and `down`.
#[derive(Debug, Serialize)]
pub struct FrameReply {
    pub goroutine: Option<GoId>,
    pub thread: Option<Tid>,
    pub frame: Frame,
    pub source: Option<Listing>,
    /// Why there is no source.
    pub source_missing: Option<String>,
}

/// `locals`, `args` and `vars`.
#[derive(Debug, Serialize)]
pub struct VariablesReply {
    pub variables: Vec<Value>,
    /// Variables that match and are not here.
    pub more: u64,
    /// Why there are none, or not all.
    pub note: Option<String>,
    /// What the text form says when there are none: "no locals".
    #[serde(skip)]
    pub nothing: &'static str,
    /// The text form shows the children that are loaded.
    #[serde(skip)]
    pub tree: bool,
}

/// `print -all`.
#[derive(Debug, Serialize)]
pub struct WholeReply {
    #[serde(skip)]
    pub text: Arc<str>,
    /// The same as JSON, when that was asked for.
    #[serde(rename = "value")]
    pub json: Option<Box<RawValue>>,
    /// What is not in it, and why.
    pub left_out: Option<String>,
}

/// `whatis`.
#[derive(Debug, Serialize)]
pub struct TypeReply {
    pub expression: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub kind: ValueKind,
    /// Of an interface: what it holds.
    pub dynamic_type: Option<String>,
}

/// `examinemem`.
#[derive(Debug, Serialize)]
pub struct MemoryReply {
    #[serde(flatten)]
    pub page: Arc<MemoryPage>,
    /// Bytes asked for that are beyond what is shown at once.
    pub more: u64,
    pub format: MemoryFormat,
    /// Bytes of a unit.
    pub size: u8,
}

/// `list`.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// As recorded in the binary.
    pub file: Arc<str>,
    /// `disk` or `embedded`.
    pub origin: &'static str,
    /// Where it was found on this machine.
    pub path: Option<String>,
    /// Why the text may not be what was compiled.
    pub doubt: Option<String>,
    /// Number of the first line here.
    pub start: usize,
    /// The line that the selected frame is at, when it is here.
    pub current: Option<usize>,
    pub lines: Vec<String>,
}

/// `info`.
#[derive(Debug, Serialize)]
pub struct InfoReply {
    pub session: SessionInfo,
    pub process: ProcessInfo,
}

/// `help`.
#[derive(Debug, Serialize)]
pub struct HelpReply {
    pub commands: Vec<HelpRow>,
}

/// One row of the command table.
#[derive(Debug, Serialize)]
pub struct HelpRow {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub usage: &'static str,
    pub summary: &'static str,
    pub details: &'static str,
    #[serde(skip)]
    pub spec: &'static CommandSpec,
}
