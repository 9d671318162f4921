//! The fields and elements of an object that lie in a window, innermost ones only.

use crate::base::{Addr, AddrRange, CancelToken};
use crate::eval;
use crate::model::{Failure, Role, Runs, TypedBytes, Value, ValueRef};
use crate::symbols::{DebugInfo, Shape, TypeRef};
use crate::target::goroutines::cancelled;
use crate::target::inferior::Target;

/// Elements whose values are loaded at once.
const PAGE: u64 = 64;

/// One walk over the type of an object.
struct Overlay<'a> {
    target: &'a Target,
    info: &'a DebugInfo,
    image: u32,
    window: AddrRange,
    cancel: &'a CancelToken,
    found: Vec<TypedBytes>,
    steps: usize,
}

impl Target {
    pub(super) fn overlay(
        &self,
        reference: &ValueRef,
        window: AddrRange,
        cancel: &CancelToken,
    ) -> Result<Vec<TypedBytes>, Failure> {
        let (image, type_id, addr, stride, count) = match reference {
            ValueRef::Object { image, type_id, addr } => (*image, *type_id, *addr, 0, 1),
            ValueRef::Elements {
                image,
                type_id,
                addr,
                stride,
                count,
            } => (*image, *type_id, *addr, *stride, *count),
            // Maps, channels and closures do not lie together.
            _ => return Ok(Vec::new()),
        };
        let index = image as usize;
        let Some(file) = self.core.images.get(index) else {
            return Ok(Vec::new());
        };
        let info = self.debug_infos.get(index, file, &self.limits)?;
        let mut overlay = Overlay {
            target: self,
            info: &info,
            image,
            window,
            cancel,
            found: Vec::new(),
            steps: 0,
        };
        let ty = TypeRef(type_id);
        if matches!(reference, ValueRef::Elements { .. }) {
            overlay.elements(ty, (addr, stride, count), "", 0)?;
        } else {
            overlay.object(ty, addr, "", 0)?;
        }
        Ok(overlay.found)
    }
}

impl Overlay<'_> {
    /// Whether the budget allows one more.
    fn step(&mut self) -> Result<bool, Failure> {
        self.cancel.check().map_err(cancelled)?;
        self.steps += 1;
        Ok(self.steps <= self.target.limits.value_nodes && self.found.len() < self.target.limits.value_nodes)
    }

    fn object(&mut self, ty: TypeRef, addr: Addr, path: &str, depth: usize) -> Result<(), Failure> {
        if depth > self.target.limits.dwarf_depth || !self.step()? {
            return Ok(());
        }
        let Ok(decoded) = self.info.underlying(ty) else {
            return Ok(());
        };
        match &decoded.shape {
            Shape::Struct { fields } => {
                let reference = ValueRef::Object {
                    image: self.image,
                    type_id: ty.0,
                    addr,
                };
                let values = self.values(&reference, 0, fields.len() as u64);
                for (at, field) in fields.iter().enumerate() {
                    let Some(place) = addr.checked_add(field.offset) else {
                        break;
                    };
                    let path = format!("{path}.{}", field.name);
                    self.part(field.ty, place, &path, (values.get(at), depth))?;
                }
                Ok(())
            }
            Shape::Array { elem, count } => {
                let stride = self.info.size_of(*elem).unwrap_or(0);
                self.elements(*elem, (addr, stride, *count), path, depth)
            }
            _ => {
                self.leaf(ty, addr, path, None);
                Ok(())
            }
        }
    }

    /// Those of the elements that lie in the window.
    fn elements(
        &mut self,
        elem: TypeRef,
        (addr, stride, count): (Addr, u64, u64),
        path: &str,
        depth: usize,
    ) -> Result<(), Failure> {
        if stride == 0 {
            return Ok(());
        }
        let first = self.window.start.0.saturating_sub(addr.0) / stride;
        let end = self
            .window
            .end
            .0
            .saturating_sub(addr.0)
            .div_ceil(stride)
            .min(count);
        let reference = ValueRef::Elements {
            image: self.image,
            type_id: elem.0,
            addr,
            stride,
            count,
        };
        let mut values = (first, Vec::new());
        for index in first..end {
            if !self.step()? {
                break;
            }
            if index >= values.0 + values.1.len() as u64 {
                values = (index, self.values(&reference, index, PAGE.min(end - index)));
            }
            let Some(place) = index
                .checked_mul(stride)
                .and_then(|offset| addr.checked_add(offset))
            else {
                break;
            };
            let value = usize::try_from(index - values.0)
                .ok()
                .and_then(|at| values.1.get(at))
                .cloned();
            self.part(elem, place, &format!("{path}[{index}]"), (value.as_ref(), depth))?;
        }
        Ok(())
    }

    /// A field or an element: taken apart further, or shown.
    fn part(
        &mut self,
        ty: TypeRef,
        addr: Addr,
        path: &str,
        (value, depth): (Option<&Value>, usize),
    ) -> Result<(), Failure> {
        let Some(size) = self.info.size_of(ty) else {
            return Ok(());
        };
        let range = AddrRange::sized(addr, size);
        if size == 0 || range.intersection(self.window).is_empty() {
            return Ok(());
        }
        let is_whole = self
            .info
            .underlying(ty)
            .is_ok_and(|decoded| !matches!(decoded.shape, Shape::Struct { .. } | Shape::Array { .. }));
        if is_whole {
            self.leaf(ty, addr, path, value);
            return Ok(());
        }
        self.object(ty, addr, path, depth + 1)
    }

    fn leaf(&mut self, ty: TypeRef, addr: Addr, path: &str, value: Option<&Value>) {
        let name = self
            .info
            .type_at(ty)
            .map_or_else(|_| "?".to_owned(), |ty| ty.name.to_string());
        let shown = match value {
            Some(value) => match &value.unreadable {
                Some(why) if value.summary.is_empty() => Runs::of(format!("({why})"), Role::Missing),
                _ => value.summary.clone(),
            },
            None => Runs::new(),
        };
        self.found.push(TypedBytes {
            addr,
            len: self.info.size_of(ty).unwrap_or(0),
            path: path.strip_prefix('.').unwrap_or(path).to_owned(),
            type_name: name,
            value: shown,
        });
    }

    /// The children of an object in memory; none where they cannot be read.
    fn values(&self, reference: &ValueRef, from: u64, count: u64) -> Vec<Value> {
        let index = self.image as usize;
        let loaded = self.target.with_values(index, |context| {
            eval::expand(context, reference, from, count, self.cancel)
        });
        loaded.map(|children| children.values).unwrap_or_default()
    }
}
