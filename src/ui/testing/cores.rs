//! Stored core dumps to pick from.

use std::path::PathBuf;

use super::Stage;
use crate::model::{CoreQuery, OpenSpec, StoredCore, StoredCores, StoredState};
use crate::ui::app::Start;

/// What systemd stored on a small machine: two crashes of a service, one of which is gone, one that
/// another user had, and one that was too large to be kept.
pub fn stored() -> StoredCores {
    let core = |pid: u32, name: &str, minute: u32, state: StoredState| {
        let is_kept = !matches!(state, StoredState::None);
        StoredCore {
            time: Some(format!("2026-11-21T06:{minute:02}:05Z")),
            pid: Some(pid),
            uid: Some(1000),
            user: Some("svc".to_owned()),
            gid: Some(1000),
            signal: Some(6),
            signal_name: Some("SIGABRT".to_owned()),
            name: Some(name.to_owned()),
            exe: Some(format!("/srv/{name}")),
            command: Some(format!("/srv/{name} --listen :8080")),
            unit: Some(format!("{name}.service")),
            file: is_kept.then(|| format!("/var/lib/systemd/coredump/core.{name}.1000.{pid}.zst")),
            bytes: matches!(state, StoredState::Present).then_some(3 << 20),
            state,
        }
    };
    let cores = vec![
        core(4242, "orders", 40, StoredState::Present),
        core(4001, "billing", 31, StoredState::Inaccessible),
        core(3999, "orders", 20, StoredState::Missing),
        core(77, "search", 10, StoredState::None),
    ];
    StoredCores {
        total: cores.len(),
        cores,
        unseen: vec!["one core is another user's: sudo can open it".to_owned()],
    }
}

impl Stage {
    /// The list of core dumps to open.
    pub fn picking_core(width: u16, height: u16) -> Self {
        let spec = OpenSpec::Core {
            exe: None,
            core: PathBuf::new(),
            sysroot: None,
            debug_dirs: Vec::new(),
            substitute_path: Vec::new(),
            debuginfod: false,
        };
        Self::started(width, height, Start::PickCore(spec, CoreQuery::default()))
    }
}
