//! Checks every row of the layout table against the debug information of real builds.
//!
//! Builds a small program with each Go toolchain at hand, reads where its runtime keeps every field
//! from DWARF, and compares. A new Go release shows up here as a row that differs.
//! `TINYDBG_GO_VERSIONS` names more toolchains than are tried by default.

#![expect(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::HashMap;
use std::path::Path;

use gimli::{AttributeValue, EndianSlice, LittleEndian, UnitOffset};
use object::{Object, ObjectSection};
use tinydbg_tui::go::{Field, GoVersion, Layout};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// Structures by name, as the debug information describes them.
#[derive(Default)]
struct Structures {
    by_name: HashMap<String, Structure>,
}

#[derive(Clone, Default)]
struct Structure {
    size: u64,
    /// Dotted paths, three levels deep.
    members: HashMap<String, u64>,
}

impl Structures {
    fn read(file: &Path) -> Self {
        let data = std::fs::read(file).unwrap();
        let object = object::File::parse(&*data).unwrap();
        let sections: HashMap<&str, Vec<u8>> = [
            ".debug_abbrev",
            ".debug_addr",
            ".debug_info",
            ".debug_line",
            ".debug_str",
            ".debug_line_str",
            ".debug_str_offsets",
            ".debug_ranges",
            ".debug_rnglists",
        ]
        .into_iter()
        .map(|name| {
            let section = object.section_by_name(name);
            let bytes = section.map(|section| section.uncompressed_data().unwrap().into_owned());
            (name, bytes.unwrap_or_default())
        })
        .collect();
        let load = |id: gimli::SectionId| -> Result<Slice<'_>, gimli::Error> {
            let bytes = sections.get(id.name()).map_or(&[][..], Vec::as_slice);
            Ok(EndianSlice::new(bytes, LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(load).unwrap();
        let mut structures = Self::default();
        let mut units = dwarf.units();
        while let Some(header) = units.next().unwrap() {
            structures.take_unit(&dwarf, &dwarf.unit(header).unwrap());
        }
        structures
    }

    fn take_unit<'a>(&mut self, dwarf: &gimli::Dwarf<Slice<'a>>, unit: &gimli::Unit<Slice<'a>>) {
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs().unwrap() {
            if entry.tag() != gimli::DW_TAG_structure_type {
                continue;
            }
            let Some(name) =
                text(dwarf, unit, entry).and_then(|name| name.strip_prefix("runtime.").map(str::to_owned))
            else {
                continue;
            };
            let size = entry
                .attr_value(gimli::DW_AT_byte_size)
                .and_then(|size| size.udata_value());
            let mut structure = Structure {
                size: size.unwrap_or(0),
                ..Structure::default()
            };
            flatten(dwarf, unit, (entry.offset(), "", 0), &mut structure.members);
            self.by_name.insert(name, structure);
        }
    }

    /// What the table should say; `None` when the runtime has no such field.
    fn offset(&self, field: Field) -> Option<u64> {
        let structure = self.by_name.get(field.structure())?;
        if field.name() == "size" {
            return Some(structure.size);
        }
        // Pairs {vp, vu}: the table points at vu.
        let inside = format!("{}.", field.name());
        let is_pair = |name: &&String| name.starts_with(&inside) && name.ends_with(".vu");
        let pair = structure.members.keys().find(is_pair);
        structure
            .members
            .get(pair.map_or(field.name(), String::as_str))
            .copied()
    }
}

fn text<'a>(
    dwarf: &gimli::Dwarf<Slice<'a>>,
    unit: &gimli::Unit<Slice<'a>>,
    entry: &gimli::DebuggingInformationEntry<Slice<'a>>,
) -> Option<String> {
    let value = entry.attr_value(gimli::DW_AT_name)?;
    Some(
        dwarf
            .attr_string(unit, value)
            .ok()?
            .to_string_lossy()
            .into_owned(),
    )
}

/// Adds the members of the structure at `from.0`, whose path is `from.1` and offset `from.2`.
fn flatten<'a>(
    dwarf: &gimli::Dwarf<Slice<'a>>,
    unit: &gimli::Unit<Slice<'a>>,
    from: (UnitOffset, &str, u64),
    found: &mut HashMap<String, u64>,
) {
    let (at, path, base) = from;
    for (name, offset, kind) in members(dwarf, unit, at) {
        let path = if path.is_empty() {
            name
        } else {
            format!("{path}.{name}")
        };
        if let Some(kind) = kind
            && path.matches('.').count() < 2
        {
            flatten(dwarf, unit, (kind, &path, base + offset), found);
        }
        found.insert(path, base + offset);
    }
}

/// Members of the structure at `at`: name, offset, and the structure they are, if they are one.
fn members<'a>(
    dwarf: &gimli::Dwarf<Slice<'a>>,
    unit: &gimli::Unit<Slice<'a>>,
    at: UnitOffset,
) -> Vec<(String, u64, Option<UnitOffset>)> {
    let mut found = Vec::new();
    let mut tree = unit.entries_tree(Some(at)).unwrap();
    let mut children = tree.root().unwrap().children();
    while let Some(child) = children.next().unwrap() {
        let entry = child.entry();
        if entry.tag() != gimli::DW_TAG_member {
            continue;
        }
        let name = text(dwarf, unit, entry).unwrap_or_default();
        let offset = entry
            .attr_value(gimli::DW_AT_data_member_location)
            .and_then(|value| value.udata_value());
        found.push((name, offset.unwrap_or(0), type_of(unit, entry)));
    }
    found
}

fn type_of<'a>(
    unit: &gimli::Unit<Slice<'a>>,
    entry: &gimli::DebuggingInformationEntry<Slice<'a>>,
) -> Option<UnitOffset> {
    let mut at = match entry.attr_value(gimli::DW_AT_type)? {
        AttributeValue::UnitRef(at) => at,
        AttributeValue::DebugInfoRef(at) => at.to_unit_offset(&unit.header)?,
        _ => return None,
    };
    loop {
        let entry = unit.entry(at).ok()?;
        match (entry.tag(), entry.attr_value(gimli::DW_AT_type)) {
            (gimli::DW_TAG_structure_type, _) => return Some(at),
            (gimli::DW_TAG_typedef, Some(AttributeValue::UnitRef(next))) => at = next,
            (gimli::DW_TAG_typedef, Some(AttributeValue::DebugInfoRef(next))) => {
                at = next.to_unit_offset(&unit.header)?;
            }
            _ => return None,
        }
    }
}

#[test]
fn every_offset_equals_what_the_compiler_recorded() {
    let mut wrong = Vec::new();
    for toolchain in common::go::toolchains() {
        let structures = Structures::read(&common::go::Build::of("layouts").with(toolchain).exe());
        let version = GoVersion::parse(&toolchain.version);
        let layout = Layout::for_version(version.as_ref()).unwrap();
        for &field in Field::ALL {
            let (table, dwarf) = (layout.offset(field).map(u64::from), structures.offset(field));
            if table != dwarf {
                wrong.push(format!(
                    "{} {}.{}: table {table:?}, debug information {dwarf:?}",
                    toolchain.version,
                    field.structure(),
                    field.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
