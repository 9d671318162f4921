//! How the commands that look at types, code and memory are written.

use super::query::{ExamineQuery, MemoryFormat, UserCommand};
use super::words::Words;
use crate::base::Addr;
use crate::model::{AsmSyntax, Failure};

type Parsed = Result<UserCommand, Failure>;

pub(super) fn types(words: &mut Words) -> Parsed {
    Ok(UserCommand::Types(words.pattern()?))
}

pub(super) fn functions(words: &mut Words) -> Parsed {
    Ok(UserCommand::Functions(words.pattern()?))
}

pub(super) fn packages(words: &mut Words) -> Parsed {
    Ok(UserCommand::Packages(words.pattern()?))
}

pub(super) fn type_layout(words: &mut Words) -> Parsed {
    match words.rest() {
        Some(expression) => Ok(UserCommand::TypeLayout(expression)),
        None => Err(words.wrong("the type is missing")),
    }
}

pub(super) fn defers(_: &mut Words) -> Parsed {
    Ok(UserCommand::Defers)
}

/// `[LOCSPEC] [-l LOCSPEC] [-a START END] [-syntax NAME]`.
pub(super) fn disassemble(words: &mut Words) -> Parsed {
    let (mut range, mut syntax) = (None, None);
    let mut spec: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-a" => {
                let start = words.required("the start")?;
                let end = words.required("the end")?;
                range = Some((address(words, &start)?, address(words, &end)?));
            }
            "-l" => spec.push(words.required("the location")?),
            "-syntax" | "-flavour" | "-flavor" => {
                let name = words.required("the syntax")?;
                syntax = Some(asm_syntax(&name).ok_or_else(|| {
                    words.wrong(format!("unknown syntax {name:?}; known are intel, gnu, go"))
                })?);
            }
            _ if is_flag(&word) => return Err(words.wrong(format!("unknown flag {word:?}"))),
            _ => spec.push(word),
        }
    }
    match (range, spec.is_empty()) {
        (Some((start, end)), _) if start >= end => {
            Err(words.wrong(format!("the end {end} has to lie behind the start {start}")))
        }
        (Some(_), false) => Err(words.wrong("give a location or two addresses, not both")),
        (range, _) => Ok(UserCommand::Disassemble {
            spec: (!spec.is_empty()).then(|| spec.join(" ")),
            range,
            syntax,
        }),
    }
}

/// `-3` is a location, `-x` is not.
fn is_flag(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn asm_syntax(name: &str) -> Option<AsmSyntax> {
    Some(match name {
        "intel" => AsmSyntax::Intel,
        "gnu" | "att" => AsmSyntax::Gnu,
        "go" | "plan9" => AsmSyntax::Go,
        _ => return None,
    })
}

/// `ADDR [COUNT] [FMT]`, or Delve's `[-fmt FMT] [-count|-len N] [-size N] ADDR` and `-x EXPR`.
pub(super) fn examine(words: &mut Words) -> Parsed {
    let (mut format, mut count, mut size) = (None, None, None);
    let mut place: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-fmt" => format = Some(named_format(words)?),
            "-count" | "-len" => count = Some(words.required_number("the count")?),
            "-size" => size = Some(words.required_number("the size")?),
            // What follows is an expression; addresses are expressions here as well.
            "-x" => place.extend(words.rest()),
            _ if place.is_empty() && is_flag(&word) => {
                return Err(words.wrong(format!("unknown flag {word:?}")));
            }
            _ => place.push(word),
        }
    }
    take_format(&mut place, &mut format);
    take_count(&mut place, &mut count);
    take_format(&mut place, &mut format);
    if place.is_empty() {
        return Err(words.wrong("the address is missing"));
    }
    let format = format.unwrap_or_default();
    let size: u8 = size.unwrap_or(format.usual_size());
    if !matches!(size, 1 | 2 | 4 | 8) {
        return Err(words.wrong(format!("the size has to be 1, 2, 4 or 8 bytes, not {size}")));
    }
    if count == Some(0) {
        return Err(words.wrong("the count has to be at least 1"));
    }
    Ok(UserCommand::Examine(ExamineQuery {
        place: place.join(" "),
        count,
        size,
        format,
    }))
}

fn named_format(words: &mut Words) -> Result<MemoryFormat, Failure> {
    let name = words.required("the format")?;
    MemoryFormat::named(&name).ok_or_else(|| {
        let known = MemoryFormat::NAMES.map(|(name, _)| name).join(", ");
        words.wrong(format!("unknown format {name:?}; known are {known}"))
    })
}

/// A format behind the address; the first word is the address, whatever it is called.
fn take_format(place: &mut Vec<String>, format: &mut Option<MemoryFormat>) {
    if place.len() > 1
        && format.is_none()
        && let Some(found) = place.last().and_then(|word| MemoryFormat::named(word))
    {
        *format = Some(found);
        place.pop();
    }
}

fn take_count(place: &mut Vec<String>, count: &mut Option<u64>) {
    if place.len() > 1
        && count.is_none()
        && let Some(found) = place.last().and_then(|word| word.parse().ok())
    {
        *count = Some(found);
        place.pop();
    }
}

fn address(words: &Words, text: &str) -> Result<Addr, Failure> {
    Addr::parse(text).ok_or_else(|| words.wrong(format!("not an address: {text:?}")))
}
