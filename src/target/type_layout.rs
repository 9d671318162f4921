//! Types taken apart: fields with their places, methods with where they come from.

mod methods;
mod named;

use crate::base::CancelToken;
use crate::go::GoRuntime;
use crate::memory::Memory;
use crate::model::{Failure, FieldLayout, FrameId, TypeLayout};
use crate::symbols::{DebugInfo, Field, Image, Shape, Type, TypeRef};
use crate::target::inferior::Target;

/// What describing a type takes.
#[derive(Clone, Copy)]
struct Describer<'a> {
    info: &'a DebugInfo,
    image: &'a Image,
    go: Option<&'a GoRuntime>,
    memory: &'a dyn Memory,
    target: &'a Target,
}

impl Target {
    /// What the type called `expression`, or the type of the variable of that name, is made of.
    pub fn type_layout(
        &self,
        expression: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<TypeLayout, Failure> {
        let index = self.go_image()?;
        let info = self.go_debug_info()?;
        let image = self
            .core
            .images
            .get(index)
            .ok_or_else(|| named::no_type(expression))?;
        let describer = Describer {
            info: &info,
            image,
            go: self.go.as_ref().map(|go| &go.runtime),
            memory: self.core.memory.as_ref(),
            target: self,
        };
        let ty = self.find_type(&info, expression, frame, cancel)?;
        let mut layout = describer.describe(ty, cancel)?;
        // Who asks for a pointer wants to know what it points to.
        if let Ok(Shape::Pointer { target: Some(target) }) = info.underlying(ty).map(|ty| ty.shape.clone()) {
            layout.target = Some(Box::new(describer.describe(target, cancel)?));
        }
        Ok(layout)
    }
}

impl Describer<'_> {
    fn describe(&self, ty: TypeRef, cancel: &CancelToken) -> Result<TypeLayout, Failure> {
        let damaged = |error| named::damaged(&error);
        let decoded = self.info.type_at(ty).map_err(damaged)?;
        let under = self.info.underlying(ty).map_err(damaged)?;
        let size = self.info.size_of(ty);
        let fields = match &under.shape {
            Shape::Struct { fields } => self.fields(fields, size),
            _ => Vec::new(),
        };
        let padding = fields.iter().map(|field| field.padding).sum();
        let (methods, note) = self.methods(&decoded, &under, cancel)?;
        Ok(TypeLayout {
            name: decoded.name.to_string(),
            kind: under.shape.kind(),
            size,
            align: self.align_of(ty, 0),
            underlying: self.underlying_name(&decoded, &under),
            fields,
            padding,
            methods,
            target: None,
            constants: self.constants(ty),
            note,
        })
    }

    /// Names and values of the type's constants.
    fn constants(&self, ty: TypeRef) -> Vec<(String, String)> {
        let constants = self.info.constants_of(ty);
        let texts = constants
            .iter()
            .map(|constant| (constant.name.clone(), constant.value.to_string()));
        texts.collect()
    }

    fn name_of(&self, ty: TypeRef) -> String {
        let decoded = self.info.type_at(ty);
        decoded.map_or_else(|_| "?".to_owned(), |decoded| decoded.name.to_string())
    }

    fn fields(&self, fields: &[Field], size: Option<u64>) -> Vec<FieldLayout> {
        let next = |at: usize| fields.get(at + 1).map(|next| next.offset).or(size);
        let laid = fields.iter().enumerate().map(|(at, field)| {
            let own = self.info.size_of(field.ty);
            let end = own.and_then(|own| field.offset.checked_add(own));
            let gap = next(at).zip(end).and_then(|(next, end)| next.checked_sub(end));
            FieldLayout {
                name: field.name.to_string(),
                type_name: self.name_of(field.ty),
                offset: field.offset,
                size: own,
                embedded: field.embedded,
                padding: gap.unwrap_or(0),
            }
        });
        laid.collect()
    }

    /// Go's rules for amd64: a number by its size, words by 8, the rest by what it is made of.
    fn align_of(&self, ty: TypeRef, depth: usize) -> Option<u64> {
        if depth > self.target.limits.dwarf_depth {
            return None;
        }
        let decoded = self.info.underlying(ty).ok()?;
        Some(match &decoded.shape {
            Shape::Bool | Shape::Int | Shape::Uint | Shape::Float => decoded.size?.clamp(1, 8),
            Shape::Complex => (decoded.size? / 2).clamp(1, 8),
            Shape::Array { elem, .. } => self.align_of(*elem, depth + 1)?,
            Shape::Struct { fields } => {
                let mut most = 1;
                for field in fields {
                    most = most.max(self.align_of(field.ty, depth + 1)?);
                }
                most
            }
            Shape::Other(_) => return None,
            _ => 8,
        })
    }

    /// What a name stands for; `None` where the type has no name of its own, and for structs, whose
    /// fields say it.
    fn underlying_name(&self, decoded: &Type, under: &Type) -> Option<String> {
        let name = match &under.shape {
            Shape::Struct { .. } | Shape::Other(_) | Shape::Alias { .. } => return None,
            Shape::Slice { elem } => format!("[]{}", self.name_of(*elem)),
            Shape::Array { elem, count } => format!("[{count}]{}", self.name_of(*elem)),
            Shape::Pointer { target: Some(target) } => format!("*{}", self.name_of(*target)),
            Shape::Pointer { target: None } | Shape::UnsafePointer => "unsafe.Pointer".to_owned(),
            Shape::Map { key, elem, .. } => format!("map[{}]{}", self.name_of(*key), self.name_of(*elem)),
            Shape::Chan { elem, .. } => format!("chan {}", self.name_of(*elem)),
            Shape::Interface { .. } => "interface".to_owned(),
            Shape::Func => "func".to_owned(),
            _ => {
                let descriptor = self.descriptor(decoded)?;
                self.go?.basic_kind(self.memory, descriptor)?.to_owned()
            }
        };
        let is_own = *decoded.name == *name
            || (matches!(under.shape, Shape::Chan { .. }) && decoded.name.contains("chan"))
            || (matches!(under.shape, Shape::Func) && decoded.name.starts_with("func("))
            || (matches!(under.shape, Shape::Interface { .. }) && decoded.name.starts_with("interface"));
        (!is_own).then_some(name)
    }

    /// Address of the runtime's descriptor of a type.
    fn descriptor(&self, ty: &Type) -> Option<crate::base::Addr> {
        // Of a program with plugins, the first module is the program itself.
        let module = self.go?.modules.first()?;
        let offset = ty.runtime_type.or_else(|| {
            // A plain name leaves it to what it names.
            let Shape::Alias { target } = ty.shape else {
                return None;
            };
            let inner = self.info.type_at(target).ok()?;
            inner.runtime_type.filter(|_| inner.name == ty.name)
        });
        module.types.start.checked_add(offset?)
    }
}
