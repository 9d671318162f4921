//! What a command means, as plain data, and which goroutines a query wants.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::base::{Addr, GoId, Pattern, Tid};
use crate::model::{AsmSyntax, DumpOptions, Goroutine, GroupKey, Location};

/// One command, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCommand {
    Report,
    Goroutines(GoroutinesQuery),
    /// Selects a goroutine, or shows the selected one.
    Goroutine(Option<GoId>),
    Threads,
    Thread(Tid),
    Stack {
        depth: Option<usize>,
        /// With arguments and locals of each frame.
        full: bool,
        goroutine: Option<GoId>,
    },
    /// Selects a frame by its number.
    Frame(usize),
    /// Selects a frame further out, towards the callers.
    Up(usize),
    /// Selects a frame further in.
    Down(usize),
    Locals(Option<String>),
    Args(Option<String>),
    /// Package variables whose full name this fits.
    Vars(Option<Pattern>),
    /// The value of an expression.
    Print {
        expression: String,
        /// With all that it holds.
        all: bool,
    },
    /// The type of an expression.
    WhatIs(String),
    Registers {
        /// Vector and floating point registers as well.
        all: bool,
    },
    /// Source around a line: of a file, of the selected frame's file, or around the selected frame.
    List {
        file: Option<String>,
        line: Option<u32>,
    },
    /// Source around what a location specification names.
    ListSpec(String),
    /// Types of the program whose full name this fits.
    Types(Option<Pattern>),
    /// Functions of the program whose full name this fits.
    Functions(Option<Pattern>),
    /// Packages of the program whose import path this fits.
    Packages(Option<Pattern>),
    /// What a type, or the type of an expression, is made of.
    TypeLayout(String),
    /// The selected frame's function, what a location specification names, or a range.
    Disassemble {
        spec: Option<String>,
        range: Option<(Addr, Addr)>,
        syntax: Option<AsmSyntax>,
    },
    Examine(ExamineQuery),
    /// Deferred calls of the selected goroutine that have not run.
    Defers,
    /// Source files of the binary whose recorded path this fits.
    Sources(Option<Pattern>),
    Images,
    MemoryMap,
    Environment,
    Info,
    /// Lets the process run on.
    Continue,
    /// Stops the process for a look.
    Halt,
    Dump(DumpOptions),
    /// A command carried out where another one selects, after which the selection is as before.
    Within {
        select: Box<Self>,
        command: Box<Self>,
    },
    /// Ends the session and lets the process run on.
    Detach,
    /// The table, or one command's page.
    Help(Option<String>),
    Quit,
}

/// What `examinemem` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExamineQuery {
    /// An address, or an expression that has one.
    pub place: String,
    /// Units shown; `None` for a screenful.
    pub count: Option<u64>,
    /// Bytes of a unit: 1, 2, 4 or 8.
    pub size: u8,
    pub format: MemoryFormat,
}

/// How `examinemem` writes memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryFormat {
    #[default]
    Hex,
    Dec,
    Oct,
    Bin,
    /// Words, with what they point to.
    Addr,
    /// Text.
    Str,
    /// The fields and elements of what is there.
    Typed,
}

impl MemoryFormat {
    /// Names as they are typed; the first of each is the one shown.
    pub const NAMES: [(&'static str, Self); 15] = [
        ("hex", Self::Hex),
        ("dec", Self::Dec),
        ("oct", Self::Oct),
        ("bin", Self::Bin),
        ("addr", Self::Addr),
        ("str", Self::Str),
        ("typed", Self::Typed),
        ("hexadecimal", Self::Hex),
        ("decimal", Self::Dec),
        ("octal", Self::Oct),
        ("binary", Self::Bin),
        ("raw", Self::Hex),
        ("words", Self::Addr),
        ("chars", Self::Str),
        ("string", Self::Str),
    ];

    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find(|(name, _)| *name == word)
            .map(|(_, format)| format)
    }

    /// Bytes of a unit when nothing else is asked for.
    #[must_use]
    pub const fn usual_size(self) -> u8 {
        match self {
            Self::Addr => 8,
            _ => 1,
        }
    }
}

impl UserCommand {
    /// The expression in it, of which failures name a part.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        match self {
            Self::Print { expression, .. } | Self::WhatIs(expression) | Self::TypeLayout(expression) => {
                Some(expression)
            }
            Self::Examine(query) => Some(&query.place),
            Self::Within { command, .. } => command.expression(),
            _ => None,
        }
    }
}

/// Which of a goroutine's four places is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocationKind {
    #[default]
    User,
    Current,
    Go,
    Start,
}

/// What `goroutines` is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoroutinesQuery {
    pub location: LocationKind,
    /// Frames of each goroutine's stack to show.
    pub stacks: Option<usize>,
    pub labels: bool,
    /// All of them have to accept.
    pub filters: Vec<GoroutineFilter>,
    pub group: Option<GroupBy>,
    pub sort: SortKey,
    /// Rows (or groups) shown at most.
    pub limit: Option<usize>,
}

/// `-group KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    Key(GroupKey),
    /// On a thread, or not.
    Running,
    /// The user's, or the runtime's.
    User,
}

/// `-sort KEY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    #[default]
    Id,
    Status,
    WaitReason,
    /// Longest wait first; goroutines whose wait is not known come last.
    Wait,
    Location,
    Thread,
}

/// `-with KEY VALUE` and its opposite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoroutineFilter {
    /// `-without`.
    pub negated: bool,
    pub test: GoroutineTest,
}

/// One property of a goroutine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoroutineTest {
    /// The text occurs in `function file:line` of that place.
    Location(LocationKind, String),
    /// Has the label; has it with this value.
    Label(String, Option<String>),
    /// Is on a thread.
    Running,
    /// Was not started by the runtime for itself.
    User,
    /// The text occurs in the status word.
    Status(String),
    /// The text occurs in the wait reason.
    WaitReason(String),
    Parent(GoId),
    Thread(Tid),
}

impl GoroutinesQuery {
    /// Whether all filters accept a goroutine.
    #[must_use]
    pub fn accepts(&self, goroutine: &Goroutine) -> bool {
        self.filters
            .iter()
            .all(|filter| filter.test.holds(goroutine) != filter.negated)
    }

    /// Indices of the goroutines that the filters accept, in the order asked for. `limit` is not
    /// applied.
    #[must_use]
    pub fn select(&self, all: &[Goroutine]) -> Vec<u32> {
        let accepted = (0..).zip(all).filter(|(_, goroutine)| self.accepts(goroutine));
        let mut rows = accepted.map(|(row, _)| row).collect();
        self.sort(&mut rows, all);
        rows
    }

    /// Puts indices into the order asked for. `all` is sorted by id, which decides ties.
    pub fn sort(&self, rows: &mut Vec<u32>, all: &[Goroutine]) {
        if self.sort == SortKey::Id {
            return;
        }
        let known = |row: &u32| Some((*row, all.get(*row as usize)?));
        let (kept, goroutines): (Vec<u32>, Vec<&Goroutine>) = rows.iter().filter_map(known).unzip();
        let mut ranked: Vec<(u64, u32)> = self.ranks(&goroutines).into_iter().zip(kept).collect();
        ranked.sort_unstable();
        rows.clear();
        rows.extend(ranked.into_iter().map(|(_, row)| row));
    }

    /// The place of each goroutine in the order asked for, lower first. Numbers, because rows are
    /// far apart in memory and sorting looks at each of them many times.
    fn ranks(&self, goroutines: &[&Goroutine]) -> Vec<u64> {
        let each = goroutines.iter();
        match self.sort {
            SortKey::Id => each.map(|g| g.id.0).collect(),
            SortKey::Status => each.map(|g| g.status as u64).collect(),
            SortKey::WaitReason => ranked(
                goroutines,
                |g| g.wait_reason.as_deref().unwrap_or_default(),
                |reason| reason,
            ),
            SortKey::Wait => each
                .map(|g| {
                    g.wait_since_ns
                        .map_or(u64::MAX, |wait| (u64::MAX - 1).saturating_sub(wait))
                })
                .collect(),
            SortKey::Location => ranked(
                goroutines,
                |g| location_of(g, self.location),
                |place| (place.file.as_deref(), place.line, place.function.as_deref()),
            ),
            SortKey::Thread => each
                .map(|g| g.thread.map_or(u64::MAX, |tid| u64::from(tid.0)))
                .collect(),
        }
    }
}

/// For each goroutine, how many different keys are lower than that of what it shares with others.
/// Thousands share one place or reason, so each is told by its address and compared only once.
fn ranked<'a, T: ?Sized + 'a, K: Ord>(
    goroutines: &[&'a Goroutine],
    shared: impl Fn(&'a Goroutine) -> &'a T,
    key: impl Fn(&'a T) -> K,
) -> Vec<u64> {
    let mut numbers: FxHashMap<*const u8, usize> = FxHashMap::default();
    let mut different: Vec<(usize, &T)> = Vec::new();
    let mut number = |goroutine: &&'a Goroutine| {
        let item = shared(goroutine);
        let addr = std::ptr::from_ref(item).cast::<u8>();
        *numbers.entry(addr).or_insert_with(|| {
            different.push((different.len(), item));
            different.len() - 1
        })
    };
    let of_each: Vec<usize> = goroutines.iter().map(&mut number).collect();
    different.sort_by_key(|(_, item)| key(item));
    let mut ranks = vec![0; different.len()];
    for (rank, alike) in (0..).zip(different.chunk_by(|left, right| key(left.1) == key(right.1))) {
        for (number, _) in alike {
            if let Some(slot) = ranks.get_mut(*number) {
                *slot = rank;
            }
        }
    }
    let rank = |number: usize| ranks.get(number).copied().unwrap_or_default();
    of_each.into_iter().map(rank).collect()
}

impl GoroutineTest {
    /// Whether a goroutine has this property.
    #[must_use]
    pub fn holds(&self, goroutine: &Goroutine) -> bool {
        match self {
            Self::Location(kind, text) => contains(location_of(goroutine, *kind), text),
            Self::Label(key, None) => goroutine.labels.contains_key(key),
            Self::Label(key, Some(value)) => goroutine.labels.get(key) == Some(value),
            Self::Running => goroutine.thread.is_some(),
            Self::User => !goroutine.system,
            Self::Status(text) => goroutine.status.name().contains(text.as_str()),
            Self::WaitReason(text) => goroutine
                .wait_reason
                .as_ref()
                .is_some_and(|reason| reason.to_lowercase().contains(&text.to_lowercase())),
            Self::Parent(id) => goroutine.parent == Some(*id),
            Self::Thread(tid) => goroutine.thread == Some(*tid),
        }
    }
}

/// One of a goroutine's four places.
#[must_use]
pub fn location_of(goroutine: &Goroutine, kind: LocationKind) -> &Location {
    match kind {
        LocationKind::User => &goroutine.user_loc,
        LocationKind::Current => &goroutine.current_loc,
        LocationKind::Go => &goroutine.go_loc,
        LocationKind::Start => &goroutine.start_loc,
    }
}

fn contains(location: &Location, text: &str) -> bool {
    let in_function = location.function.as_ref().is_some_and(|name| name.contains(text));
    in_function
        || location.file.as_ref().is_some_and(|file| match location.line {
            Some(line) => format!("{file}:{line}").contains(text),
            None => file.contains(text),
        })
}
