//! Choosing what to open, before anything is: a process to attach to, or a stored core dump.

use std::path::PathBuf;
use std::sync::Arc;

use super::{AppState, Purpose};
use crate::engine::Request;
use crate::model::{CoreQuery, Failure, OpenSpec, ProcessRow, StoredCores};
use crate::ui::effect::Effect;
use crate::ui::loadable::Loadable;
use crate::ui::overlays::{CorePicker, Overlay, ProcessPicker};

/// What a session begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Open(OpenSpec),
    /// A process that the user picks from a list; its number takes the place of that in the spec.
    Pick(OpenSpec),
    /// A core dump that the user picks from those that fit; its file takes the place of that in the
    /// spec.
    PickCore(OpenSpec, CoreQuery),
}

impl AppState {
    /// Whether what is open was, or will be, chosen from the list.
    #[must_use]
    pub fn picks(&self) -> bool {
        self.picking.is_some()
    }

    /// Whether that is a core dump.
    #[must_use]
    pub fn picks_core(&self) -> bool {
        matches!(self.picking, Some(Start::PickCore(..)))
    }

    /// Shows the list to choose from.
    pub(super) fn pick(&mut self, start: Start) {
        self.session = Loadable::Empty;
        let is_process = matches!(start, Start::Pick(_));
        self.picking = Some(start);
        if is_process {
            self.overlays.push(Overlay::processes(ProcessPicker::default()));
            self.list_processes();
        } else {
            self.overlays.push(Overlay::cores(CorePicker::default()));
            self.list_cores();
        }
    }

    /// Back to the list after opening has failed. `false` when there is no way back.
    pub fn pick_again(&mut self) -> bool {
        if !matches!(self.session, Loadable::Failed(_)) || self.ended.is_some() {
            return false;
        }
        let Some(start) = self.picking.take() else {
            return false;
        };
        self.pick(start);
        true
    }

    /// Reads the list of processes, or reads it anew.
    pub fn list_processes(&mut self) {
        self.ask(Request::Processes, Purpose::Processes);
    }

    /// Reads the list of core dumps, or reads it anew.
    pub fn list_cores(&mut self) {
        if let Some(Start::PickCore(_, query)) = &self.picking {
            let query = query.clone();
            self.ask(Request::Cores(query), Purpose::Cores);
        }
    }

    /// Attaches to the process that was chosen.
    pub fn attach_to(&mut self, pid: u32) {
        if let Some(Start::Pick(spec)) = self.picking.clone() {
            self.stop_listing(&Purpose::Processes);
            self.open(spec.of_process(pid));
        }
    }

    /// Opens the core dump that was chosen.
    pub fn open_stored(&mut self, file: PathBuf) {
        if let Some(Start::PickCore(spec, _)) = self.picking.clone() {
            self.stop_listing(&Purpose::Cores);
            self.open(spec.of_core(file));
        }
    }

    fn stop_listing(&mut self, purpose: &Purpose) {
        if let Some(job) = self.jobs.find(purpose) {
            let token = job.cancel.clone();
            self.emit(Effect::Cancel(token));
        }
    }

    fn picker(&mut self) -> Option<&mut ProcessPicker> {
        self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Processes(picker) => Some(&mut **picker),
            _ => None,
        })
    }

    fn core_picker(&mut self) -> Option<&mut CorePicker> {
        self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Cores(picker) => Some(&mut **picker),
            _ => None,
        })
    }

    pub(super) fn some_processes(&mut self, rows: Vec<ProcessRow>) {
        if let Some(picker) = self.picker() {
            picker.add(rows);
        }
    }

    pub(super) fn processes(&mut self, rows: &[ProcessRow]) {
        if let Some(picker) = self.picker() {
            picker.accept(rows);
        }
    }

    pub(super) fn processes_failed(&mut self, failure: Failure) {
        if let Some(picker) = self.picker() {
            picker.failed = Some(failure);
        }
    }

    pub(super) fn cores(&mut self, cores: Arc<StoredCores>) {
        if let Some(picker) = self.core_picker() {
            picker.accept(cores);
        }
    }

    pub(super) fn cores_failed(&mut self, failure: Failure) {
        if let Some(picker) = self.core_picker() {
            picker.failed = Some(failure);
        }
    }
}
