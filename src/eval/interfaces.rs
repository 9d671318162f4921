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
            return self.load_opaque(value, &dynamic, data);
        };
        let object = match (dynamic.is_direct, data) {
            (true, _) => Ok(raw.object.at(8)),
            (false, data) => data.map(|data| Object::Memory(Addr(data))),
        };
        let name = format!(".({})", format::short_type(&dynamic.name));
        let child = match object {
            Ok(object) => self.load(&name, ty, object, raw.depth),
            Err(missing) => self.missing(&name, Some(ty), &missing),
        };
        value.summary = format::summary(value, Datum::Dynamic(&child));
        value.children = vec![child];
        inherit_state(value);
        Ok(())
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

    /// The type of the debug information that a descriptor belongs to.
    ///
    /// Both have to agree on the size, and an interface in an interface is no value Go can make:
    /// a descriptor that says so was not read from where one is.
    fn described(&self, go: &GoRuntime, dynamic: &RuntimeType) -> Option<TypeRef> {
        let info = self.context.info;
        let bias = self.context.bias;
        let module = go.module_of_types(dynamic.addr)?;
        if !info.covers_any(module.text.start.to_image(bias), module.text.end.to_image(bias)) {
            return None;
        }
        let offset = dynamic.addr.0.checked_sub(module.types.start.0)?;
        let found = info
            .type_of_descriptor(offset)
            .or_else(|| info.type_of_descriptor(dynamic.addr.to_image(bias).0))?;
        let is_interface = matches!(info.underlying(found).ok()?.shape, Shape::Interface { .. });
        (!is_interface && info.size_of(found) == Some(dynamic.size)).then_some(found)
    }

    /// A type without debug information: its name and where the value is.
    fn load_opaque(
        &self,
        value: &mut Value,
        dynamic: &RuntimeType,
        data: Result<u64, Missing>,
    ) -> Result<(), Missing> {
        let data = Addr(data?);
        let name = &dynamic.name;
        value.summary = format::summary(value, Datum::Opaque(name, data));
        unsupported(value, &format!("the debug information does not describe {name}"));
        Ok(())
    }
}
