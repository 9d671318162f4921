//! Intel's and AT&T's syntax, by the formatters of the decoder's own crate.

use std::cell::RefCell;
use std::rc::Rc;

use iced_x86::{
    Formatter, FormatterOutput, FormatterTextKind, GasFormatter, Instruction, IntelFormatter, SymbolResolver,
    SymbolResult,
};

use super::decode;
use super::names::AddrNames;
use crate::base::Addr;
use crate::model::{Role, Runs};

/// Writes instructions, operands by name where they are addresses that have one.
pub(super) struct IcedSyntax<'a> {
    formatter: Box<dyn Formatter>,
    symbol: Rc<RefCell<Option<Symbol>>>,
    names: AddrNames<'a>,
}

/// The name of the one address that an instruction holds.
#[derive(Clone, Debug)]
struct Symbol {
    /// That address, and where what covers it begins.
    addr: u64,
    start: u64,
    name: String,
}

/// The formatter owns its resolver for good, so the name travels through a shared slot.
struct Resolver(Rc<RefCell<Option<Symbol>>>);

impl SymbolResolver for Resolver {
    fn symbol(
        &mut self,
        _: &Instruction,
        _: u32,
        _: Option<u32>,
        address: u64,
        _: u32,
    ) -> Option<SymbolResult<'_>> {
        let symbol = self.0.borrow().clone()?;
        (symbol.addr == address).then(|| SymbolResult::with_string(symbol.start, symbol.name))
    }
}

impl<'a> IcedSyntax<'a> {
    pub(super) fn new(is_gnu: bool, names: AddrNames<'a>) -> Self {
        let symbol = Rc::default();
        let resolver: Box<dyn SymbolResolver> = Box::new(Resolver(Rc::clone(&symbol)));
        let mut formatter: Box<dyn Formatter> = if is_gnu {
            Box::new(GasFormatter::with_options(Some(resolver), None))
        } else {
            Box::new(IntelFormatter::with_options(Some(resolver), None))
        };
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_small_hex_numbers_in_decimal(false);
        options.set_branch_leading_zeros(false);
        options.set_space_after_operand_separator(true);
        options.set_signed_immediate_operands(true);
        options.set_rip_relative_addresses(is_gnu);
        Self {
            formatter,
            symbol,
            names,
        }
    }

    pub(super) fn write(&mut self, instruction: &Instruction) -> Runs {
        if instruction.is_invalid() {
            return Runs::of("(bad)", Role::Missing);
        }
        *self.symbol.borrow_mut() = self.symbol_of(instruction);
        let mut out = Output(Runs::new());
        self.formatter.format(instruction, &mut out);
        out.0
    }

    fn symbol_of(&self, instruction: &Instruction) -> Option<Symbol> {
        let branch = decode::target(instruction);
        let addr = branch.or_else(|| decode::fixed_address(instruction))?;
        let named = self.names.find(addr)?;
        // Jumps within a function are easier to follow by number.
        if branch.is_some() && named.start != addr {
            let here = self.names.find(Addr(instruction.ip()));
            if here.is_some_and(|here| here.start == named.start) {
                return None;
            }
        }
        Some(Symbol {
            addr: addr.0,
            start: named.start.0,
            name: named.name.to_owned(),
        })
    }
}

struct Output(Runs);

impl FormatterOutput for Output {
    fn write(&mut self, text: &str, kind: FormatterTextKind) {
        self.0.push(text, role(kind));
    }
}

const fn role(kind: FormatterTextKind) -> Role {
    match kind {
        FormatterTextKind::Mnemonic | FormatterTextKind::Prefix => Role::Keyword,
        FormatterTextKind::Register => Role::Name,
        FormatterTextKind::Number => Role::Number,
        FormatterTextKind::LabelAddress | FormatterTextKind::FunctionAddress => Role::Address,
        FormatterTextKind::Label | FormatterTextKind::Function | FormatterTextKind::Data => Role::Function,
        FormatterTextKind::Punctuation | FormatterTextKind::Operator => Role::Punctuation,
        _ => Role::Plain,
    }
}
