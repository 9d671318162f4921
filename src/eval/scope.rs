//! The entry points: the variables of a frame, the children of a value, package variables.

use super::bytes::{Missing, Object};
use super::error::EvalError;
use super::generics::resolve_type_arguments;
use super::load::{Depth, Loader, ValueContext};
use super::place::{Machine, Place, locate};
use super::visible::{Shown, visible_variables};
use crate::arch::RegisterFile;
use crate::base::{Addr, CancelToken, ImageAddr, Limits, Pattern};
use crate::go::GoRuntime;
use crate::memory::Memory;
use crate::model::{Children, Scope, Value, ValueRef, VariableRole};
use crate::symbols::{DebugInfo, FrameVariables, Shape, TypeRef, Variable, VariableLocation};

/// One frame, as far as its variables need it.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds an address space")]
pub struct FrameContext<'a> {
    pub info: &'a DebugInfo,
    /// Index of the image that the pc lies in, for references.
    pub image: u32,
    /// What is added to link-time addresses.
    pub bias: u64,
    /// The pc of an interrupted frame; the byte before a return address.
    pub lookup_pc: ImageAddr,
    /// 0 for the function that has code of its own; n for the n-th inlined call inwards.
    pub inline_depth: usize,
    /// Name of that function as the stack shows it: variables of another one are refused.
    pub function: Option<&'a str>,
    pub cfa: Option<Addr>,
    /// Registers that are known in this frame, and no others.
    pub registers: &'a RegisterFile,
    /// Line that the frame stands on: what is declared there or later does not exist yet.
    pub line: Option<u32>,
    pub memory: &'a dyn Memory,
    pub go: Option<&'a GoRuntime>,
    pub limits: &'a Limits,
    /// The frame was interrupted: results may be about to be returned, registers are all known.
    pub interrupted: bool,
}

impl<'a> FrameContext<'a> {
    const fn values(&self) -> ValueContext<'a> {
        ValueContext {
            info: self.info,
            image: self.image,
            bias: self.bias,
            memory: self.memory,
            go: self.go,
            limits: self.limits,
        }
    }
}

/// Arguments, results and locals of a frame.
pub fn scope(frame: &FrameContext<'_>, cancel: &CancelToken) -> Result<Scope, EvalError> {
    let (machine, found) = variables_of(frame, cancel)?;
    let context = frame.values();
    let mut scope = Scope {
        note: note(&found),
        ..Scope::default()
    };
    for shown in visible_variables(found.variables, found.is_go, frame.line) {
        cancel.check()?;
        // A budget each: one huge variable must not blank the others.
        let loader = Loader::new(context, cancel);
        let value = load_variable(&loader, &machine, &shown);
        match value.role {
            VariableRole::Argument | VariableRole::Result => scope.args.push(value),
            _ => scope.locals.push(value),
        }
    }
    // Arguments first, then results; the order of the debug information within both.
    scope.args.sort_by_key(|value| value.role == VariableRole::Result);
    Ok(scope)
}

/// What the function of a frame declares there, and what its locations are evaluated on.
pub(super) fn variables_of<'a>(
    frame: &FrameContext<'a>,
    cancel: &CancelToken,
) -> Result<(Machine<'a>, FrameVariables<'a>), EvalError> {
    let mut found = frame
        .info
        .variables_at(frame.lookup_pc, frame.inline_depth, cancel)?;
    check_function(&found, frame.function)?;
    let machine = Machine {
        info: frame.info,
        memory: frame.memory,
        bias: frame.bias,
        registers: Some(frame.registers),
        cfa: frame.cfa,
        frame_base: found.frame_base,
        steps: frame.limits.dwarf_steps,
    };
    let loader = Loader::new(frame.values(), cancel);
    resolve_type_arguments(&loader, &machine, &mut found.variables);
    Ok((machine, found))
}

/// What locations outside of any frame are evaluated on.
pub(super) fn outside<'a>(context: &ValueContext<'a>) -> Machine<'a> {
    Machine {
        info: context.info,
        memory: context.memory,
        bias: context.bias,
        registers: None,
        cfa: None,
        frame_base: None,
        steps: context.limits.dwarf_steps,
    }
}

/// Children `from..from + count` of a value. For [`ValueRef::Text`] both count bytes, and the page is
/// one string value.
pub fn expand(
    context: &ValueContext<'_>,
    reference: &ValueRef,
    from: u64,
    count: u64,
    cancel: &CancelToken,
) -> Result<Children, EvalError> {
    let loader = Loader::new(*context, cancel);
    let (values, more) = match *reference {
        ValueRef::Object { image, type_id, addr } => {
            same_image(image, context)?;
            loader.open(TypeRef(type_id), addr, from, count)?
        }
        ValueRef::Elements {
            image,
            type_id,
            addr,
            stride,
            count: total,
        } => {
            same_image(image, context)?;
            let end = from.saturating_add(count).min(total);
            let elem = TypeRef(type_id);
            let values = loader.elements(elem, stride, addr, from..end, Depth::default());
            cancel.check()?;
            let shown = from.saturating_add(values.len() as u64);
            (values, total.saturating_sub(shown))
        }
        ValueRef::Map { image, type_id, addr } => {
            same_image(image, context)?;
            loader.map_page(TypeRef(type_id), addr, from, count)?
        }
        ValueRef::Chan { image, type_id, addr } => {
            same_image(image, context)?;
            loader.channel_page(TypeRef(type_id), addr, from, count)?
        }
        ValueRef::Closure { image, addr } => {
            same_image(image, context)?;
            loader.closure_page(addr, from, count)?
        }
        ValueRef::Text { addr, len } => {
            let (value, more) = loader.text_page(addr, len, from, count);
            (vec![value], more)
        }
    };
    Ok(Children { from, values, more })
}

/// Package variables `from..from + count` of those whose full name `filter` fits, by name.
pub fn globals(
    context: &ValueContext<'_>,
    filter: &Pattern,
    from: u64,
    count: u64,
    cancel: &CancelToken,
) -> Result<Children, EvalError> {
    let found = context.info.globals(filter, cancel)?;
    let machine = outside(context);
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    let take = usize::try_from(count).unwrap_or(usize::MAX);
    let mut values = Vec::new();
    for global in found.iter().skip(skip).take(take) {
        cancel.check()?;
        let loader = Loader::new(*context, cancel);
        let location = context.info.global_location(global);
        let mut value = load_at(&loader, &machine, &global.name, (Some(global.ty()), &location));
        value.role = VariableRole::Global;
        values.push(value);
    }
    let shown = from.saturating_add(values.len() as u64);
    Ok(Children {
        from,
        more: (found.len() as u64).saturating_sub(shown),
        values,
    })
}

fn same_image(wanted: u32, context: &ValueContext<'_>) -> Result<(), EvalError> {
    let given = context.image;
    (wanted == given)
        .then_some(())
        .ok_or(EvalError::OtherImage { wanted, given })
}

fn note(found: &FrameVariables<'_>) -> Option<String> {
    if found.incomplete {
        return Some("the debug information of this function is damaged: variables may be missing".into());
    }
    None
}

/// The stack and the debug information have to agree on whose variables these are. Go names compare;
/// C compilers write other names into debug information than into the symbols that stacks show.
fn check_function(found: &FrameVariables<'_>, function: Option<&str>) -> Result<(), EvalError> {
    let Some(function) = function.filter(|_| found.is_go) else {
        return Ok(());
    };
    if found.function.is_empty() || plain_name(&found.function) == plain_name(function) {
        return Ok(());
    }
    Err(EvalError::OtherFunction {
        debug: found.function.clone(),
        runtime: function.to_owned(),
    })
}

/// A function's name without what differs between tables: type arguments, which are `[...]` in one
/// and spelled out in the other, and the linker's `%2e` for dots.
fn plain_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut nesting = 0_usize;
    for character in name.replace("%2e", ".").chars() {
        match character {
            '[' => nesting += 1,
            ']' => nesting = nesting.saturating_sub(1),
            _ if nesting == 0 => out.push(character),
            _ => {}
        }
    }
    out
}

fn load_variable(loader: &Loader<'_>, machine: &Machine<'_>, shown: &Shown<'_>) -> Value {
    let variable = &shown.variable;
    let mut value = if variable.escaped {
        load_escaped(loader, machine, variable)
    } else {
        load_at(loader, machine, &variable.name, (variable.ty, &variable.location))
    };
    value.role = variable.role;
    value.decl_line = variable.decl_line;
    value.shadowed = shown.shadowed;
    value
}

/// A variable that the compiler moved to the heap: the frame holds its address.
fn load_escaped(loader: &Loader<'_>, machine: &Machine<'_>, variable: &Variable<'_>) -> Value {
    let info = loader.context().info;
    let pointer = variable.ty.and_then(|ty| info.underlying(ty).ok());
    let shape = pointer.map(|pointer| pointer.shape.clone());
    let Some(Shape::Pointer { target: Some(target) }) = shape else {
        let missing = Missing::unreadable("its type is not described");
        return loader.missing(&variable.name, None, &missing);
    };
    let addr = with_object(machine, &variable.location, Some(8), |object| {
        object.and_then(|object| loader.word(object))
    });
    match addr {
        Ok(0) => {
            let missing = Missing::unreadable("not allocated yet");
            loader.missing(&variable.name, Some(target), &missing)
        }
        Ok(addr) => {
            let object = Object::Memory(Addr(addr));
            loader.load(&variable.name, target, object, Depth::default())
        }
        Err(missing) => loader.missing(&variable.name, Some(target), &missing),
    }
}

fn load_at(
    loader: &Loader<'_>,
    machine: &Machine<'_>,
    name: &str,
    (ty, location): (Option<TypeRef>, &VariableLocation<'_>),
) -> Value {
    let Some(ty) = ty else {
        let missing = Missing::unreadable("its type is not described");
        return loader.missing(name, None, &missing);
    };
    let size = machine.info.size_of(ty);
    with_object(machine, location, size, |object| match object {
        Ok(object) => loader.load(name, ty, object, Depth::default()),
        Err(missing) => loader.missing(name, Some(ty), &missing),
    })
}

/// Where a variable of `size` bytes is.
pub(super) fn place_of(machine: &Machine<'_>, location: &VariableLocation<'_>, size: Option<u64>) -> Place {
    match location {
        VariableLocation::Expression(expression) => locate(machine, expression, size),
        VariableLocation::Constant(bytes) => Place::constant(bytes, size),
        VariableLocation::Nowhere => Place::Missing(Missing::optimized_out()),
        VariableLocation::Damaged(why) => {
            Place::Missing(Missing::unreadable(format!("its location is damaged: {why}")))
        }
    }
}

/// Finds the place of a variable and hands it to `read`.
pub(super) fn with_object<T>(
    machine: &Machine<'_>,
    location: &VariableLocation<'_>,
    size: Option<u64>,
    read: impl FnOnce(Result<Object<'_>, Missing>) -> T,
) -> T {
    match &place_of(machine, location, size) {
        Place::Memory(addr) => read(Ok(Object::Memory(*addr))),
        Place::Scattered(data) => read(Ok(Object::Scattered { data, offset: 0 })),
        Place::Missing(missing) => read(Err(missing.clone())),
    }
}
