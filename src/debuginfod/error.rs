//! Why a file did not come.

use crate::base::Cancelled;

/// What stood in the way of a download.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("no server has it")]
    NotFound,
    #[error("no server had it {0} s ago; they are asked again later")]
    KnownMissing(u64),
    /// One reason for each server that was asked.
    #[error("no server gave it: {}", .0.join("; "))]
    Servers(Vec<String>),
    #[error("it has no place in the cache: {0}")]
    Cache(String),
    #[error("{0}")]
    Unnamed(&'static str),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
