//! The variables of a frame: which names mean what at a pc, and where the compiler says they live.
//!
//! Locations are handed out as expressions, not evaluated: that takes registers and memory, which
//! this layer does not know.

use gimli::AttributeValue;

use super::body::Body;
use super::dies::{AttrValue, Die, Dies, Unit, flag, go_attr, number, origin, type_of};
use super::dwarf::DebugInfo;
use super::error::SymbolError;
use super::types::TypeRef;
use crate::base::{CancelToken, ImageAddr};
use crate::model::VariableRole;

/// How the compiler calls the hidden first argument of generic functions.
pub const DICTIONARY: &str = ".dict";

/// A DWARF expression and what is needed to run it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expression<'a> {
    pub bytes: &'a [u8],
    pub(crate) encoding: gimli::Encoding,
    /// Index of the unit, for addresses by index.
    pub unit: usize,
}

/// Where a variable lives at a pc.
#[derive(Clone, Debug, PartialEq)]
pub enum VariableLocation<'a> {
    Expression(Expression<'a>),
    /// The compiler replaced it by a constant.
    Constant(Vec<u8>),
    /// Kept nowhere at this pc.
    Nowhere,
    /// The location itself is damaged.
    Damaged(String),
}

/// A variable that is declared around a pc.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable<'a> {
    /// Without the `&` by which the compiler marks variables that it moved to the heap.
    pub name: String,
    /// It was moved to the heap: what is stored at the location is its address.
    pub escaped: bool,
    pub ty: Option<TypeRef>,
    pub location: VariableLocation<'a>,
    pub role: VariableRole,
    pub decl_line: Option<u32>,
    /// Rises inwards; 0 is the function itself.
    pub block: usize,
}

/// What one function, inlined or not, declares around a pc.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameVariables<'a> {
    /// Full name of the function.
    pub function: String,
    /// Compiled by Go.
    pub is_go: bool,
    pub frame_base: Option<Expression<'a>>,
    /// In the order of the debug information.
    pub variables: Vec<Variable<'a>>,
    /// Something is missing because the debug information is damaged.
    pub incomplete: bool,
}

impl DebugInfo {
    /// The variables around `pc` of the function `inline_depth` inlined calls inwards (0: the one
    /// that has code of its own).
    pub fn variables_at(
        &self,
        pc: ImageAddr,
        inline_depth: usize,
        cancel: &CancelToken,
    ) -> Result<FrameVariables<'_>, SymbolError> {
        let function = self.function_at(pc)?;
        let dies = self.dies();
        let body = dies.body_at(function, pc, cancel)?;
        let level = body.levels.get(inline_depth).ok_or(SymbolError::InlineDepth {
            wanted: inline_depth,
            known: body.levels.len().saturating_sub(1),
        })?;
        let at = At {
            dies: &dies,
            body: &body,
            unit: function.unit,
            pc,
        };
        let variables = at.variables(inline_depth);
        let entry = self.units.units.get(function.unit);
        Ok(FrameVariables {
            function: level.name.clone(),
            is_go: entry.is_some_and(|unit| unit.is_go),
            frame_base: at.frame_base(),
            variables,
            incomplete: body.incomplete,
        })
    }
}

/// A place in code, while its variables are read.
struct At<'d, 'a> {
    dies: &'d Dies<'a>,
    body: &'d Body<'a>,
    unit: usize,
    pc: ImageAddr,
}

impl<'a> At<'_, 'a> {
    /// The variables of one level. Parameters that the instance leaves out, because nothing of them
    /// is left in the code, are taken from the abstract function, so that they are not passed over
    /// in silence.
    fn variables(&self, level: usize) -> Vec<Variable<'a>> {
        let mut instances: Vec<(Option<u64>, Variable<'a>)> = Vec::new();
        for declared in self
            .body
            .declared
            .iter()
            .filter(|declared| declared.level == level)
        {
            if let Ok(die) = self.body.unit.entry(declared.offset)
                && let Some(variable) = self.variable(&self.body.unit, &die, declared.block)
            {
                instances.push((origin(&self.body.unit, &die), variable));
            }
        }
        let abstract_function = self.body.levels.get(level).and_then(|level| level.origin);
        let mut variables = Vec::with_capacity(instances.len());
        if let Some(entry) = abstract_function.and_then(|offset| self.dies.entry(offset).ok()) {
            let _ = self.dies.each_child(&entry.unit, &entry.die, &mut |die| {
                let offset = die.offset.to_debug_info_offset(&entry.unit.header);
                let offset = offset.map(|offset| offset.0 as u64);
                if let Some(at) = instances.iter().position(|(origin, _)| *origin == offset) {
                    variables.push(instances.remove(at).1);
                } else if die.tag == gimli::DW_TAG_formal_parameter {
                    variables.extend(self.variable(&entry.unit, die, 0));
                }
                true
            });
        }
        variables.extend(instances.into_iter().map(|(_, variable)| variable));
        variables
    }

    fn variable(&self, unit: &Unit<'a>, die: &Die<'a>, block: usize) -> Option<Variable<'a>> {
        let name = self.dies.name(unit, die)?.into_owned();
        let escaped = name.starts_with('&');
        // Optimised code passes it in a register; where it names one place in the frame all along (Go
        // 1.27), that place need never have been written.
        let is_guess = name == DICTIONARY
            && matches!(
                die.attr_value(gimli::DW_AT_location),
                Some(AttributeValue::Exprloc(_))
            );
        let line = |die: &Die<'a>| number(die, gimli::DW_AT_decl_line);
        let decl_line = self.dies.along_origins(unit, die, |_, die| line(die));
        Some(Variable {
            name: name.strip_prefix('&').map(str::to_owned).unwrap_or(name),
            escaped,
            ty: self.dies.along_origins(unit, die, type_of).map(TypeRef),
            location: if is_guess {
                VariableLocation::Nowhere
            } else {
                self.location(die)
            },
            role: self.role(unit, die),
            decl_line: decl_line.and_then(|line| u32::try_from(line).ok()),
            block,
        })
    }

    fn role(&self, unit: &Unit<'a>, die: &Die<'a>) -> VariableRole {
        let has = |name| {
            self.dies
                .along_origins(unit, die, |_, die| die.attr(name).map(|_| ()))
        };
        if die.tag != gimli::DW_TAG_formal_parameter {
            return match has(go_attr::CLOSURE_OFFSET) {
                Some(()) => VariableRole::Captured,
                None => VariableRole::Local,
            };
        }
        let is_result = self.dies.along_origins(unit, die, |_, die| {
            die.attr(gimli::DW_AT_variable_parameter)
                .map(|_| flag(die, gimli::DW_AT_variable_parameter))
        });
        match is_result {
            Some(true) => VariableRole::Result,
            _ => VariableRole::Argument,
        }
    }

    fn location(&self, die: &Die<'a>) -> VariableLocation<'a> {
        if let Some(value) = die.attr_value(gimli::DW_AT_location) {
            return self.resolve(value);
        }
        let constant = die.attr_value(gimli::DW_AT_const_value);
        match constant.and_then(|value| constant_bytes(&value)) {
            Some(bytes) => VariableLocation::Constant(bytes),
            None => VariableLocation::Nowhere,
        }
    }

    fn resolve(&self, value: AttrValue<'a>) -> VariableLocation<'a> {
        if let AttributeValue::Exprloc(expression) = value {
            return self.expression(expression);
        }
        let unit = &self.body.unit;
        let mut list = match self.dies.dwarf.attr_locations(unit, value) {
            Ok(Some(list)) => list,
            Ok(None) => return VariableLocation::Damaged("its location has an unknown form".into()),
            Err(error) => return VariableLocation::Damaged(error.to_string()),
        };
        loop {
            match list.next() {
                Ok(Some(entry)) => {
                    if (entry.range.begin..entry.range.end).contains(&self.pc.0) {
                        return self.expression(entry.data);
                    }
                }
                Ok(None) => return VariableLocation::Nowhere,
                Err(error) => return VariableLocation::Damaged(error.to_string()),
            }
        }
    }

    fn expression(&self, expression: gimli::Expression<super::dies::Slice<'a>>) -> VariableLocation<'a> {
        let bytes = expression.0.slice();
        if bytes.is_empty() {
            return VariableLocation::Nowhere;
        }
        VariableLocation::Expression(Expression {
            bytes,
            encoding: self.body.unit.encoding(),
            unit: self.unit,
        })
    }

    fn frame_base(&self) -> Option<Expression<'a>> {
        let value = self.body.function.attr_value(gimli::DW_AT_frame_base)?;
        match self.resolve(value) {
            VariableLocation::Expression(expression) => Some(expression),
            _ => None,
        }
    }
}

/// A constant as the bytes of its value, little endian; readers cut it to the size of the type.
pub(super) fn constant_bytes(value: &AttrValue<'_>) -> Option<Vec<u8>> {
    match value {
        AttributeValue::Data1(byte) => Some(u64::from(*byte).to_le_bytes().to_vec()),
        AttributeValue::Data2(word) => Some(u64::from(*word).to_le_bytes().to_vec()),
        AttributeValue::Data4(word) => Some(u64::from(*word).to_le_bytes().to_vec()),
        AttributeValue::Data8(word) | AttributeValue::Udata(word) => Some(word.to_le_bytes().to_vec()),
        AttributeValue::Sdata(word) => Some(word.to_le_bytes().to_vec()),
        AttributeValue::Block(bytes) => Some(bytes.slice().to_vec()),
        _ => None,
    }
}
