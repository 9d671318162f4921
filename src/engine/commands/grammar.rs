//! From a line to a [`UserCommand`]: one short function per command, named by the table.

use super::query::{
    GoroutineFilter, GoroutineTest, GoroutinesQuery, GroupBy, LocationKind, SortKey, UserCommand,
};
use super::table::find;
use super::words::{Words, split_commands};
use crate::base::{GoId, Tid};
use crate::model::{DumpContent, DumpMethod, DumpOptions, Failure, FailureKind, GroupKey};

type Parsed = Result<UserCommand, Failure>;

/// Frames of each stack under `goroutines -t`, as Delve has it.
const GOROUTINE_STACK_DEPTH: usize = 10;

/// Understands one command.
///
/// # Errors
/// A usage failure that names the fault and how the command is written.
pub fn parse(command: &str) -> Result<UserCommand, Failure> {
    parse_within(command, 0)
}

/// The same for a command that stands behind `depth` others.
fn parse_within(command: &str, depth: usize) -> Result<UserCommand, Failure> {
    let command = command.trim();
    if command.is_empty() {
        return Err(Failure::new(FailureKind::Usage, "an empty command"));
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let spec = find(name)?;
    let mut words = Words::new(rest, spec.usage);
    words.depth = depth;
    let parsed = (spec.parse)(&mut words);
    if let Some(fault) = words.fault() {
        return Err(fault);
    }
    let parsed = parsed?;
    words.finish()?;
    Ok(parsed)
}

/// The commands of one line of a script, of `-x`, or of the prompt: parted by `;`, without comment.
#[must_use]
pub fn split_line(line: &str) -> Vec<&str> {
    split_commands(line)
}

pub(super) fn goroutines(words: &mut Words) -> Parsed {
    let mut query = GoroutinesQuery::default();
    while let Some(flag) = words.next() {
        match flag.as_str() {
            "-u" => query.location = LocationKind::User,
            "-r" => query.location = LocationKind::Current,
            "-g" => query.location = LocationKind::Go,
            "-s" => query.location = LocationKind::Start,
            "-l" => query.labels = true,
            "-t" => query.stacks = Some(optional_depth(words)?),
            "-with" | "-w" => query.filters.push(filter(words, false)?),
            "-without" | "-wo" => query.filters.push(filter(words, true)?),
            "-group" => query.group = Some(group(words)?),
            "-sort" => query.sort = sort(words)?,
            "-limit" => query.limit = Some(words.required_number("the limit")?),
            "-chan" | "-exec" => {
                return Err(Failure::new(
                    FailureKind::Unsupported,
                    format!("{flag} is not in this version"),
                ));
            }
            _ => return Err(words.wrong(format!("unknown flag {flag:?}"))),
        }
    }
    Ok(UserCommand::Goroutines(query))
}

/// The depth after `-t`, which may be left out.
fn optional_depth(words: &mut Words) -> Result<usize, Failure> {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    match words.next_if(is_number) {
        Some(word) => word
            .parse()
            .map_err(|_| words.wrong(format!("the depth has to be a number, not {word:?}"))),
        None => Ok(GOROUTINE_STACK_DEPTH),
    }
}

fn location_kind(key: &str) -> Option<LocationKind> {
    match key {
        "userloc" => Some(LocationKind::User),
        "curloc" => Some(LocationKind::Current),
        "goloc" => Some(LocationKind::Go),
        "startloc" => Some(LocationKind::Start),
        _ => None,
    }
}

fn filter(words: &mut Words, negated: bool) -> Result<GoroutineFilter, Failure> {
    const KEYS: &str =
        "userloc, curloc, goloc, startloc, label, status, waitreason, parent, thread, running, user";
    let key = words.required("the property")?;
    let test = match key.as_str() {
        "running" => GoroutineTest::Running,
        "user" => GoroutineTest::User,
        "label" => label_test(&words.required("the label")?),
        "status" => GoroutineTest::Status(words.required("the status")?),
        "waitreason" => GoroutineTest::WaitReason(words.required("the wait reason")?),
        "parent" => GoroutineTest::Parent(GoId(words.required_number("the goroutine")?)),
        "thread" => GoroutineTest::Thread(Tid(words.required_number("the thread")?)),
        _ => match location_kind(&key) {
            Some(kind) => GoroutineTest::Location(kind, words.required("the text to look for")?),
            None => {
                return Err(words.wrong(format!("unknown property {key:?}; known are {KEYS}")));
            }
        },
    };
    Ok(GoroutineFilter { negated, test })
}

pub(super) fn dump(words: &mut Words) -> Parsed {
    let mut options = DumpOptions::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-full" => options.content = DumpContent::Full,
            "-thin" => options.content = DumpContent::Thin,
            "-snapshot" => options.method = DumpMethod::Snapshot,
            "-stop" => options.method = DumpMethod::Stop,
            "-compress" => options.compress = true,
            "-force" => options.overwrite = true,
            flag if flag.starts_with('-') => {
                return Err(words.wrong(format!("unknown flag {flag:?}")));
            }
            path if options.path.is_none() => options.path = Some(path.into()),
            _ => return Err(words.wrong("only one file can be written".to_owned())),
        }
    }
    Ok(UserCommand::Dump(options))
}

pub(super) fn resume(_: &mut Words) -> Parsed {
    Ok(UserCommand::Continue)
}

pub(super) fn halt(_: &mut Words) -> Parsed {
    Ok(UserCommand::Halt)
}

pub(super) fn detach(_: &mut Words) -> Parsed {
    Ok(UserCommand::Detach)
}

/// `key` or `key=value`.
fn label_test(text: &str) -> GoroutineTest {
    match text.split_once('=') {
        Some((key, value)) => GoroutineTest::Label(key.to_owned(), Some(value.to_owned())),
        None => GoroutineTest::Label(text.to_owned(), None),
    }
}

fn group(words: &mut Words) -> Result<GroupBy, Failure> {
    const KEYS: &str =
        "stack, userloc, curloc, goloc, startloc, status, waitreason, label KEY, running, user";
    let key = words.required("the key")?;
    Ok(GroupBy::Key(match key.as_str() {
        "stack" => GroupKey::Stack,
        "status" => GroupKey::Status,
        "waitreason" => GroupKey::WaitReason,
        "userloc" => GroupKey::UserLoc,
        "curloc" => GroupKey::CurrentLoc,
        "goloc" => GroupKey::GoLoc,
        "startloc" => GroupKey::StartLoc,
        "label" => GroupKey::Label(words.required("the label")?),
        "running" => return Ok(GroupBy::Running),
        "user" => return Ok(GroupBy::User),
        _ => return Err(words.wrong(format!("unknown key {key:?}; known are {KEYS}"))),
    }))
}

fn sort(words: &mut Words) -> Result<SortKey, Failure> {
    const KEYS: &str = "id, status, waitreason, wait, location, thread";
    let key = words.required("the key")?;
    Ok(match key.as_str() {
        "id" => SortKey::Id,
        "status" => SortKey::Status,
        "waitreason" => SortKey::WaitReason,
        "wait" => SortKey::Wait,
        "location" | "userloc" => SortKey::Location,
        "thread" => SortKey::Thread,
        _ => return Err(words.wrong(format!("unknown key {key:?}; known are {KEYS}"))),
    })
}

pub(super) fn goroutine(words: &mut Words) -> Parsed {
    selection(words, "the goroutine", None, |id| {
        UserCommand::Goroutine(id.map(GoId))
    })
}

/// A number to select by, and a command to carry out there.
fn selection<N: std::str::FromStr>(
    words: &mut Words,
    what: &str,
    default: Option<N>,
    select: impl FnOnce(Option<N>) -> UserCommand,
) -> Parsed {
    /// Commands before the last one; nobody types more.
    const DEPTH: usize = 8;
    let Some((first, rest)) = words.first_and_text() else {
        return Ok(select(default));
    };
    let is_number = first.starts_with(|character: char| character.is_ascii_digit() || character == '-');
    // `up locals`: the number was left out.
    let (number, rest) = match default {
        Some(default) if !is_number => (default, format!("{first} {rest}")),
        _ => (words.to_number(&first, what)?, rest),
    };
    let select = select(Some(number));
    if rest.is_empty() {
        return Ok(select);
    }
    if words.depth >= DEPTH {
        return Err(words.wrong("too many commands in one"));
    }
    Ok(UserCommand::Within {
        select: Box::new(select),
        command: Box::new(parse_within(&rest, words.depth + 1)?),
    })
}

pub(super) fn thread(words: &mut Words) -> Parsed {
    let usage = words.wrong("the thread is missing");
    let mut missing = false;
    let command = selection(words, "the thread", None, |tid: Option<u32>| {
        missing = tid.is_none();
        UserCommand::Thread(Tid(tid.unwrap_or(0)))
    })?;
    if missing { Err(usage) } else { Ok(command) }
}

pub(super) fn stack(words: &mut Words) -> Parsed {
    let (mut depth, mut full, mut goroutine) = (None, false, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-full" => full = true,
            "-goroutine" => goroutine = Some(GoId(words.required_number("the goroutine")?)),
            _ if depth.is_none() && !word.starts_with('-') => {
                let parsed = word.parse();
                depth = Some(
                    parsed.map_err(|_| words.wrong(format!("the depth has to be a number, not {word:?}")))?,
                );
            }
            _ => return Err(words.wrong(format!("unexpected argument {word:?}"))),
        }
    }
    Ok(UserCommand::Stack {
        depth,
        full,
        goroutine,
    })
}

pub(super) fn frame(words: &mut Words) -> Parsed {
    let usage = words.wrong("the frame is missing");
    let mut missing = false;
    let command = selection(words, "the frame", None, |index: Option<usize>| {
        missing = index.is_none();
        UserCommand::Frame(index.unwrap_or(0))
    })?;
    if missing { Err(usage) } else { Ok(command) }
}

pub(super) fn up(words: &mut Words) -> Parsed {
    selection(words, "the number of frames", Some(1), |count| {
        UserCommand::Up(count.unwrap_or(1))
    })
}

pub(super) fn down(words: &mut Words) -> Parsed {
    selection(words, "the number of frames", Some(1), |count| {
        UserCommand::Down(count.unwrap_or(1))
    })
}

pub(super) fn locals(words: &mut Words) -> Parsed {
    Ok(UserCommand::Locals(words.next()))
}

pub(super) fn args(words: &mut Words) -> Parsed {
    Ok(UserCommand::Args(words.next()))
}

pub(super) fn vars(words: &mut Words) -> Parsed {
    Ok(UserCommand::Vars(words.pattern()?))
}

pub(super) fn print(words: &mut Words) -> Parsed {
    let text = expression(words)?;
    let rest = text
        .strip_prefix("-all")
        .filter(|rest| rest.starts_with(char::is_whitespace));
    Ok(UserCommand::Print {
        expression: rest.map_or(text.as_str(), str::trim).to_owned(),
        all: rest.is_some(),
    })
}

pub(super) fn whatis(words: &mut Words) -> Parsed {
    let expression = expression(words)?;
    Ok(UserCommand::WhatIs(expression))
}

/// What is left of the command, which has to be there.
fn expression(words: &mut Words) -> Result<String, Failure> {
    let text = words.text();
    if text.is_empty() {
        return Err(words.wrong("the expression is missing"));
    }
    Ok(text)
}

pub(super) fn regs(words: &mut Words) -> Parsed {
    let all = words.next_if(|word| word == "-a").is_some();
    Ok(UserCommand::Registers { all })
}

pub(super) fn sources(words: &mut Words) -> Parsed {
    Ok(UserCommand::Sources(words.pattern()?))
}

/// `N`, `FILE:N`, `FILE`, or any other location specification.
pub(super) fn list(words: &mut Words) -> Parsed {
    let Some(place) = words.next() else {
        return Ok(UserCommand::List {
            file: None,
            line: None,
        });
    };
    let (file, line) = match place.rsplit_once(':') {
        _ if place.starts_with(['+', '-', '*', '/']) => return Ok(UserCommand::ListSpec(place)),
        Some((file, line)) => (Some(file.to_owned()), line),
        None if place.starts_with(|c: char| c.is_ascii_digit()) => (None, place.as_str()),
        None if !is_file(&place) => return Ok(UserCommand::ListSpec(place)),
        None => {
            return Ok(UserCommand::List {
                file: Some(place),
                line: None,
            });
        }
    };
    match line.parse() {
        Ok(line) if line > 0 && file.as_deref() != Some("") => Ok(match &file {
            Some(name) if !is_file(name) => UserCommand::ListSpec(place),
            _ => UserCommand::List {
                file,
                line: Some(line),
            },
        }),
        _ => Err(words.wrong(format!("not a place in a source file: {place:?}"))),
    }
}

/// Whether a name is that of a source file rather than of a function.
fn is_file(name: &str) -> bool {
    const ENDINGS: [&str; 8] = [".go", ".s", ".S", ".c", ".h", ".cc", ".cpp", ".cgo1.go"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(super) fn help(words: &mut Words) -> Parsed {
    Ok(UserCommand::Help(words.rest()))
}

pub(super) fn report(_: &mut Words) -> Parsed {
    Ok(UserCommand::Report)
}

pub(super) fn threads(_: &mut Words) -> Parsed {
    Ok(UserCommand::Threads)
}

pub(super) fn images(_: &mut Words) -> Parsed {
    Ok(UserCommand::Images)
}

pub(super) fn memory_map(_: &mut Words) -> Parsed {
    Ok(UserCommand::MemoryMap)
}

pub(super) fn environment(_: &mut Words) -> Parsed {
    Ok(UserCommand::Environment)
}

pub(super) fn info(_: &mut Words) -> Parsed {
    Ok(UserCommand::Info)
}

pub(super) fn quit(_: &mut Words) -> Parsed {
    Ok(UserCommand::Quit)
}

#[cfg(test)]
mod tests;
