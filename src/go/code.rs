//! [`GoCode`]: the Go functions of all modules of a process behind one lookup.

use super::{Func, Pclntab};
use crate::base::{Addr, AddrRange};

/// The function tables of the main module and of every plugin.
#[derive(Clone, Debug, Default)]
pub struct GoCode {
    tables: Vec<Pclntab>,
}

impl GoCode {
    #[must_use]
    pub const fn new(tables: Vec<Pclntab>) -> Self {
        Self { tables }
    }

    /// The function whose code holds `pc`: a runtime address, not adjusted in any way.
    #[must_use]
    pub fn find_func(&self, pc: Addr) -> Option<Func<'_>> {
        self.tables.iter().find_map(|table| table.find_func(pc))
    }

    /// Whether `pc` lies in Go code.
    #[must_use]
    pub fn contains(&self, pc: Addr) -> bool {
        self.find_func(pc).is_some()
    }

    /// The first function of exactly this name. Looks at all functions: for a few names, once.
    #[must_use]
    pub fn find_name(&self, name: &str) -> Option<Func<'_>> {
        self.tables.iter().find_map(|table| table.find_name(name))
    }

    /// All functions, in order of address within each module.
    pub fn funcs(&self) -> impl Iterator<Item = Func<'_>> {
        self.tables.iter().flat_map(Pclntab::funcs)
    }

    /// The recorded paths of all source files; the same one may come from several modules.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().flat_map(Pclntab::files)
    }

    /// Names of all functions, those that were inlined everywhere included; the same one may come
    /// several times.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().flat_map(Pclntab::names)
    }

    /// Ranges of Go code, one per module.
    pub fn texts(&self) -> impl Iterator<Item = AddrRange> {
        self.tables.iter().map(Pclntab::text)
    }

    #[must_use]
    pub fn tables(&self) -> &[Pclntab] {
        &self.tables
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}
