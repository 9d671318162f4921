//! What a program is made of, by name: types, functions, packages.

use std::sync::Arc;

use super::goroutines::cancelled;
use super::inferior::Target;
use crate::base::{CancelToken, Pattern};
use crate::model::{Failure, FailureKind};
use crate::symbols::{DebugInfo, package_of};

/// Names looked at between two looks at the cancel token.
const STRIDE: usize = 1024;

impl Target {
    /// Full names of the types that `filter` fits, sorted, each once.
    pub fn types(&self, filter: &Pattern, cancel: &CancelToken) -> Result<Arc<[Arc<str>]>, Failure> {
        let info = self.go_debug_info()?;
        let names = info.type_names(filter, cancel).map_err(cancelled)?;
        Ok(names.into_iter().map(Arc::from).collect())
    }

    /// Full names of the functions that `filter` fits, sorted, each once: Go's, also those of which
    /// only inlined copies exist, and C's in the program itself.
    pub fn functions(&self, filter: &Pattern, cancel: &CancelToken) -> Result<Arc<[Arc<str>]>, Failure> {
        let code = &self.go()?.runtime.code;
        let mut names = Vec::new();
        for (at, name) in code.names().enumerate() {
            look(at, cancel)?;
            if filter.fits(name) {
                names.push(name);
            }
        }
        let main = self.core.images.iter().find(|image| image.is_main);
        let symbols = main.and_then(|image| Some((image, image.elf.as_ref()?.symbols())));
        let (bias, symbols) = symbols.map_or((0, Vec::new()), |(image, symbols)| (image.bias, symbols));
        for (at, symbol) in symbols.iter().enumerate() {
            look(at, cancel)?;
            let is_c = symbol.is_function && !code.contains(symbol.addr.to_runtime(bias));
            if is_c && filter.fits(&symbol.name) {
                names.push(&symbol.name);
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names.into_iter().map(Arc::from).collect())
    }

    /// Import paths of the packages whose functions are in the program and that `filter` fits,
    /// sorted, each once.
    pub fn packages(&self, filter: &Pattern, cancel: &CancelToken) -> Result<Arc<[Arc<str>]>, Failure> {
        let mut paths = Vec::new();
        for (at, name) in self.go()?.runtime.code.names().enumerate() {
            look(at, cancel)?;
            // Equality and hash functions that the compiler makes belong to none.
            let is_made = name.starts_with("type:") || name.starts_with("go:") || !name.contains('.');
            let path = package_of(name);
            if !is_made && paths.last() != Some(&path) {
                paths.push(path);
            }
        }
        paths.sort_unstable();
        paths.dedup();
        let paths = paths.into_iter().map(|path| path.replace("%2e", "."));
        Ok(paths.filter(|path| filter.fits(path)).map(Arc::from).collect())
    }

    /// The debug information of the Go program.
    pub(super) fn go_debug_info(&self) -> Result<Arc<DebugInfo>, Failure> {
        let index = self.go_image()?;
        let image = self.core.images.get(index);
        let image = image.ok_or_else(|| Failure::new(FailureKind::NotFound, "the Go image is not mapped"))?;
        self.debug_infos.get(index, image, &self.limits)
    }
}

fn look(at: usize, cancel: &CancelToken) -> Result<(), Failure> {
    if at.is_multiple_of(STRIDE) {
        cancel.check().map_err(cancelled)?;
    }
    Ok(())
}
