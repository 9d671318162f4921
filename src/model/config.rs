//! Settings as data: what the config file, the environment and the command line agree on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One `--substitute-path FROM=TO` rule: a recorded path that starts with `from` is looked for
/// under `to`. The first matching rule wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRule {
    pub from: String,
    pub to: String,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// Everything a user can set, merged, checked and passed down as data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Name of a theme, or `None` to choose by the terminal's background.
    pub theme: Option<String>,
    pub color: ColorChoice,
    /// `false` leaves the mouse to the terminal.
    pub mouse: bool,
    /// Draw borders and marks with ASCII only.
    pub ascii: bool,
    /// Action name to key sequences that replace its defaults.
    pub keys: BTreeMap<String, Vec<String>>,
    pub substitute_path: Vec<PathRule>,
    pub debug_dirs: Vec<PathBuf>,
    /// Ask no server for files.
    pub no_debuginfod: bool,
    pub sysroot: Option<PathBuf>,
    /// Directories that hold more themes.
    pub theme_dirs: Vec<PathBuf>,
    /// Complaints about the config file, one line each; shown once at the start.
    pub complaints: Vec<String>,
}
