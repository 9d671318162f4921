//! `locals`, `args`, `vars`, `regs`.

use crate::base::Pattern;
use crate::headless::console::Console;
use crate::headless::reply::{Reply, VariablesReply};
use crate::model::{Failure, FailureKind, RegisterClass, Registers, Value};

/// Children of a variable, and package variables, asked for at once.
const PAGE: u64 = 64;

/// What `vars` shows when nothing is asked for.
const OWN_PACKAGE: &str = "main.";

impl Console {
    pub(crate) fn show_locals(&mut self, name: Option<&str>) -> Result<Reply, Failure> {
        let frame = self.selected()?;
        let scope = self.client.scope(frame)?;
        self.variables(scope.locals, scope.note, name, "no locals")
    }

    pub(crate) fn show_args(&mut self, name: Option<&str>) -> Result<Reply, Failure> {
        let frame = self.selected()?;
        let scope = self.client.scope(frame)?;
        self.variables(scope.args, scope.note, name, "no args")
    }

    /// All of `values`, or the one called `name` with its children, or those that contain `name`.
    fn variables(
        &mut self,
        values: Vec<Value>,
        note: Option<String>,
        name: Option<&str>,
        nothing: &'static str,
    ) -> Result<Reply, Failure> {
        let mut variables = values;
        if let Some(name) = name {
            let exact = variables.iter().any(|value| value.name == name);
            variables.retain(|value| {
                if exact {
                    value.name == name
                } else {
                    value.name.contains(name)
                }
            });
            if variables.is_empty() {
                return Err(Failure::new(
                    FailureKind::NotFound,
                    format!("{nothing} of this frame are called {name:?}"),
                ));
            }
            if exact {
                for value in &mut variables {
                    self.load_children(value)?;
                }
            }
        }
        Ok(Reply::Variables(VariablesReply {
            variables,
            more: 0,
            note,
            nothing,
            tree: name.is_some(),
        }))
    }

    /// Loads the first page of children, where there are some and none are here.
    pub(super) fn load_children(&mut self, value: &mut Value) -> Result<(), Failure> {
        if !value.children.is_empty() {
            return Ok(());
        }
        let Some(reference) = value.reference.clone() else {
            return Ok(());
        };
        match self.client.expand(reference, PAGE) {
            Ok(page) => {
                value.children = page.values;
                value.more = page.more;
            }
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            // The value itself stands; only what it holds cannot be shown.
            Err(failure) => {
                value.unreadable.get_or_insert_with(|| failure.to_string());
            }
        }
        Ok(())
    }

    pub(crate) fn show_globals(&mut self, pattern: Option<&Pattern>) -> Result<Reply, Failure> {
        let filter = pattern.cloned().unwrap_or_else(|| Pattern::literal(OWN_PACKAGE));
        let page = self.client.globals(filter, PAGE)?;
        Ok(Reply::Variables(VariablesReply {
            variables: page.values,
            more: page.more,
            note: None,
            nothing: "no package variables match",
            tree: false,
        }))
    }

    pub(crate) fn show_registers(&mut self, all: bool) -> Result<Reply, Failure> {
        let frame = self.selected()?;
        let mut registers: Registers = self.client.registers(frame)?;
        if !all {
            registers.registers.retain(|register| {
                !matches!(
                    register.class,
                    RegisterClass::Vector | RegisterClass::FloatingPoint
                )
            });
        }
        Ok(Reply::Registers(registers))
    }
}
