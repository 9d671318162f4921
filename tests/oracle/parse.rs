//! Lines to [`CrashText`]. What is not known to be the runtime's is passed over, since the program
//! prints to the same place.

use super::{CrashText, CreatedBy, Owner, Physical, PrintedFrame, PrintedSignal, PrintedStack};

/// Takes the text apart.
pub fn parse(text: &str) -> CrashText {
    let mut found = CrashText::default();
    let mut lines = text.lines().peekable();
    let mut signal_name = None;
    while let Some(line) = lines.next() {
        let place = lines.peek().and_then(|next| place(next));
        if let Some(stack) = header(line) {
            found.stacks.push(stack);
        } else if let Some(signal) = panic_signal(line) {
            found.signals.push(signal);
        } else if line.starts_with("SIG") && line.contains(": ") {
            signal_name = line.split(':').next().map(str::to_owned);
        } else if let (Some(name), Some(signal)) = (&signal_name, fatal_signal(line)) {
            found.signals.push(PrintedSignal {
                name: name.clone(),
                ..signal
            });
            signal_name = None;
        } else if let Some(stack) = found.stacks.last_mut() {
            if line.contains("frames elided...") {
                stack.elided_after = Some(stack.frames.len());
            } else if line.contains("stack unavailable") {
                stack.unavailable = true;
            } else if let Some(place) = place {
                lines.next();
                add_row(stack, line, place);
            }
        }
    }
    found
}

/// `<tab>file:line +0x15 fp=0x.. sp=0x.. pc=0x..`
struct Place<'a> {
    file: &'a str,
    line: u32,
    physical: Option<Physical>,
}

fn add_row(stack: &mut PrintedStack, call: &str, place: Place<'_>) {
    if let Some(creator) = call.strip_prefix("created by ") {
        let (function, parent) = match creator.split_once(" in goroutine ") {
            Some((function, parent)) => (function, parent.parse().ok()),
            None => (creator, None),
        };
        stack.created_by = Some(CreatedBy {
            function: function.to_owned(),
            parent,
            file: place.file.to_owned(),
            line: place.line,
        });
        return;
    }
    // Arguments hold braces but no parentheses; names do: main.(*T).f(0x1, {0x2, 0x3}).
    let Some((function, _)) = call.rsplit_once('(') else {
        return;
    };
    stack.frames.push(PrintedFrame {
        function: function.to_owned(),
        file: place.file.to_owned(),
        line: place.line,
        physical: place.physical,
    });
}

fn place(line: &str) -> Option<Place<'_>> {
    let line = line.strip_prefix('\t')?;
    let fp = number(line, " fp=");
    let (rest, _) = line.split_once(" fp=").unwrap_or((line, ""));
    let (rest, _) = rest.rsplit_once(" +0x").unwrap_or((rest, ""));
    let (file, number_of) = rest.rsplit_once(':')?;
    let physical = match (fp, number(line, " sp="), number(line, " pc=")) {
        (Some(fp), Some(sp), Some(pc)) => Some(Physical { fp, sp, pc }),
        _ => None,
    };
    Some(Place {
        file,
        line: number_of.parse().ok()?,
        physical,
    })
}

/// `goroutine 7 gp=0x.. m=nil [chan receive]:`, `goroutine 7 [chan receive]:`, `runtime stack:`
fn header(line: &str) -> Option<PrintedStack> {
    let stack = |owner, status: &str| PrintedStack {
        owner,
        status: status.to_owned(),
        frames: Vec::new(),
        elided_after: None,
        unavailable: false,
        created_by: None,
    };
    if line == "runtime stack:" {
        return Some(stack(Owner::Runtime, ""));
    }
    let rest = line.strip_prefix("goroutine ")?;
    let (id, rest) = rest.split_once(' ')?;
    // Labels follow the status: `[sleep] {"key": "value"}:` (Go 1.27).
    let status = rest.split_once('[')?.1;
    let status = status.split_once(']')?.0;
    line.ends_with(':')
        .then(|| Some(stack(Owner::Goroutine(id.parse().ok()?), status)))?
}

/// `[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49cda0]`
fn panic_signal(line: &str) -> Option<PrintedSignal> {
    let rest = line.strip_prefix("[signal ")?;
    Some(PrintedSignal {
        name: rest.split([':', ' ']).next()?.to_owned(),
        pc: number(rest, " pc=")?,
        code: number(rest, " code=")?.cast_signed(),
        addr: number(rest, " addr="),
    })
}

/// `PC=0x461161 m=0 sigcode=1 addr=0x8`
fn fatal_signal(line: &str) -> Option<PrintedSignal> {
    let code = line.split_once(" sigcode=")?.1;
    let code = code.split(' ').next()?.parse().ok()?;
    Some(PrintedSignal {
        name: String::new(),
        pc: number(line, "PC=")?,
        code,
        addr: number(line, " addr="),
    })
}

/// The hexadecimal number behind `key`.
fn number(line: &str, key: &str) -> Option<u64> {
    let rest = line.split_once(key)?.1.strip_prefix("0x")?;
    let digits = rest.split(|c: char| !c.is_ascii_hexdigit()).next()?;
    u64::from_str_radix(digits, 16).ok()
}
