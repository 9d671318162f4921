//! Types by name, and the pointer types that the debug information describes.
//!
//! One walk over the types, on first use. A name is kept as its place in the sections, not as a copy:
//! a large service has a hundred thousand types with names of hundreds of bytes.

use std::borrow::Cow;

use gimli::SectionId;

use super::dies::{go_attr, type_of};
use super::dwarf::DebugInfo;
use super::globals::top_level;
use super::runtime_types::{HOME, is_type};
use super::type_words::{Fit, fit, spelling_hash, without_quotes};
use super::types::{TypeRef, unescape_path};
use crate::base::{CancelToken, Cancelled, Pattern, map_chunks};

/// Names that are worth the help of another thread.
const PER_THREAD: usize = 8192;

/// All named types.
#[derive(Debug, Default)]
pub(super) struct TypeNameIndex {
    /// Sorted by name.
    names: Vec<TypeName>,
    /// Hash of the spelling, index in `names`; sorted.
    spellings: Vec<(u64, u32)>,
    /// Target, pointer; sorted.
    pointers: Vec<(u64, u64)>,
    /// Go describes a named type twice: what it is made of, and a plain name for that, which all
    /// others refer to. (The former, the latter); sorted.
    outer: Vec<(u64, u64)>,
    /// Names that the sections do not hold as they are shown.
    own: String,
}

#[derive(Clone, Copy, Debug)]
struct TypeName {
    /// Of the type's entry.
    entry: u64,
    at: NameAt,
}

/// Where the text of a name is.
#[derive(Clone, Copy, Debug)]
struct NameAt {
    place: Place,
    start: usize,
    len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Section(SectionId),
    Own,
}

/// The sections that hold names.
const NAMED_IN: [SectionId; 3] = [SectionId::DebugInfo, SectionId::DebugStr, SectionId::DebugLineStr];

impl DebugInfo {
    /// The types that `name` means: those of that very name, or else those of which it is the name
    /// without the first elements of import paths (`map[string]*http.Server`). White space does not
    /// matter, and `any`, `byte` and `rune` are the types they stand for.
    pub fn types_named(&self, name: &str, cancel: &CancelToken) -> Result<Vec<TypeRef>, Cancelled> {
        let index = self.type_index(cancel)?;
        let name = without_quotes(name);
        let hash = spelling_hash(&name);
        let first = index.spellings.partition_point(|(other, _)| *other < hash);
        let same = index
            .spellings
            .iter()
            .skip(first)
            .take_while(|(other, _)| *other == hash);
        let mut found: Vec<(Fit, u64)> = same
            .filter_map(|(_, at)| {
                let candidate = index.names.get(usize::try_from(*at).ok()?)?;
                let fit = fit(&name, self.type_name_text(index, candidate.at))?;
                Some((fit, candidate.entry))
            })
            .collect();
        let best = found.iter().map(|(fit, _)| *fit).min();
        found.retain(|(fit, _)| Some(*fit) == best);
        // C has an `int` as well.
        let is_go = |entry: u64| {
            let unit = self.units.at_offset(entry);
            unit.and_then(|unit| self.units.units.get(unit))
                .is_some_and(|unit| unit.is_go)
        };
        if found.iter().any(|(_, entry)| is_go(*entry)) {
            found.retain(|(_, entry)| is_go(*entry));
        }
        if found.is_empty() {
            return Ok(self.made_types_named(|other| fit(&name, other).is_some()));
        }
        Ok(found.into_iter().map(|(_, entry)| TypeRef(entry)).collect())
    }

    /// Full names of the types that `filter` fits, sorted, each once.
    pub fn type_names(&self, filter: &Pattern, cancel: &CancelToken) -> Result<Vec<&str>, Cancelled> {
        let index = self.type_index(cancel)?;
        let mut names = map_chunks(&index.names, PER_THREAD, |part| {
            let names = part.iter().map(|name| self.type_name_text(index, name.at));
            names.filter(|name| filter.fits(name)).collect()
        });
        cancel.check()?;
        names.dedup();
        Ok(names)
    }

    /// The type of pointers to `target`, where the program has one.
    #[must_use]
    pub fn pointer_to(&self, target: TypeRef) -> Option<TypeRef> {
        let index = self.type_index(&CancelToken::new()).ok()?;
        let to = |target: u64| find(&index.pointers, target);
        let outer = || find(&index.outer, target.0).and_then(to);
        to(target.0).or_else(outer).map(TypeRef)
    }

    fn type_index(&self, cancel: &CancelToken) -> Result<&TypeNameIndex, Cancelled> {
        if let Some(index) = self.type_names.get() {
            return Ok(index);
        }
        let index = self.index_type_names(cancel)?;
        Ok(self.type_names.get_or_init(|| index))
    }

    /// Text of a name; empty where the place is none, which only another index's can be.
    fn type_name_text<'a>(&'a self, index: &'a TypeNameIndex, at: NameAt) -> &'a str {
        let end = at.start.saturating_add(at.len as usize);
        match at.place {
            Place::Own => index.own.get(at.start..end).unwrap_or_default(),
            Place::Section(id) => {
                let bytes = self.section(id).get(at.start..end).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or_default()
            }
        }
    }

    fn index_type_names(&self, cancel: &CancelToken) -> Result<TypeNameIndex, Cancelled> {
        let mut index = TypeNameIndex::default();
        let units = || self.units.units.iter().enumerate();
        // Go's linker puts the types of all packages into one unit; each C unit has its own.
        for (at, _) in units().filter(|(_, unit)| !unit.is_go || unit.name == HOME) {
            cancel.check()?;
            self.collect_type_names(at, &mut index);
        }
        if index.names.is_empty() {
            for (at, _) in units() {
                cancel.check()?;
                self.collect_type_names(at, &mut index);
            }
        }
        cancel.check()?;
        self.sort_type_names(&mut index);
        Ok(index)
    }

    fn collect_type_names(&self, unit: usize, index: &mut TypeNameIndex) {
        let dies = self.dies();
        let Ok(unit) = dies.unit(unit) else { return };
        // A damaged unit keeps what stands before the damage.
        let _ = top_level(&unit, &is_type, &mut |die| {
            let Some(offset) = die.offset.to_debug_info_offset(&unit.header) else {
                return;
            };
            let entry = offset.0 as u64;
            if die.tag == gimli::DW_TAG_pointer_type
                && let Some(target) = type_of(&unit, die)
            {
                index.pointers.push((target, entry));
            }
            if die.tag == gimli::DW_TAG_typedef
                && !die.has_attr(go_attr::KIND)
                && let Some(inner) = type_of(&unit, die)
            {
                index.outer.push((inner, entry));
            }
            let name = die.attr_value(gimli::DW_AT_name);
            let name = name.and_then(|value| dies.dwarf.attr_string(&unit, value).ok());
            if let Some(at) = name.and_then(|name| self.place_of(name.slice(), &mut index.own)) {
                index.names.push(TypeName { entry, at });
            }
        });
    }

    /// Where a name lies that was read from one of the sections.
    fn place_of(&self, name: &[u8], own: &mut String) -> Option<NameAt> {
        let is_plain = std::str::from_utf8(name).is_ok() && !name.contains(&b'%');
        let within = |id: &SectionId| {
            let start = name
                .as_ptr()
                .addr()
                .checked_sub(self.section(*id).as_ptr().addr())?;
            let here = self.section(*id).get(start..start.checked_add(name.len())?)?;
            (here.as_ptr() == name.as_ptr()).then_some((*id, start))
        };
        if is_plain && let Some((id, start)) = NAMED_IN.iter().find_map(within) {
            return Some(NameAt {
                place: Place::Section(id),
                start,
                len: u32::try_from(name.len()).ok()?,
            });
        }
        let name: Cow<'_, str> = String::from_utf8_lossy(name);
        let name = unescape_path(&name);
        let start = own.len();
        own.push_str(&name);
        Some(NameAt {
            place: Place::Own,
            start,
            len: u32::try_from(name.len()).ok()?,
        })
    }

    fn sort_type_names(&self, index: &mut TypeNameIndex) {
        let mut names = std::mem::take(&mut index.names);
        names.retain(|name| name.at.len > 0);
        names.sort_by(|a, b| {
            let text = |name: &TypeName| self.type_name_text(index, name.at);
            text(a).cmp(text(b)).then(a.entry.cmp(&b.entry))
        });
        index.outer.sort_unstable();
        let mut inner: Vec<u64> = Vec::new();
        for same in
            names.chunk_by(|a, b| self.type_name_text(index, a.at) == self.type_name_text(index, b.at))
        {
            let is_here = |entry: u64| same.iter().any(|name| name.entry == entry);
            let made = same.iter().map(|name| name.entry);
            inner.extend(made.filter(|entry| find(&index.outer, *entry).is_some_and(is_here)));
        }
        inner.sort_unstable();
        names.retain(|name| inner.binary_search(&name.entry).is_err());
        let hashes = map_chunks(&names, PER_THREAD, |part| {
            let hash = |name: &TypeName| spelling_hash(self.type_name_text(index, name.at));
            part.iter().map(hash).collect()
        });
        index.spellings = hashes.into_iter().zip(0..=u32::MAX).collect();
        index.spellings.sort_unstable();
        index.pointers.sort_unstable();
        index.names = names;
    }
}

/// What belongs to `key` in a sorted list.
fn find(pairs: &[(u64, u64)], key: u64) -> Option<u64> {
    let at = pairs.partition_point(|(other, _)| *other < key);
    let (found, value) = pairs.get(at)?;
    (*found == key).then_some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::synth::Synth;

    /// Two types of one short name, a map, a pointer, a path with an escape.
    fn program() -> (DebugInfo, Vec<TypeRef>) {
        let mut synth = Synth::new();
        synth.end_unit();
        synth.begin_unit("runtime", 0x3000..0x4000);
        let int = synth.base("int", 5, 8);
        let server = synth.structure("net/http.Server", (8, 25), &[("n", int, 0)], None);
        let other = synth.structure("example.com/http.Server", (8, 25), &[("n", int, 0)], None);
        let pointer = synth.pointer("*net/http.Server", server);
        let map = synth.kind("map[string]interface {}", 21, pointer);
        let yaml = synth.typedef("gopkg.in/yaml%2ev3.Node", int);
        (synth.finish(), vec![int, server, other, pointer, map, yaml])
    }

    fn named(info: &DebugInfo, name: &str) -> Vec<TypeRef> {
        info.types_named(name, &CancelToken::new()).unwrap()
    }

    #[test]
    fn a_full_name_means_one_type_and_a_short_one_all_that_fit() {
        let (info, types) = program();
        assert_eq!(named(&info, "net/http.Server"), [types[1]]);
        assert_eq!(named(&info, "http.Server"), [types[2], types[1]]);
        assert_eq!(named(&info, "* http.Server"), [types[3]]);
        assert_eq!(named(&info, "*\"net/http\".Server"), [types[3]]);
        assert_eq!(named(&info, "map[string]any"), [types[4]]);
        assert_eq!(named(&info, "yaml.v3.Node"), [types[5]]);
        assert!(named(&info, "Server").is_empty());
    }

    #[test]
    fn names_are_listed_sorted_as_people_read_them() {
        let (info, _) = program();
        let listed = |filter: &str| {
            let filter = Pattern::parse(filter).unwrap();
            info.type_names(&filter, &CancelToken::new()).unwrap()
        };
        assert_eq!(listed("").len(), 6);
        assert_eq!(
            listed("^[a-g]"),
            ["example.com/http.Server", "gopkg.in/yaml.v3.Node"]
        );
    }

    #[test]
    fn pointers_are_found_by_what_they_point_to() {
        let (info, types) = program();
        assert_eq!(info.pointer_to(types[1]), Some(types[3]));
        assert_eq!(info.pointer_to(types[2]), None);
    }

    #[test]
    fn a_type_and_its_plain_name_are_one() {
        let mut synth = Synth::new();
        let int = synth.base("int", 5, 8);
        let inner = synth.structure("main.T", (8, 25), &[("n", int, 0)], None);
        let outer = synth.typedef("main.T", inner);
        let pointer = synth.pointer("*main.T", outer);
        let info = synth.finish();
        assert_eq!(named(&info, "main.T"), [outer]);
        assert_eq!(info.pointer_to(outer), Some(pointer));
        assert_eq!(info.pointer_to(inner), Some(pointer));
    }

    #[test]
    fn a_cancelled_index_is_made_anew() {
        let (info, types) = program();
        let cancel = CancelToken::new();
        cancel.cancel();
        assert!(info.types_named("int", &cancel).is_err());
        assert_eq!(named(&info, "int"), [types[0]]);
    }
}
