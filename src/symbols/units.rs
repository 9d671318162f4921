//! The table of units: where each begins, what it is called, which addresses it covers.
//!
//! Built from unit headers and root entries alone; nothing below a root is parsed. A damaged unit is
//! left out and reported, the others stay: the next header is found by length, or, when the length
//! itself is damaged, by looking for the next bytes that can be a header.

use std::sync::Arc;

use gimli::{Abbreviations, DebugInfoOffset, Section as _};
use rustc_hash::FxHashMap;

use super::dies::{Die, Dwarf, Slice, Unit};
use super::ranges::RangeIndex;
use crate::base::Cursor;

/// What is known of one unit without looking below its root.
#[derive(Debug)]
pub(super) struct UnitEntry {
    /// Of the header, in `.debug_info`.
    pub(super) offset: usize,
    /// Just behind the unit.
    pub(super) end: usize,
    /// Import path of a Go package, or name of a C file.
    pub(super) name: String,
    pub(super) is_go: bool,
    pub(super) abbreviations: Arc<Abbreviations>,
    pub(super) low_pc: u64,
    pub(super) str_offsets_base: gimli::DebugStrOffsetsBase,
    pub(super) addr_base: gimli::DebugAddrBase,
    pub(super) loclists_base: gimli::DebugLocListsBase,
    pub(super) rnglists_base: gimli::DebugRngListsBase,
}

/// All units that could be read.
#[derive(Debug)]
pub(super) struct UnitTable {
    /// By offset.
    pub(super) units: Vec<UnitEntry>,
    pub(super) by_address: RangeIndex<usize>,
    /// What was lost, one sentence each.
    pub(super) problems: Vec<String>,
}

/// Address ranges taken from one unit; a Go package has a handful, a C++ file thousands.
const RANGES_PER_UNIT: usize = 1 << 20;
/// Damaged units reported by name; the rest is only counted.
const PROBLEMS: usize = 8;

impl UnitTable {
    pub(super) fn build(dwarf: &Dwarf<'_>) -> Self {
        let mut builder = Builder {
            dwarf,
            abbreviations: FxHashMap::default(),
            units: Vec::new(),
            ranges: Vec::new(),
            problems: Vec::new(),
            lost: 0,
        };
        builder.walk();
        let Builder {
            units,
            ranges,
            mut problems,
            lost,
            ..
        } = builder;
        if lost > problems.len() {
            problems.push(format!("{lost} units in all are damaged"));
        }
        Self {
            units,
            by_address: RangeIndex::new(ranges),
            problems,
        }
    }

    /// The unit that `offset` of `.debug_info` lies in.
    pub(super) fn at_offset(&self, offset: u64) -> Option<usize> {
        let after = self.units.partition_point(|unit| unit.offset as u64 <= offset);
        let index = after.checked_sub(1)?;
        (offset < self.units.get(index)?.end as u64).then_some(index)
    }
}

struct Builder<'d, 'a> {
    dwarf: &'d Dwarf<'a>,
    /// Go's linker writes one table for all its units.
    abbreviations: FxHashMap<usize, Arc<Abbreviations>>,
    units: Vec<UnitEntry>,
    ranges: Vec<(u64, u64, usize)>,
    problems: Vec<String>,
    lost: usize,
}

impl<'a> Builder<'_, 'a> {
    fn walk(&mut self) {
        let section = self.dwarf.debug_info.reader().slice();
        let mut offset = 0;
        while offset < section.len() {
            let Some(end) = unit_end(section, offset) else {
                self.lose(offset, "its length is wild");
                match next_header(section, offset.saturating_add(4)) {
                    Some(next) => offset = next,
                    None => break,
                }
                continue;
            };
            if let Err(error) = self.add(offset, end) {
                self.lose(offset, &error.to_string());
            }
            offset = end;
        }
    }

    fn lose(&mut self, offset: usize, why: &str) {
        self.lost += 1;
        if self.problems.len() < PROBLEMS {
            self.problems.push(format!(
                "the unit of debug information at {offset:#x} is lost: {why}"
            ));
        }
    }

    fn add(&mut self, offset: usize, end: usize) -> Result<(), gimli::Error> {
        let header = self
            .dwarf
            .debug_info
            .header_from_offset(DebugInfoOffset(offset))?;
        if header.address_size() != 8 {
            return Err(gimli::Error::UnsupportedAddressSize(header.address_size()));
        }
        let abbreviations = self.abbreviations(header.debug_abbrev_offset())?;
        let mut unit = bare_unit(header, abbreviations);
        let root = unit.entry(unit.header.root_offset())?;
        let is_go = read_bases(&mut unit, &root);
        if let Some(Ok(Some(low_pc))) = root
            .attr_value(gimli::DW_AT_low_pc)
            .map(|value| self.dwarf.attr_address(&unit, value))
        {
            unit.low_pc = low_pc;
        }
        let index = self.units.len();
        let ranges = code_ranges(self.dwarf, &unit, &root, RANGES_PER_UNIT);
        self.ranges
            .extend(ranges.into_iter().map(|(start, end)| (start, end, index)));
        let name = root.attr_value(gimli::DW_AT_name);
        let name = name.and_then(|value| self.dwarf.attr_string(&unit, value).ok());
        self.units.push(UnitEntry {
            offset,
            end,
            name: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            is_go,
            abbreviations: unit.abbreviations,
            low_pc: unit.low_pc,
            str_offsets_base: unit.str_offsets_base,
            addr_base: unit.addr_base,
            loclists_base: unit.loclists_base,
            rnglists_base: unit.rnglists_base,
        });
        Ok(())
    }

    fn abbreviations(
        &mut self,
        offset: gimli::DebugAbbrevOffset,
    ) -> Result<Arc<Abbreviations>, gimli::Error> {
        if let Some(known) = self.abbreviations.get(&offset.0) {
            return Ok(known.clone());
        }
        let parsed = Arc::new(self.dwarf.debug_abbrev.abbreviations(offset)?);
        self.abbreviations.insert(offset.0, parsed.clone());
        Ok(parsed)
    }
}

/// A unit with default bases and without line program: that one's section is not unpacked here.
pub(super) fn bare_unit<'a>(
    header: gimli::UnitHeader<Slice<'a>>,
    abbreviations: Arc<Abbreviations>,
) -> Unit<'a> {
    let encoding = header.encoding();
    let file = gimli::DwarfFileType::Main;
    Unit {
        abbreviations,
        name: None,
        comp_dir: None,
        low_pc: 0,
        str_offsets_base: gimli::DebugStrOffsetsBase::default_for_encoding_and_file(encoding, file),
        addr_base: gimli::DebugAddrBase(0),
        loclists_base: gimli::DebugLocListsBase::default_for_encoding_and_file(encoding, file),
        rnglists_base: gimli::DebugRngListsBase::default_for_encoding_and_file(encoding, file),
        line_program: None,
        dwo_id: None,
        header,
    }
}

/// Takes over the bases that the rest of the unit is read with; says whether the unit is Go.
fn read_bases<'a>(unit: &mut Unit<'a>, root: &Die<'a>) -> bool {
    use gimli::AttributeValue as Value;
    let mut is_go = false;
    for attribute in root.attrs() {
        match attribute.value() {
            Value::DebugStrOffsetsBase(base) => unit.str_offsets_base = base,
            Value::DebugAddrBase(base) => unit.addr_base = base,
            Value::DebugLocListsBase(base) => unit.loclists_base = base,
            Value::DebugRngListsBase(base) => unit.rnglists_base = base,
            Value::Language(language) => is_go = language == gimli::DW_LANG_Go,
            _ => {}
        }
    }
    is_go
}

/// The code that an entry covers, by `DW_AT_ranges`, or by low and high pc (absolute to Go 1.24, a
/// length from 1.25 on). At most `limit` ranges; damaged ones are left out.
pub(super) fn code_ranges<'a>(
    dwarf: &Dwarf<'a>,
    unit: &Unit<'a>,
    die: &Die<'a>,
    limit: usize,
) -> Vec<(u64, u64)> {
    if let Some(value) = die.attr_value(gimli::DW_AT_ranges) {
        let Ok(Some(mut list)) = dwarf.attr_ranges(unit, value) else {
            return Vec::new();
        };
        let mut ranges = Vec::new();
        while let Ok(Some(range)) = list.next() {
            if ranges.len() >= limit {
                break;
            }
            ranges.push((range.begin, range.end));
        }
        return ranges;
    }
    let address = |value| dwarf.attr_address(unit, value).ok().flatten();
    let Some(low) = die.attr_value(gimli::DW_AT_low_pc).and_then(address) else {
        return Vec::new();
    };
    let high = match die.attr_value(gimli::DW_AT_high_pc) {
        Some(gimli::AttributeValue::Udata(length)) => low.checked_add(length),
        Some(value) => address(value),
        None => None,
    };
    high.map_or_else(Vec::new, |high| vec![(low, high)])
}

/// Just behind the unit at `offset`; `None` when its length leads outside the section.
fn unit_end(section: &[u8], offset: usize) -> Option<usize> {
    let mut cursor = Cursor::at(section, offset);
    let length = match cursor.u32().ok()? {
        0xffff_ffff => cursor.u64().ok()?,
        0xffff_fff0.. => return None,
        length => u64::from(length),
    };
    let end = cursor.offset().checked_add(usize::try_from(length).ok()?)?;
    (end <= section.len() && length > 0).then_some(end)
}

/// The next place that can be a unit header: a version, address size and length that fit, and
/// another such header, or the end, behind it.
fn next_header(section: &[u8], from: usize) -> Option<usize> {
    let plausible = |offset: usize| -> Option<usize> {
        let end = unit_end(section, offset)?;
        let mut cursor = Cursor::at(section, offset);
        cursor.skip(4).ok()?;
        let address_size = match cursor.u16().ok()? {
            2..=4 => {
                cursor.skip(4).ok()?;
                cursor.u8().ok()?
            }
            5 => {
                cursor.skip(1).ok()?;
                cursor.u8().ok()?
            }
            _ => return None,
        };
        (address_size == 8).then_some(end)
    };
    let ends_well = |end: usize| end == section.len() || plausible(end).is_some();
    (from..section.len()).find(|offset| plausible(*offset).is_some_and(ends_well))
}
