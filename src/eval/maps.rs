//! Maps: the layout of the map's own type in the debug information, and its entries as values.
//!
//! The linker writes a representation for each map type. Its fields and those of what it points
//! at tell which of the runtime's two kinds of map it is, and where everything lies.
//!
//! ```text
//!   hash<K,V>   buckets -> bucket<K,V>  {tophash, keys [8]K, values [8]V, overflow}
//!   map<K,V>    dirPtr -> -> table<K,V> {groups {data -> group {ctrl, slots [8]{key, elem}}}}
//! ```

use std::sync::Arc;

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, damaged, inherit_state};
use super::scalars::unsupported;
use crate::base::{Addr, Cancelled};
use crate::go::{Buckets, GoError, MapEntry, MapLayout, Slots, Tables};
use crate::model::{Value, ValueRef, ValueState};
use crate::symbols::{DebugInfo, Field, Shape, Type, TypeRef};

/// A map type, as far as its entries need it.
struct MapType {
    layout: MapLayout,
    key: Stored,
    elem: Stored,
}

/// A type, and whether slots hold the address of its values: Go does so above 128 bytes.
#[derive(Clone, Copy)]
struct Stored {
    ty: TypeRef,
    is_indirect: bool,
}

impl Loader<'_> {
    /// A map: a pointer to the runtime's header, then a page of entries.
    pub(super) fn load_map(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        let addr = Addr(self.word(raw.object)?);
        if addr.is_null() {
            value.len = Some(0);
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        let Some(map) = map_type(self.context.info, &raw.ty) else {
            value.summary = format::summary(value, Datum::Address(addr));
            unsupported(value, "the debug information lays it out in a way not known here");
            return Ok(());
        };
        let header = match map.layout.header(self.context.memory, addr) {
            Ok(header) => header,
            Err(why) => {
                damaged(value, &why.to_string());
                return Ok(());
            }
        };
        value.len = Some(header.len);
        let mut ended = Ok(());
        if self.may_descend_memory(raw.depth) {
            let page = (0, self.page(header.len));
            (value.children, ended) = self.map_entries(&map, addr, page, raw.depth.child());
        }
        value.more = header.len.saturating_sub(value.children.len() as u64);
        if value.more > 0 {
            value.reference = Some(ValueRef::Map {
                image: self.context.image,
                type_id: raw.ty.id.0,
                addr,
            });
        }
        inherit_state(value);
        value.summary = format::summary(
            value,
            Datum::Map {
                being_written: header.being_written,
            },
        );
        let wanted = self.page(header.len);
        if let Some(why) = short(ended, value.children.len() as u64, wanted, header.len)
            && self.may_descend_memory(raw.depth)
        {
            value.more = 0;
            value.reference = None;
            value.state = ValueState::Partial;
            value.unreadable = Some(why);
        }
        Ok(())
    }

    /// Entries `from..from + count` of the map at `addr`, and how many follow.
    pub(super) fn map_page(
        &self,
        ty: TypeRef,
        addr: Addr,
        from: u64,
        count: u64,
    ) -> Result<(Vec<Value>, u64), Cancelled> {
        self.cancel.check()?;
        let info = self.context.info;
        let map = info.underlying(ty).ok().and_then(|ty| map_type(info, &ty));
        let Some(map) = map else {
            return Ok((Vec::new(), 0));
        };
        let Ok(header) = map.layout.header(self.context.memory, addr) else {
            return Ok((Vec::new(), 0));
        };
        let wanted = count.min(header.len.saturating_sub(from));
        let (mut values, ended) = self.map_entries(&map, addr, (from, wanted), Depth::default());
        self.cancel.check()?;
        let found = values.len() as u64;
        if let Some(why) = short(ended, found, wanted, header.len) {
            let why = Missing::unreadable(why);
            values.push(self.missing("", Some(map.elem.ty), &why));
            return Ok((values, 0));
        }
        let shown = from.saturating_add(found);
        Ok((values, header.len.saturating_sub(shown)))
    }

    /// Type and address of the element whose key `is_wanted` says yes to, of the map at `addr`.
    pub(super) fn find_entry(
        &self,
        ty: &Type,
        addr: Addr,
        is_wanted: &mut dyn FnMut(TypeRef, Addr) -> bool,
    ) -> Result<Option<(TypeRef, Addr)>, Missing> {
        /// Entries taken at once.
        const PAGE: u64 = 1 << 20;
        let unknown = || Missing::unreadable("the debug information lays it out in a way not known here");
        let map = map_type(self.context.info, ty).ok_or_else(unknown)?;
        let header = map.layout.header(self.context.memory, addr);
        let header = header.map_err(|why| Missing::unreadable(why.to_string()))?;
        let budget = (self.context.limits, self.cancel);
        let slot = |stored: Stored, slot: Addr| match stored.is_indirect {
            true => self.word(Object::Memory(slot)).map(Addr),
            false => Ok(slot),
        };
        let mut from = 0;
        while from < header.len && !self.cancel.is_cancelled() {
            let (entries, ended) = map
                .layout
                .entries(self.context.memory, addr, (from, PAGE), budget);
            for entry in &entries {
                if slot(map.key, entry.key).is_ok_and(|key| is_wanted(map.key.ty, key)) {
                    return Ok(Some((map.elem.ty, slot(map.elem, entry.elem)?)));
                }
            }
            ended.map_err(|why| Missing::unreadable(format!("not all of its entries can be read: {why}")))?;
            if entries.is_empty() {
                break;
            }
            from = from.saturating_add(entries.len() as u64);
        }
        Ok(None)
    }

    fn map_entries(
        &self,
        map: &MapType,
        addr: Addr,
        page: (u64, u64),
        depth: Depth,
    ) -> (Vec<Value>, Result<(), GoError>) {
        let budget = (self.context.limits, self.cancel);
        let (entries, ended) = map.layout.entries(self.context.memory, addr, page, budget);
        let entries = entries.iter().take_while(|_| self.may_go_on());
        (
            entries.map(|entry| self.pair(map, *entry, depth)).collect(),
            ended,
        )
    }

    /// An entry: the element, named by the text of its key.
    fn pair(&self, map: &MapType, entry: MapEntry, depth: Depth) -> Value {
        let key = self.stored("key", map.key, entry.key, depth);
        let mut pair = self.stored(&key.summary.plain(), map.elem, entry.elem, depth);
        if pair.state == ValueState::Ok && matches!(key.state, ValueState::Unreadable | ValueState::Partial) {
            pair.state = ValueState::Partial;
            pair.unreadable = key.unreadable.as_ref().map(|why| format!("its key: {why}"));
        }
        pair.key = Some(Box::new(key));
        pair
    }

    fn stored(&self, name: &str, stored: Stored, slot: Addr, depth: Depth) -> Value {
        if !stored.is_indirect {
            return self.load(name, stored.ty, Object::Memory(slot), depth);
        }
        match self.word(Object::Memory(slot)) {
            Ok(addr) => self.load(name, stored.ty, Object::Memory(Addr(addr)), depth),
            Err(missing) => self.missing(name, Some(stored.ty), &missing),
        }
    }
}

/// Why `found` entries are fewer than the `wanted` ones.
fn short(ended: Result<(), GoError>, found: u64, wanted: u64, len: u64) -> Option<String> {
    match ended {
        Err(why) => Some(format!("not all of its {len} entries can be read: {why}")),
        Ok(()) if found < wanted => Some(format!("damaged: it counts {len} entries and holds fewer")),
        Ok(()) => None,
    }
}

fn map_type(info: &DebugInfo, ty: &Type) -> Option<MapType> {
    let Shape::Map { repr, key, elem } = ty.shape else {
        return None;
    };
    let header = Fields::behind(info, repr)?;
    let (layout, key_slot, elem_slot) = match header.find("buckets") {
        Some(buckets) => classic(&header, &Fields::behind(info, buckets.ty)?)?,
        None => swiss(&header)?,
    };
    let stored = |ty, slot| {
        let is_indirect = info.size_of(ty)? != info.size_of(slot)?;
        (!is_indirect || info.size_of(slot) == Some(8)).then_some(Stored { ty, is_indirect })
    };
    Some(MapType {
        layout,
        key: stored(key, key_slot)?,
        elem: stored(elem, elem_slot)?,
    })
}

fn classic(header: &Fields<'_>, bucket: &Fields<'_>) -> Option<(MapLayout, TypeRef, TypeRef)> {
    let (keys, key) = bucket.array("keys")?;
    // The second names are those of the runtime's own descriptors.
    let (elems, elem) = bucket.array("values").or_else(|| bucket.array("elems"))?;
    let buckets = Buckets {
        count: header.offset("count")?,
        flags: header.offset("flags")?,
        exponent: header.offset("B")?,
        buckets: header.offset("buckets")?,
        old_buckets: header.offset("oldbuckets")?,
        tophash: bucket.offset("tophash").or_else(|| bucket.offset("topbits"))?,
        overflow: bucket.offset("overflow")?,
        size: bucket.ty.size?,
    };
    let slots = Slots {
        keys,
        key_stride: header.info.size_of(key)?,
        elems,
        elem_stride: header.info.size_of(elem)?,
    };
    Some((MapLayout::Classic(buckets, slots), key, elem))
}

fn swiss(header: &Fields<'_>) -> Option<(MapLayout, TypeRef, TypeRef)> {
    let info = header.info;
    let table = Fields::behind(info, pointee(info, header.find("dirPtr")?.ty)?)?;
    let reference = table.find("groups")?;
    let groups = Fields::of(info, reference.ty)?;
    let group = Fields::behind(info, groups.find("data")?.ty)?;
    let (slots, key, elem) = group.slots()?;
    let tables = Tables {
        used: header.offset("used")?,
        directory: header.offset("dirPtr")?,
        directory_len: header.offset("dirLen")?,
        global_depth: header.offset("globalDepth")?,
        writing: header.offset("writing")?,
        local_depth: table.offset("localDepth")?,
        groups: reference.offset.checked_add(groups.offset("data")?)?,
        length_mask: reference.offset.checked_add(groups.offset("lengthMask")?)?,
        control: group.offset("ctrl")?,
        group_size: group.ty.size?,
    };
    Some((MapLayout::Swiss(tables, slots), key, elem))
}

/// A struct whose fields are asked for by name.
struct Fields<'a> {
    info: &'a DebugInfo,
    ty: Arc<Type>,
}

impl<'a> Fields<'a> {
    fn of(info: &'a DebugInfo, ty: TypeRef) -> Option<Self> {
        let ty = info.underlying(ty).ok()?;
        matches!(ty.shape, Shape::Struct { .. }).then_some(Self { info, ty })
    }

    /// The struct that a pointer type points to.
    fn behind(info: &'a DebugInfo, pointer: TypeRef) -> Option<Self> {
        Self::of(info, pointee(info, pointer)?)
    }

    fn find(&self, name: &str) -> Option<&Field> {
        let Shape::Struct { fields } = &self.ty.shape else {
            return None;
        };
        fields.iter().find(|field| &*field.name == name)
    }

    fn offset(&self, name: &str) -> Option<u64> {
        self.find(name).map(|field| field.offset)
    }

    /// Offset and element type of a field that is an array.
    fn array(&self, name: &str) -> Option<(u64, TypeRef)> {
        let field = self.find(name)?;
        match self.info.underlying(field.ty).ok()?.shape {
            Shape::Array { elem, .. } => Some((field.offset, elem)),
            _ => None,
        }
    }

    /// Slots of a group: pairs, or, in the experiment `mapsplitgroup`, two arrays.
    fn slots(&self) -> Option<(Slots, TypeRef, TypeRef)> {
        if let Some((offset, pair)) = self.array("slots") {
            let stride = self.info.size_of(pair)?;
            let pair = Self::of(self.info, pair)?;
            let (key, elem) = (pair.find("key")?, pair.find("elem")?);
            let slots = Slots {
                keys: offset.checked_add(key.offset)?,
                key_stride: stride,
                elems: offset.checked_add(elem.offset)?,
                elem_stride: stride,
            };
            return Some((slots, key.ty, elem.ty));
        }
        let (keys, key) = self.array("keys")?;
        let (elems, elem) = self.array("elems")?;
        let slots = Slots {
            keys,
            key_stride: self.info.size_of(key)?,
            elems,
            elem_stride: self.info.size_of(elem)?,
        };
        Some((slots, key, elem))
    }
}

fn pointee(info: &DebugInfo, pointer: TypeRef) -> Option<TypeRef> {
    match info.underlying(pointer).ok()?.shape {
        Shape::Pointer { target } => target,
        _ => None,
    }
}
