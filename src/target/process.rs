//! Facts about the process, with what Go's build information adds.

use super::inferior::Target;
use crate::go::GoModule;
use crate::model::ProcessInfo;

impl Target {
    #[must_use]
    pub fn process(&self) -> ProcessInfo {
        let mut facts = self.core.process.clone();
        let Some(build) = self.go.as_ref().and_then(|go| go.runtime.build.as_ref()) else {
            return facts;
        };
        facts.go_version = Some(build.version.text.clone());
        facts.main_path.clone_from(&build.path);
        facts.modules = build
            .main
            .iter()
            .chain(&build.dependencies)
            .map(module_line)
            .collect();
        facts.build_settings.clone_from(&build.settings);
        facts
    }
}

/// `example.com/m v1.2.3`, and what replaces it.
fn module_line(module: &GoModule) -> String {
    let line = format!("{} {}", module.path, module.version);
    match &module.replaced_by {
        Some(other) => format!("{line} => {} {}", other.path, other.version),
        None => line,
    }
}
