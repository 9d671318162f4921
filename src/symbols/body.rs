//! What surrounds a pc inside its function: inlined calls, lexical blocks, and the variables in them.
//!
//! ```text
//!   subprogram main.f                 level 0, block 0
//!     parameter p                       -> level 0
//!     lexical block   (covers pc)     level 0, block 1
//!       variable x                      -> level 0, block 1
//!     inlined main.g  (covers pc)     level 1, block 0
//!       parameter q                     -> level 1
//!     lexical block   (elsewhere)     passed over whole
//! ```
//!
//! One flat walk with a list of the open scopes: three million nested blocks cost memory by the
//! scope, never stack.

use gimli::UnitOffset;

use super::dies::{Die, Dies, Unit, origin};
use super::error::SymbolError;
use super::functions::FunctionRef;
use super::units::code_ranges;
use crate::base::{CancelToken, ImageAddr};

/// Code ranges taken from one block or inlined call.
const RANGES_PER_BLOCK: usize = 4096;

/// One function at a pc: the outermost, or one that was inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) name: String,
    /// The abstract function that it is an instance of.
    pub(super) origin: Option<u64>,
}

/// A variable's entry, and how deep in blocks of its level it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) offset: UnitOffset,
    pub(super) level: usize,
    /// Rises with every block entered: of two variables of a name the greater one is the inner one.
    pub(super) block: usize,
}

/// Everything around one pc.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub(super) unit: Unit<'a>,
    pub(super) function: Die<'a>,
    /// Outermost first; never empty.
    pub(super) levels: Vec<Level>,
    /// In the order of the debug information.
    pub(super) declared: Vec<Declared>,
    /// The walk met damage, and something may be missing.
    pub(super) incomplete: bool,
}

impl<'a> Dies<'a> {
    /// Walks `function` and keeps what is in scope at `pc`.
    pub(super) fn body_at(
        &self,
        function: FunctionRef,
        pc: ImageAddr,
        cancel: &CancelToken,
    ) -> Result<Body<'a>, SymbolError> {
        let unit = self.unit(function.unit)?;
        let damaged = SymbolError::at(function.offset.0);
        let root = unit.entry(function.offset).map_err(damaged)?;
        let mut walk = Walk {
            dies: self,
            unit: &unit,
            pc,
            levels: vec![Level {
                name: self.name(&unit, &root).unwrap_or_default().into_owned(),
                origin: origin(&unit, &root),
            }],
            declared: Vec::new(),
            open: Vec::new(),
            blocks: 0,
        };
        let incomplete = match walk.run(function.offset, cancel) {
            Ok(()) => false,
            Err(SymbolError::Damaged { .. }) => true,
            Err(other) => return Err(other),
        };
        Ok(Body {
            levels: walk.levels,
            declared: walk.declared,
            incomplete,
            function: root,
            unit,
        })
    }
}

/// A scope that covers the pc and is still open.
struct Open {
    /// Depth of its children.
    depth: isize,
    level: usize,
    block: usize,
}

struct Walk<'w, 'a> {
    dies: &'w Dies<'a>,
    unit: &'w Unit<'a>,
    pc: ImageAddr,
    levels: Vec<Level>,
    declared: Vec<Declared>,
    open: Vec<Open>,
    blocks: usize,
}

impl<'a> Walk<'_, 'a> {
    fn run(&mut self, start: UnitOffset, cancel: &CancelToken) -> Result<(), SymbolError> {
        let damaged = SymbolError::at(start.0);
        let mut entries = self.unit.entries_raw(Some(start)).map_err(&damaged)?;
        let mut die = Die::null();
        let mut skip_below = isize::MAX;
        let mut steps = 0_u32;
        while !entries.is_empty() {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(4096) {
                cancel.check()?;
            }
            let depth = entries.next_depth();
            die.offset = entries.next_offset();
            let Some(abbreviation) = entries.read_abbreviation().map_err(&damaged)? else {
                if entries.next_depth() <= 0 {
                    break;
                }
                continue;
            };
            let attributes = abbreviation.attributes();
            if depth > skip_below {
                entries.skip_attributes(attributes).map_err(&damaged)?;
                continue;
            }
            die.tag = abbreviation.tag();
            entries
                .read_attributes(attributes, &mut die.attrs)
                .map_err(&damaged)?;
            skip_below = if self.enter(&die, depth) {
                isize::MAX
            } else {
                depth
            };
            if depth == 0 && !abbreviation.has_children() {
                break;
            }
        }
        Ok(())
    }

    /// Takes in one entry; `false` when what lies below it has nothing to do with the pc.
    fn enter(&mut self, die: &Die<'a>, depth: isize) -> bool {
        while self.open.last().is_some_and(|scope| scope.depth > depth) {
            self.open.pop();
        }
        let Some(scope) = self.open.last() else {
            self.open_scope(depth, 0, 0);
            return true;
        };
        let (level, block) = (scope.level, scope.block);
        match die.tag {
            gimli::DW_TAG_formal_parameter | gimli::DW_TAG_variable => {
                let offset = die.offset;
                self.declared.push(Declared { offset, level, block });
                false
            }
            gimli::DW_TAG_lexical_block if self.covers(die) => {
                self.blocks += 1;
                self.open_scope(depth, level, self.blocks);
                true
            }
            gimli::DW_TAG_inlined_subroutine if self.is_next_level(level) && self.covers(die) => {
                let name = self.dies.name(self.unit, die).unwrap_or_default().into_owned();
                let origin = origin(self.unit, die);
                self.levels.push(Level { name, origin });
                self.blocks += 1;
                self.open_scope(depth, level + 1, self.blocks);
                true
            }
            _ => false,
        }
    }

    /// Two inlined calls side by side around one pc are damage; the first counts.
    fn is_next_level(&self, level: usize) -> bool {
        level + 1 == self.levels.len() && level < self.dies.info.limits.inline_depth
    }

    fn open_scope(&mut self, depth: isize, level: usize, block: usize) {
        self.open.push(Open {
            depth: depth.saturating_add(1),
            level,
            block,
        });
    }

    fn covers(&self, die: &Die<'a>) -> bool {
        code_ranges(&self.dies.dwarf, self.unit, die, RANGES_PER_BLOCK)
            .iter()
            .any(|(start, end)| (*start..*end).contains(&self.pc.0))
    }
}
