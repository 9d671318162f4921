//! What one pc shows: the calls that were inlined there and the function itself, by name.

use std::collections::HashSet;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::code::CodeMap;
use crate::base::{Addr, Limits};

/// Pcs whose rows are kept.
const CACHED_PCS: usize = 1 << 18;

/// The rows of one physical frame, innermost first; never empty.
#[derive(Debug)]
pub(super) struct PhysicalRows {
    pub(super) rows: Vec<Row>,
    pub(super) image: Option<Arc<str>>,
    pub(super) entry: Option<Addr>,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) function: Option<Arc<str>>,
    pub(super) file: Option<Arc<str>>,
    pub(super) line: Option<u32>,
    /// Made by the compiler to adapt a call.
    pub(super) wrapper: bool,
}

/// Rows by the frame's pc and whether it is exact, with their texts shared.
#[derive(Debug, Default)]
pub(super) struct RowCache {
    by_pc: FxHashMap<(Addr, bool), Arc<PhysicalRows>>,
    texts: HashSet<Arc<str>, FxBuildHasher>,
}

impl RowCache {
    /// The rows of a frame at `pc`; `exact` tells that it is no return address.
    pub(super) fn rows(
        &mut self,
        (pc, exact): (Addr, bool),
        code: &CodeMap,
        limits: &Limits,
    ) -> Arc<PhysicalRows> {
        if let Some(rows) = self.by_pc.get(&(pc, exact)) {
            return Arc::clone(rows);
        }
        if self.by_pc.len() >= CACHED_PCS {
            self.by_pc.clear();
            self.texts.clear();
        }
        let rows = Arc::new(self.make(code.lookup_pc(pc, exact), code, limits));
        self.by_pc.insert((pc, exact), Arc::clone(&rows));
        rows
    }

    fn make(&mut self, pc: Addr, code: &CodeMap, limits: &Limits) -> PhysicalRows {
        let image = code.image(pc);
        let path = image.map(|image| Arc::clone(&image.image.path));
        let go = code.go.as_ref().and_then(|go| go.code().find_func(pc));
        if let Some(func) = go {
            let rows = func
                .inline_chain(pc, limits)
                .into_iter()
                .map(|call| Row {
                    function: (!call.name.is_empty()).then(|| self.text(call.name)),
                    file: call.file.map(|file| self.text(file)),
                    line: call.line,
                    wrapper: call.is_wrapper,
                })
                .collect();
            return PhysicalRows {
                rows,
                image: path,
                entry: Some(func.entry()),
            };
        }
        let symbol = image.and_then(|image| image.symbol(pc));
        PhysicalRows {
            rows: vec![Row {
                function: symbol.map(|(name, _)| self.text(name)),
                ..Row::default()
            }],
            image: path,
            entry: symbol.map(|(_, entry)| entry),
        }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&shared));
        shared
    }
}
