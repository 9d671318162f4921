//! Location specifications, as Delve documents them: what places in code a text can mean.
//!
//! ```text
//!   *0x46d0c3                address
//!   main.go:12   12   +3     lines, also relative to the selected frame's
//!   main.work   work:3       functions, and lines into them
//!   /^main\./                functions by regular expression
//! ```

use super::code::AddrNames;
use super::goroutines::cancelled;
use super::inferior::Target;
use crate::base::{Addr, CancelToken, Pattern};
use crate::go::{Func, GoCode};
use crate::model::{Failure, FailureKind, FrameId, Location};

/// Functions named when a text can mean several.
const CANDIDATES_NAMED: usize = 8;
/// Functions looked at between two looks at the cancel token.
const STRIDE: usize = 256;

/// A specification, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Spec<'a> {
    Address(Addr),
    Line {
        file: &'a str,
        line: u32,
    },
    /// A line of the frame's file.
    OwnLine(u32),
    /// Lines away from the frame's line.
    Relative(i64),
    /// A function, and how many lines into it.
    Function(&'a str, Option<u32>),
    Regex(&'a str),
}

impl<'a> Spec<'a> {
    fn parse(text: &'a str) -> Result<Self, Failure> {
        let text = text.trim();
        let wrong = |what: &str| Failure::new(FailureKind::Usage, format!("{what}: {text:?}"));
        if let Some(addr) = text.strip_prefix('*') {
            let addr = Addr::parse(addr.trim());
            return addr.map(Self::Address).ok_or_else(|| wrong("not an address"));
        }
        if let Some(regex) = text.strip_prefix('/') {
            // A path may begin with a slash as well.
            match regex.strip_suffix('/') {
                Some(regex) => return Ok(Self::Regex(regex)),
                None if !regex.contains(':') => return Err(wrong("the / at the end is missing")),
                None => {}
            }
        }
        if text.starts_with(['+', '-']) {
            return text
                .parse()
                .map(Self::Relative)
                .map_err(|_| wrong("not a number of lines"));
        }
        if let Ok(line) = text.parse() {
            return Ok(Self::OwnLine(line));
        }
        match text.rsplit_once(':') {
            None if text.is_empty() => Err(wrong("an empty location")),
            None => Ok(Self::Function(text, None)),
            Some((before, line)) => {
                let line = line
                    .parse()
                    .map_err(|_| wrong("not a line number behind the `:`"))?;
                let ending = before.rsplit_once('.').map_or("", |(_, ending)| ending);
                let is_file =
                    before.starts_with('/') || matches!(ending, "go" | "s" | "S" | "c" | "h" | "cc" | "cpp");
                Ok(if is_file {
                    Self::Line { file: before, line }
                } else {
                    Self::Function(before, Some(line))
                })
            }
        }
    }
}

impl Target {
    /// The places that `spec` means, seen from `frame`; at least one.
    ///
    /// # Errors
    /// When it is none, or means nothing here.
    pub fn locate(
        &self,
        spec: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Vec<Location>, Failure> {
        match Spec::parse(spec)? {
            Spec::Address(addr) => Ok(vec![self.location_of(addr)]),
            Spec::Line { file, line } => self.locate_line(file, line, cancel),
            Spec::OwnLine(line) => {
                let here = self.here(spec, frame, cancel)?;
                self.locate_line(here.file.as_deref().unwrap_or_default(), line, cancel)
            }
            Spec::Relative(lines) => {
                let here = self.here(spec, frame, cancel)?;
                let line = here
                    .line
                    .and_then(|line| line.checked_add_signed(i32::try_from(lines).ok()?));
                let line = line.ok_or_else(|| not_found(format!("no line {spec} from here")))?;
                self.locate_line(here.file.as_deref().unwrap_or_default(), line, cancel)
            }
            Spec::Function(name, into) => {
                let funcs = self.functions_called(name, cancel)?;
                match into {
                    None => Ok(funcs.iter().map(|func| location_in(func, func.entry())).collect()),
                    Some(into) => self.lines_into(&funcs, into, cancel),
                }
            }
            Spec::Regex(regex) => {
                let pattern = Pattern::parse(regex)
                    .map_err(|error| Failure::new(FailureKind::Usage, error.to_string()))?;
                let found = self.functions_where(cancel, |name| pattern.fits(name))?;
                if found.is_empty() {
                    return Err(not_found(format!("no function's name fits {spec}")));
                }
                Ok(found.iter().map(|func| location_in(func, func.entry())).collect())
            }
        }
    }

    /// The one address that `spec` means.
    pub(super) fn locate_one(
        &self,
        spec: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Addr, Failure> {
        let found = self.locate(spec, frame, cancel)?;
        let first = found
            .first()
            .ok_or_else(|| not_found(format!("{spec:?} is nowhere")))?;
        let mut names: Vec<&str> = found
            .iter()
            .filter_map(|place| place.function.as_deref())
            .collect();
        names.dedup();
        if names.len() > 1 {
            return Err(ambiguous(spec, &names));
        }
        Ok(first.pc)
    }

    /// Where the frame stands from which a specification is seen.
    fn here(&self, spec: &str, frame: Option<FrameId>, cancel: &CancelToken) -> Result<Location, Failure> {
        let frame = frame.ok_or_else(|| {
            Failure::new(
                FailureKind::Usage,
                format!("{spec:?} is relative to a frame, and none is selected"),
            )
        })?;
        let here = self.frame(frame, cancel)?.frame.location;
        if here.file.is_none() {
            return Err(not_found(format!("no source file is recorded for {}", here.pc)));
        }
        Ok(here)
    }

    /// Function, file and line at `addr`.
    pub(super) fn location_of(&self, addr: Addr) -> Location {
        if let Some(func) = self.go.as_ref().and_then(|go| go.runtime.code.find_func(addr)) {
            return location_in(&func, addr);
        }
        let named = AddrNames::of(self).find(addr).filter(|named| named.is_function);
        Location {
            pc: addr,
            function: named.map(|named| named.name.into()),
            ..Location::default()
        }
    }

    /// The first address of the line in each function that has code of it.
    fn locate_line(&self, file: &str, line: u32, cancel: &CancelToken) -> Result<Vec<Location>, Failure> {
        let code = &self.go()?.runtime.code;
        let mut found = Vec::new();
        let mut next: Option<u32> = None;
        for (at, func) in code.funcs().enumerate() {
            look(at, cancel)?;
            let runs = func.lines_in(&mut |path| ends_in(path, file));
            if let Some(run) = runs.iter().find(|run| run.line == Some(line)) {
                found.push(location_in(&func, run.range.start));
            }
            let later = runs
                .iter()
                .filter_map(|run| run.line)
                .filter(|other| *other > line)
                .min();
            next = [next, later].into_iter().flatten().min();
        }
        if found.is_empty() {
            let known = code.files().any(|path| ends_in(path, file));
            return Err(no_code((file, line), known, next));
        }
        Ok(found)
    }

    fn lines_into(
        &self,
        funcs: &[Func<'_>],
        into: u32,
        cancel: &CancelToken,
    ) -> Result<Vec<Location>, Failure> {
        let mut found = Vec::new();
        for func in funcs {
            let (file, line) = func.file_line(func.entry());
            let line = func.start_line().or(line).and_then(|line| line.checked_add(into));
            if let (Some(file), Some(line)) = (file, line) {
                let within = self.locate_line(file, line, cancel)?;
                found.extend(within.into_iter().filter(|place| func.contains(place.pc)));
            }
        }
        if found.is_empty() {
            return Err(not_found(format!(
                "that function has no code {into} lines into it"
            )));
        }
        Ok(found)
    }

    /// The functions that `name` means: of that very name, or else those that end in it.
    fn functions_called(&self, name: &str, cancel: &CancelToken) -> Result<Vec<Func<'_>>, Failure> {
        let exact = self.functions_where(cancel, |other| other == name)?;
        if !exact.is_empty() {
            return Ok(exact);
        }
        let wanted = plain(name);
        let fitting = self.functions_where(cancel, |other| is_called(&plain(other), &wanted))?;
        if !fitting.is_empty() {
            return Ok(fitting);
        }
        let code = &self.go()?.runtime.code;
        Err(no_function(name, code))
    }

    fn functions_where(
        &self,
        cancel: &CancelToken,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Func<'_>>, Failure> {
        let mut found = Vec::new();
        for (at, func) in self.go()?.runtime.code.funcs().enumerate() {
            look(at, cancel)?;
            if wanted(func.name()) {
                found.push(func);
            }
        }
        Ok(found)
    }
}

fn location_in(func: &Func<'_>, pc: Addr) -> Location {
    let (file, line) = func.file_line(pc);
    Location {
        pc,
        function: Some(func.name().into()),
        file: file.map(Into::into),
        line,
    }
}

/// A function's name without the signs that people leave out: `main.server.Serve` for
/// `main.(*server).Serve`, `main.pair.Get` for `main.(*pair[...]).Get`.
fn plain(name: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '(' | ')' | '*' => {}
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// Whether `name` is `wanted` or ends in it, at a boundary of path, package or receiver.
fn is_called(name: &str, wanted: &str) -> bool {
    name.strip_suffix(wanted)
        .is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
}

fn ends_in(path: &str, file: &str) -> bool {
    path.strip_suffix(file)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn look(at: usize, cancel: &CancelToken) -> Result<(), Failure> {
    if at.is_multiple_of(STRIDE) {
        cancel.check().map_err(cancelled)?;
    }
    Ok(())
}

fn not_found(message: String) -> Failure {
    Failure::new(FailureKind::NotFound, message)
}

fn no_function(name: &str, code: &GoCode) -> Failure {
    let wanted = plain(name);
    match code.names().find(|other| is_called(&plain(other), &wanted)) {
        Some(inlined) => not_found(format!(
            "{inlined} has no code of its own: it was inlined wherever it is called"
        )),
        None => {
            not_found(format!("there is no function {name:?}")).hint("`funcs REGEX` lists functions by name")
        }
    }
}

fn no_code((file, line): (&str, u32), file_is_known: bool, next: Option<u32>) -> Failure {
    if !file_is_known {
        return not_found(format!("no code was compiled from {file:?}"))
            .hint("`sources REGEX` lists the files");
    }
    let failure = not_found(format!("line {line} of {file} has no code"));
    match next {
        Some(next) => failure.hint(format!("the next line that has some is {next}")),
        None => failure,
    }
}

fn ambiguous(spec: &str, names: &[&str]) -> Failure {
    let named: Vec<&str> = names.iter().take(CANDIDATES_NAMED).copied().collect();
    let rest = match names.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Failure::new(
        FailureKind::Usage,
        format!("{spec:?} can mean {}{rest}", named.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_are_taken_apart() {
        let cases = [
            ("*0x46d0c3", Spec::Address(Addr(0x46_d0c3))),
            ("12", Spec::OwnLine(12)),
            ("+3", Spec::Relative(3)),
            ("-3", Spec::Relative(-3)),
            (
                "main.go:12",
                Spec::Line {
                    file: "main.go",
                    line: 12,
                },
            ),
            (
                "/src/a b.go:1",
                Spec::Line {
                    file: "/src/a b.go",
                    line: 1,
                },
            ),
            ("main.work", Spec::Function("main.work", None)),
            ("(*server).Serve:3", Spec::Function("(*server).Serve", Some(3))),
            ("/^main/", Spec::Regex("^main")),
        ];
        for (text, expected) in cases {
            assert_eq!(Spec::parse(text).unwrap(), expected, "{text}");
        }
        for wrong in ["", "*x", "+x", "main.go:x", "/abc"] {
            assert_eq!(
                Spec::parse(wrong).unwrap_err().kind,
                FailureKind::Usage,
                "{wrong}"
            );
        }
    }

    #[test]
    fn names_may_lack_their_beginning_and_their_signs() {
        let means = |wanted: &str, name: &str| is_called(&plain(name), &plain(wanted));
        assert!(means("Serve", "main.(*server).Serve"));
        assert!(means("server.Serve", "main.(*server).Serve"));
        assert!(means("http.(*Server).Serve", "net/http.(*Server).Serve"));
        assert!(means("pair.Get", "main.(*pair[...]).Get"));
        assert!(!means("erve", "main.(*server).Serve"));
    }
}
