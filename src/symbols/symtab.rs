//! ELF symbols by address: the poorest source of names, and the only one for C code and for Go
//! binaries linked with `-w`.

use crate::base::ImageAddr;
use crate::elf::{ElfFile, Symbol};

/// Symbols sorted by address.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    symbols: Vec<Symbol>,
}

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedAddr<'a> {
    pub name: &'a str,
    /// Bytes from the symbol's start.
    pub offset: u64,
    /// Bytes that it covers; 0 where the table does not say.
    pub size: u64,
    pub is_function: bool,
}

/// How far behind a symbol without size an address may lie and still be called after it. Assembly
/// leaves sizes out; nothing else does.
const REACH: u64 = 4096;

impl SymbolTable {
    #[must_use]
    pub fn of(elf: &ElfFile) -> Self {
        Self::from_symbols(elf.symbols())
    }

    #[must_use]
    pub fn from_symbols(mut symbols: Vec<Symbol>) -> Self {
        symbols.retain(|symbol| symbol.addr.0 != 0 && !symbol.name.is_empty());
        // Of several symbols at one address, functions and those with a size come last and win.
        symbols.sort_by_key(|symbol| (symbol.addr, symbol.is_function, symbol.size != 0));
        Self { symbols }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The symbol that covers `addr`.
    #[must_use]
    pub fn find(&self, addr: ImageAddr) -> Option<NamedAddr<'_>> {
        let after = self.symbols.partition_point(|symbol| symbol.addr <= addr);
        let symbol = self.symbols.get(after.checked_sub(1)?)?;
        let offset = addr.0 - symbol.addr.0;
        let reach = if symbol.size == 0 { REACH } else { symbol.size };
        (offset < reach).then_some(NamedAddr {
            name: &symbol.name,
            offset,
            size: symbol.size,
            is_function: symbol.is_function,
        })
    }

    /// The symbol called `name`.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str, addr: u64, size: u64) -> Symbol {
        Symbol {
            name: name.into(),
            addr: ImageAddr(addr),
            size,
            is_function: true,
        }
    }

    #[test]
    fn addresses_between_symbols_have_no_name() {
        let table = SymbolTable::from_symbols(vec![symbol("b", 0x200, 0x10), symbol("a", 0x100, 0x10)]);
        let at = |addr| {
            table
                .find(ImageAddr(addr))
                .map(|found| (found.name, found.offset))
        };
        assert_eq!(at(0xff), None);
        assert_eq!(at(0x10f), Some(("a", 15)));
        assert_eq!(at(0x110), None);
        assert_eq!(at(0x200), Some(("b", 0)));
    }

    #[test]
    fn a_symbol_without_size_reaches_to_the_next() {
        let table = SymbolTable::from_symbols(vec![symbol("asm", 0x100, 0), symbol("next", 0x180, 8)]);
        assert_eq!(table.find(ImageAddr(0x17f)).map(|found| found.name), Some("asm"));
        assert_eq!(table.find(ImageAddr(0x100 + REACH)), None);
    }
}
