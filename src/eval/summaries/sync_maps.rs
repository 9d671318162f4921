//! `sync.Map`: how many entries it has.
//!
//! ```text
//!   to 1.23     read -> {m map[any]*entry, amended}   dirty map[any]*entry, with all, once amended
//!   since 1.24  m {root -> indirect {children [16] -> indirect or entry {overflow -> entry}}}
//! ```

use super::part::Part;
use super::table::Reader;
use super::words::said;
use crate::model::{Role, Runs};
use crate::symbols::Shape;

pub(super) const READERS: &[(&str, Reader)] = &[
    ("sync.Map", |part| match part.field("m") {
        Some(trie) => hash_trie(part, &trie),
        None => two_maps(part),
    }),
    ("internal/sync.HashTrieMap", |part| hash_trie(part, part)),
];

/// Nodes of a trie visited for its count.
const NODES: usize = 4096;
/// Children of a table: 16 in Go 1.24 to 1.27.
const SLOTS: u64 = 64;

/// Entries stay in the maps for a while after they were deleted, which only each entry itself tells.
fn two_maps(part: &Part<'_>) -> Option<Runs> {
    let read = part.field("read")?.atomic_pointee()?;
    let len = |map: Part<'_>| match map.word()? {
        0 => Some(0),
        _ => map.loader.load("", map.id, map.object, map.depth).len,
    };
    let known = match &read {
        Some(read) => len(read.field("m")?)?,
        None => 0,
    };
    let is_amended = match &read {
        Some(read) => read.field("amended")?.uint()? != 0,
        None => false,
    };
    let count = if is_amended {
        len(part.field("dirty")?)?
    } else {
        known
    };
    Some(said(
        part,
        format!("{}, deleted ones included", entries(count)),
        Role::Number,
    ))
}

/// Counts the leaves. Entries of equal hashes hang behind one leaf; that there are such is told by the
/// word behind the leaf's header, since no type here leads to the entry's own.
fn hash_trie(part: &Part<'_>, trie: &Part<'_>) -> Option<Runs> {
    let Some(root) = trie.field("root")?.atomic_pointee()? else {
        return Some(said(part, "0 entries", Role::Number));
    };
    let indirect = root.id;
    let mut tables = vec![root];
    let (mut count, mut visited, mut is_least) = (0_u64, 0, false);
    while let Some(table) = tables.pop() {
        for child in children(&table)? {
            visited += 1;
            if child.field("isEntry")?.uint()? == 0 {
                tables.push(child.other(indirect, child.object)?);
            } else {
                count = count.saturating_add(1);
                let header = child.ty.size?.next_multiple_of(8);
                is_least |= part.loader.word(child.object.at(header)).ok()? != 0;
            }
        }
        if visited > NODES {
            is_least = true;
            break;
        }
    }
    let least = if is_least { "at least " } else { "" };
    Some(said(part, format!("{least}{}", entries(count)), Role::Number))
}

/// The children of a table that are not nil.
fn children<'p>(table: &Part<'p>) -> Option<Vec<Part<'p>>> {
    let slots = table.field("children")?;
    let Shape::Array { elem, count } = slots.ty.shape else {
        return None;
    };
    let stride = slots.loader.context().info.size_of(elem)?;
    let mut children = Vec::new();
    for slot in 0..count.min(SLOTS) {
        let child = slots.other(elem, slots.object.at(slot.checked_mul(stride)?))?;
        children.extend(child.atomic_pointee()?);
    }
    Some(children)
}

fn entries(count: u64) -> String {
    let word = if count == 1 { "entry" } else { "entries" };
    format!("{count} {word}")
}
