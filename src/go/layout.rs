//! Where the runtime keeps its fields, for one version: `assets/go-layouts.toml`, resolved once.
//!
//! Callers ask by [`Field`]; a field that a version does not have is `None`, and that, not a
//! version number, is how they tell versions apart. Offsets measured from the binary's own debug
//! information can replace the table's. Knows no memory: [`super::View`] reads.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::GoError;
use super::fields::{Constant, Field};
use super::version::{GoVersion, Release};

const TABLE: &str = include_str!("../../assets/go-layouts.toml");

/// The offsets and constants of one version.
#[derive(Clone, Debug)]
pub struct Layout {
    offsets: Vec<Option<u32>>,
    constants: Vec<Option<u32>>,
    guessed: bool,
}

/// Offsets from elsewhere, by field.
pub type Overrides = FxHashMap<Field, u32>;

/// A run's value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
enum Entry {
    Is(u32),
    Gone(Gone),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Gone {
    Gone,
}

/// One row: since which release the value holds, in rising order.
type Row = Vec<(Release, Entry)>;

/// The file as it is written.
#[derive(Debug, Deserialize)]
struct File {
    measured: Vec<String>,
    #[serde(flatten)]
    structures: BTreeMap<String, BTreeMap<String, BTreeMap<String, Entry>>>,
}

/// The file, with versions as numbers.
#[derive(Debug)]
struct Table {
    measured: Vec<Release>,
    rows: FxHashMap<(String, String), Row>,
}

impl Layout {
    /// The layout of `version`; of the newest known release when it is newer or not known.
    pub fn for_version(version: Option<&GoVersion>) -> Result<Self, GoError> {
        let table = table()?;
        let measured = version.is_some_and(|version| {
            let known = |release: &Release| release.same_minor(version.release);
            table.measured.iter().any(known)
        });
        let oldest = table.measured.iter().min().copied();
        let newest = Release::new(u32::MAX, 0, 0);
        let release = version.map_or(newest, |version| version.release);
        let release = oldest.map_or(release, |oldest| release.max(oldest));
        let find = |structure: &str, name: &str| -> Option<u32> {
            let row = table.rows.get(&(structure.to_owned(), name.to_owned()))?;
            match row.iter().rev().find(|(since, _)| *since <= release)?.1 {
                Entry::Is(value) => Some(value),
                Entry::Gone(_) => None,
            }
        };
        Ok(Self {
            offsets: Field::ALL
                .iter()
                .map(|field| find(field.structure(), field.name()))
                .collect(),
            constants: Constant::ALL
                .iter()
                .map(|constant| find(constant.structure(), constant.name()))
                .collect(),
            guessed: !measured,
        })
    }

    /// The same layout with some offsets replaced, as debug information gives them.
    #[must_use]
    pub fn with_overrides(mut self, overrides: &Overrides) -> Self {
        for (&field, &offset) in overrides {
            if let Some(slot) = self.offsets.get_mut(field as usize) {
                *slot = Some(offset);
            }
        }
        self
    }

    /// Offset of `field` in bytes; for `size` fields the size of the structure.
    #[must_use]
    pub fn offset(&self, field: Field) -> Option<u32> {
        self.offsets.get(field as usize).copied().flatten()
    }

    /// Offset of `field`, or an error that names it.
    pub fn require(&self, field: Field) -> Result<u32, GoError> {
        self.offset(field).ok_or(GoError::NoField {
            structure: field.structure(),
            field: field.name(),
        })
    }

    #[must_use]
    pub fn constant(&self, constant: Constant) -> Option<u32> {
        self.constants.get(constant as usize).copied().flatten()
    }

    /// No measurement covers this version: the nearest one stands in.
    #[must_use]
    pub const fn is_guessed(&self) -> bool {
        self.guessed
    }
}

fn table() -> Result<&'static Table, GoError> {
    static PARSED: OnceLock<Result<Table, String>> = OnceLock::new();
    PARSED
        .get_or_init(|| Table::parse(TABLE))
        .as_ref()
        .map_err(|why| GoError::LayoutTable(why.clone()))
}

impl Table {
    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let release = |text: &str| Release::parse(text).ok_or_else(|| format!("no version: {text}"));
        let mut rows = FxHashMap::default();
        for (structure, fields) in file.structures {
            for (field, runs) in fields {
                let mut row = Vec::with_capacity(runs.len());
                for (since, entry) in runs {
                    row.push((release(&since)?, entry));
                }
                row.sort_by_key(|(since, _)| *since);
                rows.insert((structure.clone(), field), row);
            }
        }
        let mut measured = Vec::with_capacity(file.measured.len());
        for text in file.measured {
            measured.push(release(&text)?);
        }
        Ok(Self { measured, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(version: &str) -> Layout {
        Layout::for_version(GoVersion::parse(version).as_ref()).unwrap()
    }

    #[test]
    fn every_field_that_the_code_names_has_a_row_and_the_reverse() {
        let rows: Vec<_> = table().unwrap().rows.keys().cloned().collect();
        let named: Vec<_> = Field::ALL
            .iter()
            .map(|field| (field.structure(), field.name()))
            .chain(Constant::ALL.iter().map(|item| (item.structure(), item.name())))
            .map(|(structure, name)| (structure.to_owned(), name.to_owned()))
            .collect();
        for name in &named {
            assert!(rows.contains(name), "no row for {name:?}");
        }
        for row in &rows {
            assert!(named.contains(row), "row {row:?} is used by nothing");
        }
    }

    #[test]
    fn neighbouring_runs_differ() {
        for (name, row) in &table().unwrap().rows {
            for pair in row.windows(2) {
                assert_ne!(pair[0].1, pair[1].1, "{name:?}");
            }
        }
    }

    #[test]
    fn offsets_follow_the_version() {
        assert_eq!(layout("go1.22.10").offset(Field::GGoid), Some(152));
        assert_eq!(layout("go1.24.3").offset(Field::GGoid), Some(160));
        assert_eq!(layout("go1.19.8").offset(Field::GParentGoid), None);
        assert_eq!(layout("go1.26.1").offset(Field::PanicArgp), None);
    }

    #[test]
    fn an_unknown_version_takes_the_newest_row_and_says_so() {
        let newer = layout("devel go1.99-abc");
        assert!(newer.is_guessed());
        assert_eq!(
            newer.offset(Field::ModuledataNext),
            layout("go1.27.3").offset(Field::ModuledataNext)
        );
        assert!(!layout("go1.27.3").is_guessed());
        assert!(Layout::for_version(None).unwrap().is_guessed());
        assert!(layout("go1.18").is_guessed());
        assert_eq!(layout("go1.18").offset(Field::GGoid), Some(152));
    }

    #[test]
    fn debug_information_overrides_the_table() {
        let overrides = Overrides::from_iter([(Field::GGoid, 1000)]);
        let layout = layout("go1.27.3").with_overrides(&overrides);
        assert_eq!(layout.offset(Field::GGoid), Some(1000));
    }
}
