//! The rows of each tab of the details pane, as cells of text with a meaning.
//!
//! Long tables (threads, mappings) make a row only when it is asked for; short ones are made whole.

use crate::model::{
    DebugInfoKind, ImageInfo, MemoryRegion, ProcessInfo, RegisterClass, Registers, SessionInfo, Thread,
    Verified,
};
use crate::ui::app::AppState;
use crate::ui::place::Tab;
use crate::ui::text::{base_name, short_function};
use crate::ui::theme::Scope;
use crate::ui::widgets::{bytes, thousands};

use super::Details;

/// One cell: raw text and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub scope: Scope,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetailRow {
    Heading(String),
    Cells(Vec<Cell>),
}

/// The rows of one tab.
#[derive(Debug)]
pub struct Table<'a> {
    body: Body<'a>,
    /// Indices that the filter leaves; `None` without a filter.
    kept: Option<Vec<usize>>,
}

#[derive(Debug)]
enum Body<'a> {
    Threads(&'a [Thread]),
    Map(&'a [MemoryRegion]),
    Images(&'a [ImageInfo]),
    Built(Vec<DetailRow>),
}

fn cell(text: impl Into<String>, scope: Scope) -> Cell {
    Cell {
        text: text.into(),
        scope,
    }
}

/// The rows of the tab that is shown.
#[must_use]
pub fn table(state: &AppState) -> Table<'_> {
    let details = &state.details;
    let body = match details.tab {
        Tab::Threads => Body::Threads(details.threads.ready().map_or(&[], |all| all)),
        Tab::Map => Body::Map(details.map.ready().map_or(&[], |all| all)),
        Tab::Images => Body::Images(details.images.ready().map_or(&[], |all| all)),
        Tab::Process => Body::Built(process_rows(
            details.process.ready().map(AsRef::as_ref),
            state.session.ready().map(AsRef::as_ref),
        )),
        Tab::Crash => Body::Built(crash_rows(state)),
        _ => Body::Built(register_rows(details, details.registers.ready())),
    };
    let mut table = Table { body, kept: None };
    if !details.filter_text.is_empty() {
        let wanted = details.filter_text.to_lowercase();
        let rows = (0..table.all()).filter(|at| table.holds(*at, &wanted));
        table.kept = Some(rows.collect());
    }
    table
}

impl Table<'_> {
    fn all(&self) -> usize {
        match &self.body {
            Body::Threads(all) => all.len(),
            Body::Map(all) => all.len(),
            Body::Images(all) => all.len(),
            Body::Built(all) => all.len(),
        }
    }

    fn holds(&self, index: usize, wanted: &str) -> bool {
        match self.make(index) {
            Some(DetailRow::Cells(cells)) => {
                cells.iter().any(|cell| cell.text.to_lowercase().contains(wanted))
            }
            _ => false,
        }
    }

    /// Rows shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.as_ref().map_or_else(|| self.all(), Vec::len)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Index in the data of the row shown at `row`.
    #[must_use]
    pub fn index(&self, row: usize) -> Option<usize> {
        match &self.kept {
            Some(kept) => kept.get(row).copied(),
            None => (row < self.all()).then_some(row),
        }
    }

    #[must_use]
    pub fn row(&self, row: usize) -> Option<DetailRow> {
        self.make(self.index(row)?)
    }

    fn make(&self, index: usize) -> Option<DetailRow> {
        Some(match &self.body {
            Body::Threads(all) => DetailRow::Cells(thread_cells(all.get(index)?)),
            Body::Map(all) => DetailRow::Cells(region_cells(all.get(index)?)),
            Body::Images(all) => DetailRow::Cells(image_cells(all.get(index)?)),
            Body::Built(all) => all.get(index)?.clone(),
        })
    }
}

fn thread_cells(thread: &Thread) -> Vec<Cell> {
    let guilty = thread.signal.is_some();
    let function = thread.loc.function.as_deref().map(short_function);
    vec![
        cell(
            thread.tid.to_string(),
            if guilty { Scope::Guilty } else { Scope::RoleNumber },
        ),
        cell(
            thread.goroutine.map(|id| format!("g {id}")).unwrap_or_default(),
            Scope::Text,
        ),
        cell(
            thread
                .signal
                .as_ref()
                .map(|signal| signal.name.clone())
                .unwrap_or_default(),
            Scope::Guilty,
        ),
        match function {
            Some(name) => cell(name, Scope::RoleFunction),
            None => cell(thread.loc.pc.to_string(), Scope::RoleAddress),
        },
        cell(thread.name.clone().unwrap_or_default(), Scope::TextDim),
    ]
}

fn region_cells(region: &MemoryRegion) -> Vec<Cell> {
    let length = region.end.0.saturating_sub(region.start.0);
    let missing = region.bytes_from == "nowhere";
    vec![
        cell(format!("{:012x}", region.start.0), Scope::RoleAddress),
        cell(bytes(length), Scope::RoleNumber),
        cell(region.permissions.clone(), Scope::Text),
        cell(
            region.bytes_from.clone(),
            if missing { Scope::RoleMissing } else { Scope::Text },
        ),
        cell(region.file.clone().unwrap_or_default(), Scope::TextDim),
    ]
}

fn image_cells(image: &ImageInfo) -> Vec<Cell> {
    let (verified, scope) = match image.verified {
        Verified::Yes => ("verified", Scope::Success),
        Verified::No => ("MISMATCH", Scope::Error),
        Verified::Unknown => ("unverified", Scope::Warning),
    };
    let symbols = match image.debug_info {
        DebugInfoKind::Dwarf => "DWARF",
        DebugInfoKind::Pclntab => "pclntab",
        DebugInfoKind::Symtab => "symtab",
        DebugInfoKind::None => "no symbols",
    };
    vec![
        cell(base_name(&image.path), Scope::TextStrong),
        cell(image.base.to_string(), Scope::RoleAddress),
        cell(verified, scope),
        cell(symbols, Scope::Text),
        cell(image.from.clone(), Scope::TextDim),
    ]
}

fn register_rows(details: &Details, registers: Option<&Registers>) -> Vec<DetailRow> {
    let mut rows = Vec::new();
    let mut class = RegisterClass::General;
    for register in registers.map_or(&[][..], |all| &all.registers) {
        if register.class != class {
            class = register.class;
            rows.push(DetailRow::Heading(class_name(class).to_owned()));
        }
        let value = match &register.value {
            Some(value) if details.changed(register) => cell(value.clone(), Scope::Changed),
            Some(value) => cell(value.clone(), Scope::RoleNumber),
            None => cell("?", Scope::RoleMissing),
        };
        let note = register.note.clone().unwrap_or_default();
        let scope = if register.value.is_some() {
            Scope::TextDim
        } else {
            Scope::RoleMissing
        };
        rows.push(DetailRow::Cells(vec![
            cell(register.name.clone(), Scope::RoleName),
            value,
            cell(note, scope),
        ]));
    }
    rows
}

fn class_name(class: RegisterClass) -> &'static str {
    match class {
        RegisterClass::General => "general",
        RegisterClass::Flags => "flags",
        RegisterClass::Segment => "segments",
        RegisterClass::Vector => "vector",
        RegisterClass::FloatingPoint => "floating point",
    }
}

fn process_rows(process: Option<&ProcessInfo>, session: Option<&SessionInfo>) -> Vec<DetailRow> {
    let Some(process) = process else { return Vec::new() };
    let mut rows = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(pair(name, &value));
        }
    };
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    fact("program", session.and_then(|session| session.exe.clone()));
    fact("core", session.and_then(|session| session.core.clone()));
    fact("pid", number(process.pid));
    fact("parent", number(process.ppid));
    fact("user", number(process.uid));
    fact("name", process.comm.clone());
    fact("arguments", Some(process.args.join(" ")));
    fact("Go", process.go_version.clone());
    fact("package", process.main_path.clone());
    fact("build id", session.and_then(|session| session.build_id.clone()));
    fact("core by", process.core_writer.clone());
    fact("taken", process.captured.clone());
    fact(
        "core size",
        process
            .core_bytes
            .map(|(here, promised)| format!("{} of {}", bytes(here), bytes(promised))),
    );
    section(
        &mut rows,
        "build settings",
        process
            .build_settings
            .iter()
            .map(|(name, value)| pair(name, value)),
    );
    section(
        &mut rows,
        "modules",
        process.modules.iter().map(|module| pair("", module)),
    );
    section(
        &mut rows,
        "environment",
        process.env.iter().map(|entry| match entry.split_once('=') {
            Some((name, value)) => pair(name, value),
            None => pair(entry, ""),
        }),
    );
    rows
}

fn section(rows: &mut Vec<DetailRow>, title: &str, entries: impl ExactSizeIterator<Item = DetailRow>) {
    if entries.len() > 0 {
        rows.push(DetailRow::Heading(format!(
            "{title} ({})",
            thousands(entries.len() as u64)
        )));
        rows.extend(entries);
    }
}

fn pair(name: &str, value: &str) -> DetailRow {
    DetailRow::Cells(vec![cell(name, Scope::RoleName), cell(value, Scope::Text)])
}

fn crash_rows(state: &AppState) -> Vec<DetailRow> {
    let lines = crate::ui::crash_card::lines(state);
    lines
        .into_iter()
        .map(|(scope, text)| DetailRow::Cells(vec![cell(text, scope)]))
        .collect()
}
