//! What a user would look at, asked of one pair of files in memory.

use tinydbg_tui::base::{CancelToken, Limits, Pattern, SharedBytes};
use tinydbg_tui::model::{Failure, FailureKind, FrameId, GroupKey, Subject, Value};
use tinydbg_tui::target::{OpenContext, Target, open_core_bytes};

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Why it could not be opened.
    pub refused: Option<Failure>,
    /// Kinds and messages of all warnings.
    pub warnings: Vec<String>,
    pub goroutines: usize,
    pub frames: usize,
    pub variables: usize,
    /// Failures that admit a fault of the program itself.
    pub internal: Vec<Failure>,
}

/// Opens the files and asks for everything.
pub fn exercise(core: SharedBytes, exe: Option<SharedBytes>) -> Outcome {
    let (limits, cancel) = (Limits::default(), CancelToken::new());
    let context = OpenContext {
        limits: &limits,
        cancel: &cancel,
        progress: &|_| {},
    };
    let mut outcome = Outcome::default();
    match open(core, exe, context) {
        Ok(target) => ask(&target, context, &mut outcome),
        Err(failure) => {
            outcome.note(&failure);
            outcome.refused = Some(failure);
        }
    }
    outcome
}

fn ask(target: &Target, context: OpenContext<'_>, outcome: &mut Outcome) {
    let session = target.session();
    let report = outcome.keep(target.report(context.cancel));
    let warnings = session
        .warnings
        .iter()
        .chain(report.iter().flat_map(|report| &report.warnings));
    outcome.warnings = warnings
        .map(|warning| format!("{:?}: {}", warning.kind, warning.message))
        .collect();
    let mut subjects = Vec::new();
    if let Some(list) = outcome.keep(target.goroutines(context)) {
        outcome.goroutines = list.goroutines.len();
        let current = list.goroutines.iter().filter(|goroutine| goroutine.current);
        let some = list.goroutines.iter().step_by(1 + list.goroutines.len() / 4);
        subjects.extend(
            current
                .chain(some)
                .map(|goroutine| Subject::Goroutine(goroutine.id)),
        );
    }
    if let Some(threads) = outcome.keep(target.threads()) {
        subjects.extend(threads.iter().take(3).map(|thread| Subject::Thread(thread.tid)));
    }
    for subject in subjects {
        stack(target, subject, context, outcome);
    }
    outcome.keep(target.groups(&GroupKey::Stack, context));
    outcome.keep(target.globals(&Pattern::literal("main."), 0, 20, context.cancel));
    let _ = target.images();
    let _ = target.memory_map();
    let _ = target.process();
}

fn stack(target: &Target, subject: Subject, context: OpenContext<'_>, outcome: &mut Outcome) {
    let Some(stack) = outcome.keep(target.stack(subject, 0, 100, context.cancel)) else {
        return;
    };
    outcome.frames += stack.frames.len();
    let user = stack.frames.iter().filter(|frame| !frame.runtime).take(2);
    for frame in user.chain(stack.frames.first()) {
        let id = FrameId {
            subject,
            index: frame.index,
        };
        outcome.keep(target.registers(id, context.cancel));
        if let Some(scope) = outcome.keep(target.scope(id, context.cancel)) {
            for value in scope.args.iter().chain(&scope.locals) {
                outcome.variables += 1;
                expand(target, value, 2, context, outcome);
            }
        }
    }
}

fn expand(target: &Target, value: &Value, depth: usize, context: OpenContext<'_>, outcome: &mut Outcome) {
    let Some(reference) = value.reference.as_ref().filter(|_| depth > 0) else {
        return;
    };
    if let Some(children) = outcome.keep(target.expand(reference, 0, 16, context.cancel)) {
        for child in children.values.iter().take(4) {
            expand(target, child, depth - 1, context, outcome);
        }
    }
}

impl Outcome {
    fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.note(&failure)).ok()
    }

    fn note(&mut self, failure: &Failure) {
        if failure.kind == FailureKind::Internal {
            self.internal.push(failure.clone());
        }
    }
}

/// The files as they lie in memory: nothing is looked up on disk.
fn open(core: SharedBytes, exe: Option<SharedBytes>, context: OpenContext<'_>) -> Result<Target, Failure> {
    let opened = open_core_bytes(exe, core, context.limits, context.cancel)?;
    Ok(Target::from_core(opened, context.limits))
}
