//! Channels: the elements of the buffer in the order in which they will be received, then who waits.
//!
//! ```text
//!   children   [0] [1] ...  goroutine 18 sends, ...  goroutine 19 receives, ...
//!              len          what it sends            `waiting`
//! ```

use std::ops::Range;

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, blank, damaged, inherit_state};
use super::scalars::unsupported;
use crate::base::{Addr, Cancelled};
use crate::go::{Channel, Waiter};
use crate::model::{Role, Runs, Value, ValueRef, VariableRole};
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
        inherit_state(value);
        value.summary = format::summary(value, Datum::Chan(&channel));
        if value.more == 0 && self.may_descend_memory(raw.depth) {
            let page = 0..self.page(channel.waiters());
            let waiting = self.waiting(&channel, elem, page, raw.depth.child());
            value.children.extend(waiting);
        }
        value.more = channel.children().saturating_sub(value.children.len() as u64);
        if value.more > 0 {
            value.reference = Some(ValueRef::Chan {
                image: self.context.image,
                type_id: raw.ty.id.0,
                addr,
            });
        }
        Ok(())
    }

    /// Children `from..from + count` of the channel at `addr`, and how many follow.
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
        let end = from.saturating_add(count).min(channel.children());
        let depth = Depth::default();
        let mut values = self.buffered(&channel, elem, from..end.min(channel.len), depth);
        let waiting = from.saturating_sub(channel.len)..end.saturating_sub(channel.len);
        values.extend(self.waiting(&channel, elem, waiting, depth));
        self.cancel.check()?;
        let shown = from.saturating_add(values.len() as u64);
        Ok((values, channel.children().saturating_sub(shown)))
    }

    fn buffered(&self, channel: &Channel, elem: TypeRef, range: Range<u64>, depth: Depth) -> Vec<Value> {
        self.indexed(elem, range, depth, |index| {
            channel.element(index).map(Object::Memory)
        })
    }

    /// Senders and what they send, then receivers, which have nothing yet.
    fn waiting(&self, channel: &Channel, elem: TypeRef, range: Range<u64>, depth: Depth) -> Vec<Value> {
        let senders = channel.senders.waiting.iter().map(|waiter| (waiter, true));
        let receivers = channel.receivers.waiting.iter().map(|waiter| (waiter, false));
        let (from, count) = (range.start, range.end.saturating_sub(range.start));
        let most = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let page = senders.chain(receivers).skip(most(from)).take(most(count));
        let page = page.take_while(|_| self.may_go_on());
        page.map(|(waiter, sends)| match waiter.element.filter(|_| sends) {
            Some(addr) => {
                let name = format!("goroutine {} sends", waiter.goroutine);
                self.load(&name, elem, Object::Memory(addr), depth)
            }
            None => self.receiver(waiter, sends),
        })
        .collect()
    }

    /// A goroutine of which nothing but its waiting is known.
    fn receiver(&self, waiter: &Waiter, sends: bool) -> Value {
        self.pay();
        let what = if sends { "sends" } else { "receives" };
        let mut value = blank(
            &format!("goroutine {} {what}", waiter.goroutine),
            VariableRole::Child,
        );
        value.summary = Runs::of("waiting", Role::Dim);
        value
    }
}
