//! Reading single entries: the few attribute shapes that Go and C compilers use, decoded once.
//!
//! [`Dies`] is one query's view of the sections. It borrows from [`DebugInfo`] and costs nothing to
//! make, so nothing that borrows has to be stored.

use std::borrow::Cow;

use gimli::{AttributeValue, DebugInfoOffset, SectionId, UnitOffset};

use super::dwarf::DebugInfo;
use super::error::SymbolError;
use super::units::bare_unit;

pub(super) type Slice<'a> = gimli::EndianSlice<'a, gimli::LittleEndian>;
pub(super) type Dwarf<'a> = gimli::Dwarf<Slice<'a>>;
pub(super) type Unit<'a> = gimli::Unit<Slice<'a>>;
pub(super) type Die<'a> = gimli::DebuggingInformationEntry<Slice<'a>>;
pub(super) type AttrValue<'a> = AttributeValue<Slice<'a>>;

/// Go's own attributes, as binaries of Go 1.19 to 1.27 carry them (0x2907: since 1.23).
pub(super) mod go_attr {
    use gimli::DwAt;

    /// `reflect.Kind` number of a type.
    pub(in crate::symbols) const KIND: DwAt = DwAt(0x2900);
    pub(in crate::symbols) const KEY: DwAt = DwAt(0x2901);
    pub(in crate::symbols) const ELEM: DwAt = DwAt(0x2902);
    pub(in crate::symbols) const EMBEDDED: DwAt = DwAt(0x2903);
    /// Offset of the runtime's descriptor from the start of its types; 0 for none.
    pub(in crate::symbols) const RUNTIME_TYPE: DwAt = DwAt(0x2904);
    /// Slot of the generic function's dictionary.
    pub(in crate::symbols) const DICT_INDEX: DwAt = DwAt(0x2906);
    /// Offset of a captured variable in its closure.
    pub(in crate::symbols) const CLOSURE_OFFSET: DwAt = DwAt(0x2907);
}

/// Links followed from an entry to the one that carries its name and type.
const ORIGINS: usize = 8;

/// One query's view of the debug information.
#[derive(Debug)]
pub(super) struct Dies<'a> {
    pub(super) info: &'a DebugInfo,
    pub(super) dwarf: Dwarf<'a>,
}

/// An entry together with the unit that it has to be read with.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) unit: Unit<'a>,
    pub(super) die: Die<'a>,
}

/// Sections as `gimli` wants them.
pub(super) fn borrow<'a>(section: impl Fn(SectionId) -> &'a [u8]) -> Dwarf<'a> {
    let load = |id| Ok::<_, std::convert::Infallible>(Slice::new(section(id), gimli::LittleEndian));
    match Dwarf::load(load) {
        Ok(dwarf) => dwarf,
        Err(never) => match never {},
    }
}

impl<'a> Dies<'a> {
    /// The unit with this index, ready to read entries with.
    pub(super) fn unit(&self, index: usize) -> Result<Unit<'a>, SymbolError> {
        let entry = self.info.units.units.get(index);
        let entry = entry.ok_or(SymbolError::NoUnit(index as u64))?;
        let header = self
            .dwarf
            .debug_info
            .header_from_offset(DebugInfoOffset(entry.offset));
        let header = header.map_err(SymbolError::at(entry.offset))?;
        Ok(Unit {
            low_pc: entry.low_pc,
            str_offsets_base: entry.str_offsets_base,
            addr_base: entry.addr_base,
            loclists_base: entry.loclists_base,
            rnglists_base: entry.rnglists_base,
            ..bare_unit(header, entry.abbreviations.clone())
        })
    }

    /// The unit that holds `offset` of `.debug_info`, and the offset within it.
    pub(super) fn unit_of(&self, offset: u64) -> Result<(Unit<'a>, UnitOffset), SymbolError> {
        let index = self.info.units.at_offset(offset);
        let unit = self.unit(index.ok_or(SymbolError::NoUnit(offset))?)?;
        let within = usize::try_from(offset)
            .ok()
            .and_then(|offset| DebugInfoOffset(offset).to_unit_offset(&unit.header));
        Ok((unit, within.ok_or(SymbolError::NoUnit(offset))?))
    }

    /// The entry at `offset` of `.debug_info`.
    pub(super) fn entry(&self, offset: u64) -> Result<Entry<'a>, SymbolError> {
        let (unit, within) = self.unit_of(offset)?;
        let damaged = |source| SymbolError::Damaged { offset, source };
        let die = unit.entry(within).map_err(damaged)?;
        Ok(Entry { unit, die })
    }

    /// The text of a string attribute.
    pub(super) fn text(&self, unit: &Unit<'a>, value: AttrValue<'a>) -> Option<Cow<'a, str>> {
        let slice = self.dwarf.attr_string(unit, value).ok()?;
        Some(String::from_utf8_lossy(slice.slice()))
    }

    /// `DW_AT_name` of this entry itself.
    pub(super) fn own_name(&self, unit: &Unit<'a>, die: &Die<'a>) -> Option<Cow<'a, str>> {
        self.text(unit, die.attr_value(gimli::DW_AT_name)?)
    }

    /// The first entry, from this one along its origins, for which `pick` finds something.
    ///
    /// Inlined calls and their variables carry a location only; name, type and line belong to the
    /// abstract entry they point at.
    pub(super) fn along_origins<T>(
        &self,
        unit: &Unit<'a>,
        die: &Die<'a>,
        pick: impl Fn(&Unit<'a>, &Die<'a>) -> Option<T>,
    ) -> Option<T> {
        if let Some(found) = pick(unit, die) {
            return Some(found);
        }
        let mut next = origin(unit, die)?;
        for _ in 0..ORIGINS {
            let entry = self.entry(next).ok()?;
            if let Some(found) = pick(&entry.unit, &entry.die) {
                return Some(found);
            }
            next = origin(&entry.unit, &entry.die)?;
        }
        None
    }

    /// Name of an entry, its own or its origin's.
    pub(super) fn name(&self, unit: &Unit<'a>, die: &Die<'a>) -> Option<Cow<'a, str>> {
        self.along_origins(unit, die, |unit, die| self.own_name(unit, die))
    }

    /// Calls `visit` with each direct child until it says `false`; deeper entries are passed over.
    pub(super) fn each_child(
        &self,
        unit: &Unit<'a>,
        parent: &Die<'a>,
        visit: &mut dyn FnMut(&Die<'a>) -> bool,
    ) -> Result<(), SymbolError> {
        if !parent.has_children {
            return Ok(());
        }
        let damaged = SymbolError::at(parent.offset.0);
        let mut entries = unit.entries_raw(Some(parent.offset)).map_err(&damaged)?;
        let mut child = Die::null();
        entries.read_entry(&mut child).map_err(&damaged)?;
        while !entries.is_empty() && entries.next_depth() > 0 {
            let depth = entries.next_depth();
            let offset = entries.next_offset();
            let Some(abbreviation) = entries.read_abbreviation().map_err(&damaged)? else {
                continue;
            };
            if depth > 1 {
                entries
                    .skip_attributes(abbreviation.attributes())
                    .map_err(&damaged)?;
                continue;
            }
            child.tag = abbreviation.tag();
            child.has_children = abbreviation.has_children();
            child.offset = offset;
            entries
                .read_attributes(abbreviation.attributes(), &mut child.attrs)
                .map_err(&damaged)?;
            if !visit(&child) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The entry that this one is an instance of.
pub(super) fn origin<'a>(unit: &Unit<'a>, die: &Die<'a>) -> Option<u64> {
    let value = die
        .attr_value(gimli::DW_AT_abstract_origin)
        .or_else(|| die.attr_value(gimli::DW_AT_specification))?;
    reference(unit, value)
}

/// The `.debug_info` offset that a reference points at.
pub(super) fn reference<'a>(unit: &Unit<'a>, value: AttrValue<'a>) -> Option<u64> {
    match value {
        AttributeValue::UnitRef(offset) => offset
            .to_debug_info_offset(&unit.header)
            .map(|offset| offset.0 as u64),
        AttributeValue::DebugInfoRef(offset) => Some(offset.0 as u64),
        _ => None,
    }
}

/// `DW_AT_type` of this entry itself.
pub(super) fn type_of<'a>(unit: &Unit<'a>, die: &Die<'a>) -> Option<u64> {
    reference(unit, die.attr_value(gimli::DW_AT_type)?)
}

/// An attribute that is a number.
pub(super) fn number(die: &Die<'_>, name: gimli::DwAt) -> Option<u64> {
    die.attr_value(name)?.udata_value()
}

/// A flag, also where Go writes it as a number (`DW_AT_variable_parameter`).
pub(super) fn flag(die: &Die<'_>, name: gimli::DwAt) -> bool {
    match die.attr_value(name) {
        Some(AttributeValue::Flag(set)) => set,
        Some(value) => value.udata_value().is_some_and(|number| number != 0),
        None => false,
    }
}
