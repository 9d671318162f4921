//! The thread that parses: newest request first, visible lines first, exact lines later.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use super::Language;
use super::parse::{Parser, State};
use crate::ui::widgets::StyledRange;

/// Lines between two remembered states.
const CHECKPOINT: usize = 128;
/// Lines parsed ahead of what is visible.
const AHEAD: usize = 256;
/// Lines looked back for a place to start from when the true state is far away.
const LOOK_BACK: usize = 512;
/// Files whose states are remembered.
const FILES: usize = 8;

/// Lines to highlight.
#[derive(Clone, Debug)]
pub struct HighlightRequest {
    /// The name by which spans are kept; its extension says the language.
    pub file: Arc<str>,
    pub lines: Arc<[String]>,
    pub visible: Range<usize>,
}

/// Highlighted lines on their way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighlightBatch {
    pub file: Arc<str>,
    /// Index of the first line.
    pub first: usize,
    pub lines: Vec<Vec<StyledRange>>,
    /// False for a first guess that an exact batch will replace.
    pub exact: bool,
}

/// The thread's handle. Dropping it ends the thread after the line at hand.
#[derive(Debug)]
pub struct Highlighter {
    requests: Sender<HighlightRequest>,
}

impl Highlighter {
    /// Starts the thread; `deliver` is called on it with each batch and must not block for long.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(deliver: impl Fn(HighlightBatch) + Send + 'static) -> std::io::Result<Self> {
        let (requests, inbox) = unbounded();
        let worker = Worker {
            inbox,
            deliver: Box::new(deliver),
            files: VecDeque::new(),
        };
        thread::Builder::new()
            .name("highlight".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self { requests })
    }

    /// Asks for lines. A newer request puts an older one aside, wherever it stands.
    pub fn request(&self, request: HighlightRequest) {
        // The thread ends only with this handle.
        let _ = self.requests.send(request);
    }
}

/// All lines up to the last visible one, parsed on the calling thread: for pictures and tests, which
/// must not depend on when a thread runs. `None` for a language without grammar.
#[must_use]
pub fn highlight_now(request: &HighlightRequest) -> Option<HighlightBatch> {
    let mut parser = Parser::new(Language::of_path(&request.file)?)?;
    let mut state = parser.start();
    let lines = request.lines.iter().take(request.visible.end);
    Some(HighlightBatch {
        file: request.file.clone(),
        first: 0,
        lines: lines.map(|line| parser.line(line, &mut state)).collect(),
        exact: true,
    })
}

/// What is remembered of a file.
struct File {
    name: Arc<str>,
    lines: Arc<[String]>,
    language: Language,
    parser: Parser,
    /// State before line `index * CHECKPOINT`.
    checkpoints: Vec<State>,
    /// State before line `exact`; all lines before it have been delivered.
    next: State,
    exact: usize,
}

struct Worker {
    inbox: Receiver<HighlightRequest>,
    deliver: Box<dyn Fn(HighlightBatch) + Send>,
    files: VecDeque<File>,
}

/// Why parsing stopped before its end.
enum Interrupted {
    Newer(HighlightRequest),
    Closed,
}

impl Worker {
    fn run(mut self) {
        let mut next = self.inbox.recv().ok();
        while let Some(request) = next.take() {
            // Only the newest of those that wait matters.
            let newest = self.inbox.try_iter().last().unwrap_or(request);
            next = match self.serve(&newest) {
                Ok(()) => self.inbox.recv().ok(),
                Err(Interrupted::Newer(request)) => Some(request),
                Err(Interrupted::Closed) => None,
            };
        }
    }

    fn serve(&mut self, request: &HighlightRequest) -> Result<(), Interrupted> {
        let Some(mut file) = self.open(request) else {
            return Ok(());
        };
        let outcome = self.highlight(&mut file, request);
        self.files.push_front(file);
        self.files.truncate(FILES);
        outcome
    }

    /// The file's memory, taken out of the store; `None` for a language without grammar.
    fn open(&mut self, request: &HighlightRequest) -> Option<File> {
        let known = self.files.iter().position(|file| file.name == request.file);
        if let Some(file) = known.and_then(|at| self.files.remove(at))
            && (Arc::ptr_eq(&file.lines, &request.lines) || file.lines == request.lines)
        {
            return Some(file);
        }
        let language = Language::of_path(&request.file)?;
        let parser = Parser::new(language)?;
        Some(File {
            name: request.file.clone(),
            lines: request.lines.clone(),
            language,
            checkpoints: Vec::new(),
            next: parser.start(),
            exact: 0,
            parser,
        })
    }

    fn highlight(&self, file: &mut File, request: &HighlightRequest) -> Result<(), Interrupted> {
        let end = request.visible.end.min(file.lines.len());
        let visible = request.visible.start.min(end)..end;
        if visible.start < file.exact {
            self.repeat(file, visible.start..visible.end.min(file.exact));
        }
        if visible.start > file.exact.saturating_add(CHECKPOINT) {
            self.guess(file, visible.clone());
        }
        let goal = end.saturating_add(AHEAD).min(file.lines.len());
        while file.exact < goal {
            self.advance(file, goal);
            match self.inbox.try_recv() {
                Ok(request) => return Err(Interrupted::Newer(request)),
                Err(TryRecvError::Disconnected) => return Err(Interrupted::Closed),
                Err(TryRecvError::Empty) => {}
            }
        }
        Ok(())
    }

    /// Parses on from the exact state to the next checkpoint and delivers those lines.
    fn advance(&self, file: &mut File, goal: usize) {
        let first = file.exact;
        if first.is_multiple_of(CHECKPOINT) && file.checkpoints.len() == first / CHECKPOINT {
            file.checkpoints.push(file.next.clone());
        }
        let end = (first - first % CHECKPOINT + CHECKPOINT).min(goal);
        let mut state = file.next.clone();
        self.send(file, first..end, &mut state, true);
        file.next = state;
        file.exact = end;
    }

    /// Delivers lines again that were parsed before: the receiver has forgotten them.
    fn repeat(&self, file: &mut File, range: Range<usize>) {
        let first = range.start - range.start % CHECKPOINT;
        if let Some(mut state) = file.checkpoints.get(first / CHECKPOINT).cloned() {
            self.send(file, first..range.end, &mut state, true);
        }
    }

    /// Delivers lines as they look when the nearest declaration above them starts afresh.
    fn guess(&self, file: &mut File, visible: Range<usize>) {
        let earliest = visible.start.saturating_sub(LOOK_BACK).max(file.exact);
        let anchor = (earliest..visible.start + 1).rev().find(|at| {
            file.lines
                .get(*at)
                .is_some_and(|line| file.language.is_anchor(line))
        });
        let mut state = file.parser.start();
        self.send(
            file,
            anchor.unwrap_or(visible.start)..visible.end,
            &mut state,
            false,
        );
    }

    fn send(&self, file: &mut File, range: Range<usize>, state: &mut State, exact: bool) {
        let text = file.lines.clone();
        let lines: Vec<_> = text
            .iter()
            .take(range.end)
            .skip(range.start)
            .map(|line| file.parser.line(line, state))
            .collect();
        (self.deliver)(HighlightBatch {
            file: file.name.clone(),
            first: range.start,
            lines,
            exact,
        });
    }
}

#[cfg(test)]
mod tests;
