//! Instructions of a made-up function: nested jumps, calls, a trap, bytes that mean nothing.

use std::sync::Arc;

use crate::base::Addr;
use crate::engine::{Answer, Request};
use crate::model::{AsmSyntax, CodePlace, Disassembly, Failure, FailureKind, Flow, Instruction, Role, Runs};

/// The answer to a question about code; `None` for other questions.
pub fn answer(request: &Request) -> Option<Answer> {
    let Request::Disassemble { place, syntax } = request else {
        return None;
    };
    Some(match place {
        CodePlace::Spec(text, _) if text.contains("nowhere") => Answer::Failed(
            Failure::new(FailureKind::NotFound, format!("no function is called {text}"))
                .hint("`funcs` lists them"),
        ),
        CodePlace::At(addr) if addr.0 == 0x47_9000 => code(place, "main.huge", *addr, 20_000, *syntax),
        CodePlace::At(addr) => code(place, "main.other", *addr, 9, *syntax),
        _ => code(place, "main.process", Addr(0x47_1000), 60, *syntax),
    })
}

fn code(place: &CodePlace, function: &str, start: Addr, count: u64, syntax: AsmSyntax) -> Answer {
    let instructions: Vec<Instruction> = (0..count).map(|at| instruction(start, at, syntax)).collect();
    Answer::Code {
        place: place.clone(),
        code: Arc::new(Disassembly {
            function: Some(function.into()),
            start,
            end: Addr(start.0 + count * 4),
            pc: matches!(place, CodePlace::Frame(_)).then_some(Addr(start.0 + 17 * 4)),
            instructions,
            note: (count > 50).then(|| "+12 more: the budget of instructions is used up".to_owned()),
        }),
    }
}

/// Jumps: 2 to 12, 4 to 8, 20 back to 10; calls at every seventh; a trap last.
fn instruction(start: Addr, at: u64, syntax: AsmSyntax) -> Instruction {
    let to = |index: u64| Some(Addr(start.0 + index * 4));
    let (flow, target, text) = match at {
        2 => (Flow::Branch, to(12), "jle"),
        4 => (Flow::Branch, to(8), "je"),
        20 => (Flow::Jump, to(10), "jmp"),
        15 => (Flow::Bad, None, "(bad)"),
        19 => (Flow::Call, Some(Addr(0x47_9000)), "call"),
        at if at % 7 == 6 => (Flow::Call, Some(Addr(0x47_2000)), "call"),
        8 => (Flow::Return, None, "ret"),
        _ => (Flow::Next, None, "mov"),
    };
    let mut runs = Runs::of(text, Role::Keyword);
    match (flow, syntax, target) {
        (Flow::Call, _, _) => runs.push(" main.worker\u{1b}[0m", Role::Function),
        (_, _, Some(target)) => runs.push(format!(" {target}"), Role::Address),
        (_, AsmSyntax::Go, _) => runs.push("Q 0x8(SP), AX", Role::Name),
        (_, AsmSyntax::Gnu, _) => runs.push(" 0x8(%rsp),%rax", Role::Name),
        _ => runs.push(" rax, qword ptr [rsp+0x8]", Role::Name),
    }
    Instruction {
        addr: Addr(start.0 + at * 4),
        bytes: vec![0x48, 0x8b, 0x44, u8::try_from(at & 0xff).unwrap()],
        text: runs,
        flow,
        target,
        file: Some("/srv/src/shop.example/orders/main.go".into()),
        line: u32::try_from(24 + at / 5 % 6).ok(),
    }
}
