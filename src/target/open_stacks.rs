//! The stacks that were looked at last, each walked as far as somebody asked.

use super::stack::OpenStack;
use crate::model::Subject;

/// Stacks kept: enough to go back and forth, few enough that a million frames each do no harm.
const KEPT: usize = 16;

/// Walks put aside, the most recently used last.
#[derive(Debug, Default)]
pub(super) struct OpenStacks(Vec<(Subject, OpenStack)>);

impl OpenStacks {
    /// The stack of `subject`, opened by `open` when it is not among those kept.
    pub(super) fn get<E>(
        &mut self,
        subject: Subject,
        open: impl FnOnce() -> Result<OpenStack, E>,
    ) -> Result<&mut OpenStack, E> {
        let known = self.0.iter().position(|(kept, _)| *kept == subject);
        let entry = match known {
            Some(at) => self.0.remove(at),
            None => (subject, open()?),
        };
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        let at = self.0.len();
        self.0.push(entry);
        Ok(&mut self.0[at].1)
    }
}
