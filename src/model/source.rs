//! Source text for the source pane and the `list` command.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Where a source file came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceOrigin {
    /// Found on this machine at this path.
    Disk(String),
    /// From this debuginfod server, by the build-id of the program.
    Server(String),
    /// Travels inside this program.
    Embedded,
}

/// A source file, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceText {
    /// As recorded in the binary.
    pub file: Arc<str>,
    pub origin: SourceOrigin,
    pub lines: Arc<[String]>,
    /// Why the text may not be what was compiled: "newer than the executable".
    pub doubt: Option<String>,
}
