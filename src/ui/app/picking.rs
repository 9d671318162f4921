//! Choosing the process to attach to, before anything is open.

use super::{AppState, Purpose};
use crate::engine::Request;
use crate::model::{Failure, OpenSpec, ProcessRow};
use crate::ui::effect::Effect;
use crate::ui::loadable::Loadable;
use crate::ui::overlays::{Overlay, ProcessPicker};

/// What a session begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Open(OpenSpec),
    /// A process that the user picks from a list; its number takes the place of that in the spec.
    Pick(OpenSpec),
}

impl AppState {
    /// Whether what is open was, or will be, chosen from the list.
    #[must_use]
    pub fn picks(&self) -> bool {
        self.picking.is_some()
    }

    /// Shows the list of processes.
    pub(super) fn pick(&mut self, spec: OpenSpec) {
        self.picking = Some(spec);
        self.session = Loadable::Empty;
        self.overlays.push(Overlay::processes(ProcessPicker::default()));
        self.list_processes();
    }

    /// Back to the list after attaching has failed. `false` when there is no way back.
    pub fn pick_again(&mut self) -> bool {
        if !matches!(self.session, Loadable::Failed(_)) || self.ended.is_some() {
            return false;
        }
        let Some(spec) = self.picking.take() else {
            return false;
        };
        self.pick(spec);
        true
    }

    /// Reads the list of processes, or reads it anew.
    pub fn list_processes(&mut self) {
        self.ask(Request::Processes, Purpose::Processes);
    }

    /// Attaches to the process that was chosen.
    pub fn attach_to(&mut self, pid: u32) {
        if let Some(job) = self.jobs.find(&Purpose::Processes) {
            let token = job.cancel.clone();
            self.emit(Effect::Cancel(token));
        }
        if let Some(spec) = self.picking.clone() {
            self.open(spec.of_process(pid));
        }
    }

    fn picker(&mut self) -> Option<&mut ProcessPicker> {
        self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Processes(picker) => Some(&mut **picker),
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
}
