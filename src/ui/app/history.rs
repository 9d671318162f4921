//! Where the user has been: positions to go back and forward to.

use crate::model::Subject;

/// A place worth returning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub subject: Subject,
    pub frame: usize,
}

/// Visited places and the one that is current.
#[derive(Clone, Debug, Default)]
pub struct History {
    visits: Vec<Visit>,
    /// Index of the current one.
    at: usize,
}

const KEPT: usize = 200;

impl History {
    /// Notes a place; what lay ahead is forgotten. Moving within one stack does not make a new
    /// entry, it updates the current one.
    pub fn note(&mut self, visit: Visit) {
        if let Some(current) = self.visits.get_mut(self.at)
            && current.subject == visit.subject
        {
            current.frame = visit.frame;
            return;
        }
        self.visits.truncate(self.at + 1);
        self.visits.push(visit);
        if self.visits.len() > KEPT {
            self.visits.remove(0);
        }
        self.at = self.visits.len().saturating_sub(1);
    }

    /// The place before `here`. A place passed too quickly to be noted does not count: from there
    /// the last noted one is "before".
    pub fn back(&mut self, here: Option<Subject>) -> Option<Visit> {
        let current = self.visits.get(self.at).copied();
        if current.is_some_and(|visit| here.is_some_and(|here| here != visit.subject)) {
            return current;
        }
        let before = self.at.checked_sub(1)?;
        self.at = before;
        self.visits.get(before).copied()
    }

    pub fn forward(&mut self) -> Option<Visit> {
        let next = self.visits.get(self.at + 1).copied()?;
        self.at += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::GoId;

    fn visit(id: u64, frame: usize) -> Visit {
        Visit {
            subject: Subject::Goroutine(GoId(id)),
            frame,
        }
    }

    fn subject(id: u64) -> Option<Subject> {
        Some(Subject::Goroutine(GoId(id)))
    }

    #[test]
    fn back_and_forward_walk_the_visits() {
        let mut history = History::default();
        history.note(visit(1, 0));
        history.note(visit(1, 3));
        history.note(visit(2, 0));
        assert_eq!(history.back(subject(2)), Some(visit(1, 3)));
        assert_eq!(history.back(subject(1)), None);
        assert_eq!(history.forward(), Some(visit(2, 0)));
        assert_eq!(history.back(subject(7)), Some(visit(2, 0)));
        history.back(subject(2));
        history.note(visit(9, 0));
        assert_eq!(history.forward(), None);
    }
}
