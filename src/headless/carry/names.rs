//! `types`, `funcs`, `packages`.

use crate::base::Pattern;
use crate::headless::console::Console;
use crate::headless::reply::Reply;
use crate::model::Failure;

/// Everything, where nothing is asked for.
fn all(pattern: Option<&Pattern>) -> Pattern {
    pattern.cloned().unwrap_or_else(|| Pattern::literal(""))
}

impl Console {
    pub(crate) fn show_types(&mut self, pattern: Option<&Pattern>) -> Result<Reply, Failure> {
        let types = self.client.types(all(pattern))?;
        Ok(Reply::Types { types })
    }

    pub(crate) fn show_functions(&mut self, pattern: Option<&Pattern>) -> Result<Reply, Failure> {
        let functions = self.client.functions(all(pattern))?;
        Ok(Reply::Functions { functions })
    }

    pub(crate) fn show_packages(&mut self, pattern: Option<&Pattern>) -> Result<Reply, Failure> {
        let packages = self.client.packages(all(pattern))?;
        Ok(Reply::Packages { packages })
    }
}
