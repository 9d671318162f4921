//! Questions to a target: one call and one answer for each request that changes nothing.

use super::protocol::{Answer, Request};
use crate::model::{Failure, FailureKind};
use crate::target::{OpenContext, Target};

/// # Errors
/// What the target says instead of an answer.
pub(super) fn ask(target: &Target, request: &Request, context: OpenContext<'_>) -> Result<Answer, Failure> {
    match request {
        Request::Report
        | Request::Goroutines
        | Request::Groups { .. }
        | Request::Threads
        | Request::Stack { .. }
        | Request::Stacks { .. }
        | Request::Defers { .. }
        | Request::Registers { .. } => ask_stacks(target, request, context),
        Request::Scope { .. }
        | Request::Globals { .. }
        | Request::Expand { .. }
        | Request::Evaluate { .. }
        | Request::Watch { .. }
        | Request::Point { .. }
        | Request::Whole { .. }
        | Request::TypeLayout { .. }
        | Request::Types { .. }
        | Request::Memory { .. } => ask_values(target, request, context),
        Request::Sources { .. }
        | Request::Functions { .. }
        | Request::Packages { .. }
        | Request::Locate { .. }
        | Request::Disassemble { .. } => ask_code(target, request, context),
        Request::Images => Ok(Answer::Images(target.images().into())),
        Request::MemoryMap => Ok(Answer::MemoryMap(target.memory_map().into())),
        Request::Process => Ok(Answer::Process(Box::new(target.process()))),
        _ => Err(not_a_question()),
    }
}

/// Who there is, and where each stands.
fn ask_stacks(target: &Target, request: &Request, context: OpenContext<'_>) -> Result<Answer, Failure> {
    let cancel = context.cancel;
    Ok(match request {
        Request::Report => Answer::Report(Box::new(target.report(cancel)?)),
        Request::Goroutines => Answer::Goroutines(target.goroutines(context)?),
        Request::Groups { key } => Answer::Groups {
            key: key.clone(),
            groups: target.groups(key, context)?.into(),
        },
        Request::Threads => Answer::Threads(target.threads()?),
        Request::Stack { subject, from, count } => {
            Answer::Stack(target.stack(*subject, *from, *count, cancel)?)
        }
        Request::Stacks { goroutines, count } => Answer::Stacks(target.stacks(goroutines, *count, cancel)?),
        Request::Defers { subject } => Answer::Defers(target.defers(*subject, cancel)?),
        Request::Registers { frame } => Answer::Registers {
            frame: *frame,
            registers: target.registers(*frame, cancel)?,
        },
        _ => return Err(not_a_question()),
    })
}

/// Variables, values and types.
fn ask_values(target: &Target, request: &Request, context: OpenContext<'_>) -> Result<Answer, Failure> {
    let cancel = context.cancel;
    Ok(match request {
        Request::Scope { frame } => Answer::Scope {
            frame: *frame,
            scope: target.scope(*frame, cancel)?,
        },
        Request::Globals { filter, from, count } => {
            Answer::Globals(target.globals(filter, *from, *count, cancel)?)
        }
        Request::Expand {
            reference,
            from,
            count,
        } => Answer::Expanded {
            reference: reference.clone(),
            children: target.expand(reference, *from, *count, cancel)?,
        },
        Request::Evaluate { expression, frame } => {
            Answer::Evaluated(Box::new(target.evaluate(expression, *frame, cancel)?))
        }
        Request::Watch { expressions, frame } => Answer::Watched {
            frame: *frame,
            values: target.watch(expressions, *frame, cancel)?,
        },
        Request::Whole { value, form } => {
            let whole = target.whole(value, *form, cancel)?;
            Answer::Whole {
                form: *form,
                text: whole.text.into(),
                left_out: whole.left_out,
            }
        }
        Request::Point { expression, frame } => Answer::Pointed(target.point(expression, *frame, cancel)?),
        Request::TypeLayout { expression, frame } => {
            Answer::TypeLayout(Box::new(target.type_layout(expression, *frame, cancel)?))
        }
        Request::Memory { addr, len, overlay } => {
            Answer::Memory(target.memory_page(*addr, *len, overlay.as_ref(), cancel)?.into())
        }
        Request::Types { filter } => Answer::Types(target.types(filter, cancel)?),
        _ => return Err(not_a_question()),
    })
}

/// Sources, functions and instructions.
fn ask_code(target: &Target, request: &Request, context: OpenContext<'_>) -> Result<Answer, Failure> {
    let cancel = context.cancel;
    Ok(match request {
        Request::Sources { filter } => Answer::Sources(target.sources(filter)?),
        Request::Functions { filter } => Answer::Functions(target.functions(filter, cancel)?),
        Request::Locate { spec, frame } => Answer::Located(target.locate(spec, *frame, cancel)?),
        Request::Disassemble { place, syntax } => Answer::Code {
            place: place.clone(),
            code: target.disassemble(place, *syntax, cancel)?.into(),
        },
        Request::Packages { filter } => Answer::Packages(target.packages(filter, cancel)?),
        _ => return Err(not_a_question()),
    })
}

fn not_a_question() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "not a question that this target can answer",
    )
}
