//! Functions as values: the code they run and what they carry with them.
//!
//! ```text
//!   func value -> closure | code | captured ... |
//! ```

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, damaged, inherit_state};
use super::scalars::unsupported;
use crate::base::{Addr, Cancelled};
use crate::model::{Value, ValueRef};
use crate::symbols::{Captured, Shape};

/// How the compiler calls the receiver of a method value.
const RECEIVER: &str = ".this";

impl Loader<'_> {
    /// A function: nil, or its name and the variables that it captured.
    pub(super) fn load_func(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        let closure = Addr(self.word(raw.object)?);
        if closure.is_null() {
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        let Some(go) = self.context.go else {
            value.summary = format::summary(value, Datum::Address(closure));
            unsupported(value, "the Go runtime was not found: its code is not known");
            return Ok(());
        };
        let code = match self.word(Object::Memory(closure)) {
            Ok(code) => Addr(code),
            Err(missing) => {
                value.summary = format::summary(value, Datum::Address(closure));
                damaged(value, &format!("its code: {}", missing.why));
                return Ok(());
            }
        };
        // Only the first instruction of a function is ever called.
        let function = go
            .code
            .find_func(code)
            .filter(|function| function.entry() == code);
        let Some(function) = function else {
            damaged(value, &format!("damaged: no Go function begins at {code}"));
            return Ok(());
        };
        let captured = self.captured_by(code);
        if self.may_descend_memory(raw.depth) {
            let page = captured
                .iter()
                .take(usize::try_from(self.page(u64::MAX)).unwrap_or(0));
            value.children = self.carried(closure, page, raw.depth.child());
        }
        value.more = (captured.len().saturating_sub(value.children.len())) as u64;
        if value.more > 0 {
            value.reference = Some(ValueRef::Closure {
                image: self.context.image,
                addr: closure,
            });
        }
        inherit_state(value);
        value.summary = format::summary(value, Datum::Func(function.name()));
        Ok(())
    }

    /// Captured variables `from..from + count` of a closure, and how many follow.
    pub(super) fn closure_page(
        &self,
        closure: Addr,
        from: u64,
        count: u64,
    ) -> Result<(Vec<Value>, u64), Cancelled> {
        let code = self.word(Object::Memory(closure)).unwrap_or(0);
        let captured = self.captured_by(Addr(code));
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let take = usize::try_from(count).unwrap_or(usize::MAX);
        let values = self.carried(closure, captured.iter().skip(skip).take(take), Depth::default());
        self.cancel.check()?;
        let shown = from.saturating_add(values.len() as u64);
        Ok((values, (captured.len() as u64).saturating_sub(shown)))
    }

    /// What closures of the code at `code` carry; nothing where the debug information is silent.
    fn captured_by(&self, code: Addr) -> Vec<Captured> {
        let entry = code.to_image(self.context.bias);
        self.context.info.captured_by(entry).unwrap_or_default()
    }

    fn carried<'c>(
        &self,
        closure: Addr,
        captured: impl Iterator<Item = &'c Captured>,
        depth: Depth,
    ) -> Vec<Value> {
        let captured = captured.take_while(|_| !self.cancel.is_cancelled());
        captured
            .map(|captured| {
                let object = Object::Memory(closure).at(captured.offset);
                let name = if captured.name == RECEIVER {
                    "receiver"
                } else {
                    &captured.name
                };
                if captured.by_reference {
                    self.referred(name, captured, object, depth)
                } else {
                    self.load(name, captured.ty, object, depth)
                }
            })
            .collect()
    }

    /// A variable of which the closure holds the address.
    fn referred(&self, name: &str, captured: &Captured, object: Object<'_>, depth: Depth) -> Value {
        let pointer = self.context.info.underlying(captured.ty).ok();
        let target = pointer.and_then(|pointer| match pointer.shape {
            Shape::Pointer { target } => target,
            _ => None,
        });
        match (target, self.word(object)) {
            (Some(target), Ok(addr)) => self.load(name, target, Object::Memory(Addr(addr)), depth),
            (None, Ok(_)) => {
                let missing = Missing::unreadable("its type is not described");
                self.missing(name, None, &missing)
            }
            (target, Err(missing)) => self.missing(name, target, &missing),
        }
    }
}
