//! Which reader knows which type, and when it is asked.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::part::Part;
use super::{atomics, big, buffers, contexts, errors, files, locks, net, reflection, sync_maps, times, urls};
use crate::eval::bytes::Object;
use crate::eval::load::{Depth, Loader};
use crate::model::Runs;
use crate::symbols::TypeRef;

/// Reads a value of a type it knows; `None` where the value is not as that type has it.
pub(super) type Reader = fn(&Part<'_>) -> Option<Runs>;

/// Summaries within summaries: links of a chain of errors or contexts that one line shows.
pub(super) const LINKS: usize = 16;

/// Full name of a type without its type arguments -> its reader.
static READERS: LazyLock<FxHashMap<&'static str, Reader>> = LazyLock::new(|| {
    let families: [&[(&str, Reader)]; 12] = [
        atomics::READERS,
        big::READERS,
        buffers::READERS,
        contexts::READERS,
        errors::READERS,
        files::READERS,
        locks::READERS,
        net::READERS,
        reflection::READERS,
        sync_maps::READERS,
        times::READERS,
        urls::READERS,
    ];
    families.into_iter().flatten().copied().collect()
});

impl Loader<'_> {
    /// The meaning of a value in one line, if its type is one of the table.
    pub(in crate::eval) fn meaning(
        &self,
        ty: TypeRef,
        name: &str,
        object: Object<'_>,
        depth: Depth,
    ) -> Option<Runs> {
        let bare = name.split('[').next().unwrap_or(name);
        let reader = READERS.get(bare)?;
        let depth = self.deeper(depth)?;
        reader(&Part::new(self, ty, object, depth)?)
    }

    /// An error as a chain of what it wraps, where its type says that it wraps something.
    pub(in crate::eval) fn error_chain(&self, ty: TypeRef, object: Object<'_>, depth: Depth) -> Option<Runs> {
        let depth = self.deeper(depth)?;
        errors::chain_of_any(&Part::new(self, ty, object, depth)?)
    }

    /// One summary further in. Each costs a value of the budget, so that branching chains end.
    fn deeper(&self, depth: Depth) -> Option<Depth> {
        if depth.summaries >= LINKS || self.cancel.is_cancelled() || !self.pay() {
            return None;
        }
        Some(Depth {
            summaries: depth.summaries + 1,
            ..depth
        })
    }
}
