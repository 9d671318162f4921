//! Channels: the elements of the buffer in the order in which they will be received.

use std::ops::Range;

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, damaged, inherit_state};
use super::scalars::unsupported;
use crate::base::{Addr, Cancelled};
use crate::go::Channel;
use crate::model::{Value, ValueRef};
use crate::symbols::{Shape, TypeRef};

impl Loader<'_> {
    /// A channel: a pointer to the runtime's header, then a page of what is buffered.
    pub(super) fn load_channel(
        &self,
        value: &mut Value,
        raw: &Raw<'_>,
        elem: TypeRef,
    ) -> Result<(), Missing> {
        let addr = Addr(self.word(raw.object)?);
        if addr.is_null() {
            (value.len, value.cap) = (Some(0), Some(0));
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        let Some(go) = self.context.go else {
            value.summary = format::summary(value, Datum::Address(addr));
            unsupported(value, "the Go runtime was not found: what it holds is not known");
            return Ok(());
        };
        let channel = match go.read_channel(self.context.memory, addr, self.context.limits) {
            Ok(channel) => channel,
            Err(why) => {
                damaged(value, &why.to_string());
                return Ok(());
            }
        };
        (value.len, value.cap) = (Some(channel.len), Some(channel.cap));
        if self.context.info.size_of(elem) != Some(channel.elem_size) {
            damaged(
                value,
                "damaged: the size of its elements is not that of their type",
            );
            return Ok(());
        }
        if self.may_descend_memory(raw.depth) {
            let page = 0..self.page(channel.len);
            value.children = self.buffered(&channel, elem, page, raw.depth.child());
        }
        value.more = channel.len.saturating_sub(value.children.len() as u64);
        if value.more > 0 {
            value.reference = Some(ValueRef::Chan {
                image: self.context.image,
                type_id: raw.ty.id.0,
                addr,
            });
        }
        inherit_state(value);
        value.summary = format::summary(value, Datum::Chan(&channel));
        Ok(())
    }

    /// Elements `from..from + count` of the buffer of the channel at `addr`, and how many follow.
    pub(super) fn channel_page(
        &self,
        ty: TypeRef,
        addr: Addr,
        from: u64,
        count: u64,
    ) -> Result<(Vec<Value>, u64), Cancelled> {
        let context = self.context;
        let shape = context.info.underlying(ty).map(|ty| ty.shape.clone());
        let (Ok(Shape::Chan { elem, .. }), Some(go)) = (shape, context.go) else {
            return Ok((Vec::new(), 0));
        };
        let Ok(channel) = go.read_channel(context.memory, addr, context.limits) else {
            return Ok((Vec::new(), 0));
        };
        let end = from.saturating_add(count).min(channel.len);
        let values = self.buffered(&channel, elem, from..end, Depth::default());
        self.cancel.check()?;
        let shown = from.saturating_add(values.len() as u64);
        Ok((values, channel.len.saturating_sub(shown)))
    }

    fn buffered(&self, channel: &Channel, elem: TypeRef, range: Range<u64>, depth: Depth) -> Vec<Value> {
        self.indexed(elem, range, depth, |index| {
            channel.element(index).map(Object::Memory)
        })
    }
}
