//! Interfaces: the dynamic type by the runtime's descriptor, and the value of that type.
//!
//! ```text
//!   any    | descriptor | data |      error  | itab | data |
//!                                               +8 descriptor
//!   data: the value itself where it is one pointer, else its address
//! ```

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Loader, Raw, damaged, inherit_state};
use super::scalars::unsupported;
use crate::base::Addr;
use crate::go::{GoError, GoRuntime, RuntimeType};
use crate::model::Value;
use crate::symbols::{Shape, TypeRef};

impl Loader<'_> {
    /// An interface: nil, or one child that has the dynamic type, named like a type assertion.
    ///
    /// The child costs no level: a dynamic type is never an interface, so this does not nest.
    pub(super) fn load_interface(
        &self,
        value: &mut Value,
        raw: &Raw<'_>,
        repr: TypeRef,
    ) -> Result<(), Missing> {
        let first = self.word(raw.object)?;
        if first == 0 {
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        let Some(go) = self.context.go else {
            value.summary = format::summary(value, Datum::Address(Addr(first)));
            unsupported(
                value,
                "the Go runtime was not found: its dynamic type is not known",
            );
            return Ok(());
        };
        let dynamic = match self.dynamic_type(go, repr, Addr(first)) {
            Ok(dynamic) => dynamic,
            Err(why) => {
                damaged(value, &format!("its dynamic type is not known: {why}"));
                return Ok(());
            }
        };
        let data = self.word(raw.object.at(8));
        let Some(ty) = self.described(go, &dynamic) else {
            return self.load_undescribed(value, &dynamic, data);
        };
        let object = match (dynamic.is_direct, data) {
            (true, _) => Ok(raw.object.at(8)),
            (false, data) => data.map(|data| Object::Memory(Addr(data))),
        };
        let name = format!(".({})", format::short_type(&dynamic.name));
        let child = match &object {
            Ok(object) => self.load(&name, ty, *object, raw.depth),
            Err(missing) => self.missing(&name, Some(ty), missing),
        };
        let chain = object.ok().filter(|_| value.type_name == "error");
        let chain = chain.and_then(|object| self.error_chain(ty, object, raw.depth));
        value.summary = chain.unwrap_or_else(|| format::summary(value, Datum::Dynamic(&child)));
        value.children = vec![child];
        inherit_state(value);
        Ok(())
    }

    /// What an interface holds: the type, whether the data word is the value itself, and that word.
    /// `None` in nil.
    pub(super) fn held(
        &self,
        repr: TypeRef,
        object: Object<'_>,
    ) -> Result<Option<(TypeRef, bool, Addr)>, Missing> {
        let first = self.word(object)?;
        if first == 0 {
            return Ok(None);
        }
        let unknown = |why: String| Missing::unreadable(format!("its dynamic type is not known: {why}"));
        let go = self
            .context
            .go
            .ok_or_else(|| unknown("the Go runtime was not found".into()))?;
        let dynamic = self.dynamic_type(go, repr, Addr(first));
        let dynamic = dynamic.map_err(|error| unknown(error.to_string()))?;
        let ty = self.described(go, &dynamic).ok_or_else(|| {
            Missing::unreadable(format!(
                "the debug information does not describe {}",
                dynamic.name
            ))
        })?;
        Ok(Some((ty, dynamic.is_direct, Addr(self.word(object.at(8))?))))
    }

    /// Name of the type whose descriptor is at `addr`, and the type itself where it is described.
    pub(super) fn type_by_descriptor(&self, addr: Addr) -> Option<(String, Option<TypeRef>)> {
        let go = self.context.go?;
        let read = go
            .read_type(self.context.memory, addr, self.context.limits)
            .ok()?;
        let ty = self.described(go, &read);
        Some((read.name, ty))
    }

    /// The descriptor behind the first word.
    fn dynamic_type(&self, go: &GoRuntime, repr: TypeRef, first: Addr) -> Result<RuntimeType, GoError> {
        let memory = self.context.memory;
        let descriptor = if self.has_methods(repr) {
            go.type_of_itab(memory, first)?
        } else {
            first
        };
        go.read_type(memory, descriptor, self.context.limits)
    }

    /// Whether the first word is an itab: only interfaces without methods name the type itself.
    fn has_methods(&self, repr: TypeRef) -> bool {
        let first = self.context.info.underlying(repr).ok();
        let name = first.and_then(|ty| match &ty.shape {
            Shape::Struct { fields } => fields.first().map(|field| field.name.clone()),
            _ => None,
        });
        name.as_deref() != Some("_type")
    }

    /// A type that nothing describes: its name and where the value is.
    fn load_undescribed(
        &self,
        value: &mut Value,
        dynamic: &RuntimeType,
        data: Result<u64, Missing>,
    ) -> Result<(), Missing> {
        let name = &dynamic.name;
        value.summary = format::summary(value, Datum::Opaque(name, Addr(data?)));
        unsupported(value, &format!("the debug information does not describe {name}"));
        Ok(())
    }
}
