//! Files that servers may have: what is missing here, and what came of asking.

use serde::{Deserialize, Serialize};

/// What could be downloaded, once somebody agrees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadOffer {
    /// Addresses, in the order in which they are asked.
    pub servers: Vec<String>,
    /// What is missing now: "debug information of /usr/bin/app". May be empty: a source file can
    /// still be wanted later.
    pub files: Vec<String>,
}

/// What came of asking the servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// What is here now, each with the server it came from.
    pub came: Vec<String>,
    /// What is not, each with the reason.
    pub failed: Vec<String>,
    /// An executable or library came: only opening the target anew makes use of it.
    pub reopen: bool,
}
