//! Names of addresses: functions from Go's own table, everything else from the symbol table.

use crate::base::Addr;
use crate::go::GoCode;
use crate::target::inferior::Target;
use crate::target::stack::StackReader;

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::target) struct Named<'a> {
    pub(in crate::target) name: &'a str,
    pub(in crate::target) start: Addr,
    pub(in crate::target) is_function: bool,
}

/// All names of one process.
#[derive(Clone, Copy, Debug)]
pub(in crate::target) struct AddrNames<'a> {
    go: Option<&'a GoCode>,
    reader: &'a StackReader,
}

impl<'a> AddrNames<'a> {
    pub(in crate::target) fn of(target: &'a Target) -> Self {
        Self {
            go: target.go.as_ref().map(|go| &go.runtime.code),
            reader: &target.reader,
        }
    }

    /// The function or the variable that covers `addr`.
    pub(in crate::target) fn find(&self, addr: Addr) -> Option<Named<'a>> {
        if let Some(func) = self.go.and_then(|code| code.find_func(addr)) {
            return Some(Named {
                name: func.name(),
                start: func.entry(),
                is_function: true,
            });
        }
        let (name, range, is_function) = self.reader.symbol_at(addr)?;
        Some(Named {
            name,
            start: range.start,
            is_function,
        })
    }
}
