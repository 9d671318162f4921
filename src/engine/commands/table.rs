//! The table of commands: names, how each is written, what it does, and who parses it.

use super::grammar;
use super::look;
use super::nearest::nearest;
use super::query::UserCommand;
use super::words::Words;
use crate::model::{Failure, FailureKind};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub family: CommandFamily,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one line without full stop.
    pub summary: &'static str,
    /// The rest of its help page, `""` when the summary says it all.
    pub details: &'static str,
    pub(super) parse: fn(&mut Words) -> Result<UserCommand, Failure>,
}

/// Groups of commands, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandFamily {
    Crash,
    Goroutines,
    Stack,
    Variables,
    Code,
    Process,
    Live,
    Session,
}

impl CommandFamily {
    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Crash => "Why it died",
            Self::Goroutines => "Goroutines and threads",
            Self::Stack => "Stack and frames",
            Self::Variables => "Variables and registers",
            Self::Code => "Source and code",
            Self::Process => "Process",
            Self::Live => "Running process",
            Self::Session => "Session",
        }
    }
}

/// Every command of this version, in the order of the help.
pub const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "report",
        aliases: &[],
        family: CommandFamily::Crash,
        usage: "report",
        summary: "why the program died, where, and what everyone else was doing",
        details: "",
        parse: grammar::report,
    },
    CommandSpec {
        name: "goroutines",
        aliases: &["grs"],
        family: CommandFamily::Goroutines,
        usage: "goroutines [-u|-r|-g|-s] [-t [DEPTH]] [-l] [-with|-without KEY [VALUE]]... [-group KEY] [-sort KEY] [-limit N]",
        summary: "list the goroutines",
        details: "\
-u  show where each is in the user's code (default)
-r  show where each is, the runtime's functions included
-g  show the go statement that started it
-s  show its first function
-t  show DEPTH frames (10) of each stack
-l  show labels

-with KEY VALUE shows only those that match, -without KEY VALUE only those
that do not; both may be repeated:
    userloc|curloc|goloc|startloc TEXT   it occurs in function or file:line
    label KEY[=VALUE]                    has the label, or has it so
    status TEXT, waitreason TEXT         it occurs in that
    parent ID, thread TID                was started by ID, is on TID
    running, user                        is on a thread, not the runtime's
-group KEY  stack, userloc, curloc, goloc, startloc, status, waitreason,
            label KEY, running or user
-sort KEY   id, status, waitreason, wait (longest first), location, thread
-limit N    show N rows at most, and say how many are left out",
        parse: grammar::goroutines,
    },
    CommandSpec {
        name: "goroutine",
        aliases: &["gr"],
        family: CommandFamily::Goroutines,
        usage: "goroutine [ID [COMMAND]]",
        summary: "select a goroutine, or show the selected one",
        details: "With COMMAND: carries it out there and leaves the selection as it was.",
        parse: grammar::goroutine,
    },
    CommandSpec {
        name: "threads",
        aliases: &[],
        family: CommandFamily::Goroutines,
        usage: "threads",
        summary: "list the threads",
        details: "",
        parse: grammar::threads,
    },
    CommandSpec {
        name: "thread",
        aliases: &["tr"],
        family: CommandFamily::Goroutines,
        usage: "thread TID [COMMAND]",
        summary: "select a thread, with the stack that it runs on",
        details: "",
        parse: grammar::thread,
    },
    CommandSpec {
        name: "stack",
        aliases: &["bt"],
        family: CommandFamily::Stack,
        usage: "stack [DEPTH] [-full] [-goroutine ID]",
        summary: "show the stack of the selected goroutine or thread",
        details: "\
DEPTH           frames shown at most (50)
-full           with the arguments and locals of each frame
-goroutine ID   of another goroutine, without selecting it",
        parse: grammar::stack,
    },
    CommandSpec {
        name: "frame",
        aliases: &[],
        family: CommandFamily::Stack,
        usage: "frame N [COMMAND]",
        summary: "select a frame by its number",
        details: "\
With COMMAND: carries it out there and leaves the selection as it was:\n    goroutine 12 frame 3 print x",
        parse: grammar::frame,
    },
    CommandSpec {
        name: "up",
        aliases: &[],
        family: CommandFamily::Stack,
        usage: "up [N] [COMMAND]",
        summary: "select the caller's frame, or the one N further out",
        details: "",
        parse: grammar::up,
    },
    CommandSpec {
        name: "down",
        aliases: &[],
        family: CommandFamily::Stack,
        usage: "down [N] [COMMAND]",
        summary: "select the frame called, or the one N further in",
        details: "",
        parse: grammar::down,
    },
    CommandSpec {
        name: "defers",
        aliases: &["deferred"],
        family: CommandFamily::Stack,
        usage: "defers",
        summary: "list the deferred calls of the selected goroutine that have not run",
        details: "",
        parse: look::defers,
    },
    CommandSpec {
        name: "locals",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "locals [NAME]",
        summary: "show the local variables of the selected frame",
        details: "With NAME: that variable and what it holds, or else those that contain NAME.",
        parse: grammar::locals,
    },
    CommandSpec {
        name: "args",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "args [NAME]",
        summary: "show the arguments and results of the selected frame",
        details: "With NAME: that argument and what it holds, or else those that contain NAME.",
        parse: grammar::args,
    },
    CommandSpec {
        name: "vars",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "vars [REGEX]",
        summary: "show package variables whose full names REGEX fits",
        details: "Without REGEX: those of package main. Quote backslashes: `vars '^main\\.'`.",
        parse: grammar::vars,
    },
    CommandSpec {
        name: "print",
        aliases: &["p"],
        family: CommandFamily::Variables,
        usage: "print [-all] EXPRESSION",
        summary: "show the value of an expression",
        details: "\
-all  with everything that it holds, however long

Go's expressions, as far as they change nothing:
    x.items[2].name   x.cache[\"key\"]   *p   &x   s[1:4]   x.(*main.T)
    (*main.T)(0xc000012340)   main.counter   \"net/http\".DefaultClient
    a + b*2   a == nil   !ok   len(x) cap(x) min(a, b) real(c)
Names are the frame's variables, package variables (of the frame's package
without its name), registers (rax, pc), runtime.curg, runtime.goid and
runtime.threadid. x.(data) is what an interface holds. Methods and functions
are not called.",
        parse: grammar::print,
    },
    CommandSpec {
        name: "whatis",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "whatis EXPRESSION",
        summary: "show the type of an expression, and what an interface holds",
        details: "",
        parse: grammar::whatis,
    },
    CommandSpec {
        name: "ptype",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "ptype TYPE|NAME",
        summary: "show the fields of a type with offsets, sizes and padding, and its methods",
        details: "\
TYPE is written as in Go: server, net/http.Server, map[string]int; the
beginning of an import path may be left out. NAME is a variable of the
selected frame or a package variable.",
        parse: look::type_layout,
    },
    CommandSpec {
        name: "examinemem",
        aliases: &["x"],
        family: CommandFamily::Variables,
        usage: "examinemem ADDR [COUNT] [FMT] [-fmt FMT] [-count N] [-size 1|2|4|8]",
        summary: "show memory, and where its bytes come from",
        details: "\
ADDR is an address or an expression that has one. FMT is
    hex (default), dec, oct, bin   units of -size bytes
    addr   words, with what they point to
    str    text
    typed  the fields and elements of what ADDR is an expression of
COUNT is counted in units; without it a screenful is shown.",
        parse: look::examine,
    },
    CommandSpec {
        name: "regs",
        aliases: &[],
        family: CommandFamily::Variables,
        usage: "regs [-a]",
        summary: "show the registers of the selected frame",
        details: "-a  vector and floating point registers as well",
        parse: grammar::regs,
    },
    CommandSpec {
        name: "list",
        aliases: &["ls", "l"],
        family: CommandFamily::Code,
        usage: "list [LOCSPEC]",
        summary: "show source around the selected frame or around a line",
        details: "\
LOCSPEC is one of
    LINE, +N, -N            in the selected frame's file
    FILE:LINE               FILE may be the end of a path
    FUNCTION, FUNCTION:N    N lines into it; package and receiver may be
                            left out where that is clear
    *ADDRESS                the code there
    /REGEX/                 functions whose names it fits",
        parse: grammar::list,
    },
    CommandSpec {
        name: "disassemble",
        aliases: &["disass"],
        family: CommandFamily::Code,
        usage: "disassemble [LOCSPEC] [-a START END] [-syntax intel|gnu|go]",
        summary: "show machine code: of the selected frame's function, or of another",
        details: "\
LOCSPEC is written as for `list`; the code is that of the function there.
-a START END  shows these addresses
-syntax NAME  intel (default), gnu (AT&T's) or go (Go's assembler)",
        parse: look::disassemble,
    },
    CommandSpec {
        name: "types",
        aliases: &[],
        family: CommandFamily::Code,
        usage: "types [REGEX]",
        summary: "list the types of the program whose full names REGEX fits",
        details: "",
        parse: look::types,
    },
    CommandSpec {
        name: "funcs",
        aliases: &[],
        family: CommandFamily::Code,
        usage: "funcs [REGEX]",
        summary: "list the functions of the program whose full names REGEX fits",
        details: "\
Functions of which only inlined copies exist are among them.",
        parse: look::functions,
    },
    CommandSpec {
        name: "packages",
        aliases: &[],
        family: CommandFamily::Code,
        usage: "packages [REGEX]",
        summary: "list the packages whose functions are in the program",
        details: "",
        parse: look::packages,
    },
    CommandSpec {
        name: "sources",
        aliases: &[],
        family: CommandFamily::Code,
        usage: "sources [REGEX]",
        summary: "list the source files that the Go code was compiled from",
        details: "With REGEX: those whose paths it fits, anywhere.",
        parse: grammar::sources,
    },
    CommandSpec {
        name: "images",
        aliases: &["libraries"],
        family: CommandFamily::Process,
        usage: "images",
        summary: "list executable and shared libraries, and whether each is the right file",
        details: "",
        parse: grammar::images,
    },
    CommandSpec {
        name: "memmap",
        aliases: &[],
        family: CommandFamily::Process,
        usage: "memmap",
        summary: "list the mappings, and where the bytes of each come from",
        details: "",
        parse: grammar::memory_map,
    },
    CommandSpec {
        name: "env",
        aliases: &[],
        family: CommandFamily::Process,
        usage: "env",
        summary: "show the environment that the program was started with",
        details: "",
        parse: grammar::environment,
    },
    CommandSpec {
        name: "info",
        aliases: &[],
        family: CommandFamily::Process,
        usage: "info",
        summary: "show facts about the process, the core and how the program was built",
        details: "",
        parse: grammar::info,
    },
    CommandSpec {
        name: "dump",
        aliases: &[],
        family: CommandFamily::Live,
        usage: "dump [-full|-thin] [-snapshot|-stop] [-compress] [-force] [FILE]",
        summary: "write a core dump of the process",
        details: "\
Without FILE the name is made of program, pid and time. The file is written
beside its name and renamed when it is whole; only its owner can read it.

-full      all readable memory, mapped files and shared memory included
-thin      without what the mapped files hold anyway
-snapshot  only by a frozen copy of the process, while itself it runs on
-stop      hold the process until everything is copied
-compress  compress with zstd
-force     replace an existing file",
        parse: grammar::dump,
    },
    CommandSpec {
        name: "continue",
        aliases: &["c"],
        family: CommandFamily::Live,
        usage: "continue",
        summary: "let the process run on, untraced",
        details: "",
        parse: grammar::resume,
    },
    CommandSpec {
        name: "halt",
        aliases: &["pause"],
        family: CommandFamily::Live,
        usage: "halt",
        summary: "stop the process for a look",
        details: "",
        parse: grammar::halt,
    },
    CommandSpec {
        name: "detach",
        aliases: &[],
        family: CommandFamily::Live,
        usage: "detach",
        summary: "end the session and let the process run on",
        details: "",
        parse: grammar::detach,
    },
    CommandSpec {
        name: "help",
        aliases: &["h"],
        family: CommandFamily::Session,
        usage: "help [COMMAND]",
        summary: "list the commands, or explain one",
        details: "",
        parse: grammar::help,
    },
    CommandSpec {
        name: "quit",
        aliases: &["q", "exit"],
        family: CommandFamily::Session,
        usage: "quit",
        summary: "end the session",
        details: "",
        parse: grammar::quit,
    },
];

/// Names that make sense for a running process only.
const LIVE_ONLY: &[(&str, &[&str])] = &[
    ("next", &["n"]),
    ("step", &["s"]),
    ("stepout", &["so"]),
    ("step-instruction", &["si", "stepi"]),
    ("next-instruction", &["ni", "nexti"]),
    ("break", &["b"]),
    ("breakpoints", &["bp"]),
    ("clear", &["clearall"]),
    ("condition", &["cond"]),
    ("trace", &["t"]),
    ("watch", &[]),
    ("call", &[]),
    ("set", &[]),
    ("kill", &[]),
    ("restart", &["r"]),
];

/// The row that a word means: a name, an alias, or the beginning of one command's names.
///
/// # Errors
/// When the word means no command or several; says which, or what is nearest.
pub fn find(word: &str) -> Result<&'static CommandSpec, Failure> {
    if let Some(spec) = COMMANDS.iter().find(|spec| spec.is_called(word)) {
        return Ok(spec);
    }
    if let Some(name) = named_in(LIVE_ONLY, word) {
        return Err(Failure::new(
            FailureKind::Unsupported,
            format!("{name} is not in this version: a running process can be looked at, not driven"),
        ));
    }
    by_prefix(word)
}

fn named_in(names: &[(&'static str, &[&str])], word: &str) -> Option<&'static str> {
    names
        .iter()
        .find(|(name, aliases)| *name == word || aliases.contains(&word))
        .map(|(name, _)| *name)
}

fn by_prefix(word: &str) -> Result<&'static CommandSpec, Failure> {
    let matching: Vec<_> = COMMANDS.iter().filter(|spec| spec.begins_with(word)).collect();
    match matching.as_slice() {
        [spec] => Ok(spec),
        [] => Err(unknown(word)),
        several => {
            let names: Vec<_> = several.iter().map(|spec| spec.name).collect();
            Err(Failure::new(
                FailureKind::Usage,
                format!("{word:?} can mean {}", names.join(", ")),
            ))
        }
    }
}

fn unknown(word: &str) -> Failure {
    let names = COMMANDS.iter().flat_map(|spec| spec.names());
    let failure = Failure::new(FailureKind::Usage, format!("unknown command {word:?}"));
    match nearest(word, names) {
        Some(name) => failure.hint(format!("did you mean `{name}`?")),
        None => failure.hint("`help` lists the commands"),
    }
}

impl CommandSpec {
    /// Its name, then its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    fn is_called(&self, word: &str) -> bool {
        self.names().any(|name| name == word)
    }

    fn begins_with(&self, word: &str) -> bool {
        self.names().any(|name| name.starts_with(word))
    }
}
