//! From arguments to [`Invocation`]: plain data. Looks at no file and at no environment.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Parser;
use clap_complete::Shell;

use super::args::{Cli, CoreArgs, CoresArgs, DoctorArgs, DumpArgs, SessionOptions, Verb};
use crate::engine::commands::nearest;
use crate::model::{ColorChoice, DumpContent, DumpMethod, DumpOptions, Failure, FailureKind, PathRule};

/// What the arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    Session(Box<SessionArgs>),
    Dump(DumpRequest),
    Cores(CoresRequest),
    Doctor(DoctorRequest),
    Completions(Shell),
    Man,
}

/// `dump`, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpRequest {
    pub process: Process,
    pub options: DumpOptions,
    pub json: bool,
}

/// `cores`, as given: a directory, or what to look for, or one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoresRequest {
    pub what: Vec<PathBuf>,
    pub journal: Option<PathBuf>,
    /// Print them in any case.
    pub list: bool,
    pub most: Option<usize>,
    pub json: bool,
}

/// `doctor`, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorRequest {
    pub process: Option<Process>,
    pub json: bool,
}

/// A running process, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    Pid(u32),
    Name(String),
}

/// A session, on the screen or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionArgs {
    pub subject: Subject,
    pub commands: Vec<String>,
    pub script: Option<PathBuf>,
    pub json: bool,
    pub substitute_path: Vec<PathRule>,
    pub sysroot: Option<PathBuf>,
    pub debug_dirs: Vec<PathBuf>,
    pub no_debuginfod: bool,
    pub theme: Option<String>,
    pub config: Option<PathBuf>,
    pub log: Option<PathBuf>,
    pub color: Option<ColorChoice>,
}

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Core(CoreFiles),
    Process(Process),
    /// One that is still to be picked.
    SomeProcess,
    Demo,
}

/// The files of a crash, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreFiles {
    pub exe: Option<PathBuf>,
    pub core: PathBuf,
    /// Two bare files were given: the executable comes first by custom only.
    pub by_position: bool,
}

/// Why there is no invocation.
#[derive(Debug)]
pub enum Stop {
    /// Help, version, or what clap has to say about wrong usage.
    Clap(clap::Error),
    /// Wrong usage, in our words.
    Usage(Failure),
}

/// The words that begin a command line of this version.
const VERBS: [&str; 8] = [
    "core",
    "cores",
    "attach",
    "dump",
    "doctor",
    "demo",
    "completions",
    "man",
];

/// Verbs of the interface that come later.
const NOT_YET: [(&str, &str); 1] = [("exec", "starting a program")];

/// Understands the arguments, the program's own name first.
///
/// # Errors
/// Help and version included: whatever is to be printed instead of going on.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, Stop> {
    let args = normalise(args.into_iter().collect())?;
    let cli = Cli::try_parse_from(args).map_err(Stop::Clap)?;
    match cli.command {
        Verb::Core(args) => core(args).map_err(Stop::Usage),
        Verb::Attach(args) => {
            let subject = args.process.map_or(Subject::SomeProcess, Subject::Process);
            Ok(session(subject, args.options))
        }
        Verb::Cores(args) => Ok(Invocation::Cores(cores(args))),
        Verb::Doctor(DoctorArgs { process, json }) => Ok(Invocation::Doctor(DoctorRequest { process, json })),
        Verb::Dump(args) => Ok(Invocation::Dump(dump(args))),
        Verb::Demo(options) => Ok(session(Subject::Demo, options)),
        Verb::Completions { shell } => Ok(Invocation::Completions(shell)),
        Verb::Man => Ok(Invocation::Man),
    }
}

/// Brings the spellings of other tools into clap's grammar: `-core CORE`, and `EXE -c CORE`
/// without verb, which is what `coredumpctl debug` runs.
fn normalise(args: Vec<OsString>) -> Result<Vec<OsString>, Stop> {
    let mut args: Vec<OsString> = args.into_iter().map(long_core).collect();
    let Some(first) = args.get(1) else {
        return Ok(args);
    };
    let word = first.to_string_lossy();
    if VERBS.contains(&&*word) {
        return Ok(args);
    }
    let names_core = args.iter().skip(1).any(|arg| is_core_option(arg));
    if names_core {
        args.insert(1, OsString::from("core"));
    } else if let Some((verb, what)) = NOT_YET.iter().find(|(verb, _)| *verb == word) {
        return Err(Stop::Usage(not_yet(verb, what)));
    } else if !word.starts_with('-') {
        return Err(Stop::Usage(unknown_verb(&word)));
    }
    Ok(args)
}

/// `-core` as gdb writes it; clap would read it as `-c ore`.
fn long_core(arg: OsString) -> OsString {
    match arg.to_str() {
        Some("-core") => OsString::from("--core"),
        Some(text) if text.starts_with("-core=") => OsString::from(format!("-{text}")),
        _ => arg,
    }
}

fn is_core_option(arg: &OsStr) -> bool {
    let text = arg.to_string_lossy();
    text == "--core" || text.starts_with("--core=") || (text.starts_with("-c") && !text.starts_with("-co"))
}

fn not_yet(verb: &str, what: &str) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("{verb} is not in this version: {what} is still to come"),
    )
    .hint("to open a core dump: tinydbg-tui core [EXE] CORE")
    .hint("to see how that looks: tinydbg-tui demo")
}

fn unknown_verb(word: &str) -> Failure {
    let failure = Failure::new(FailureKind::Usage, format!("unknown command {word:?}"));
    let failure = match nearest(word, VERBS) {
        Some(verb) => failure.hint(format!("did you mean `tinydbg-tui {verb}`?")),
        None => failure,
    };
    failure
        .hint("to open a core dump: tinydbg-tui core [EXE] CORE")
        .hint("for more: tinydbg-tui --help")
}

fn core(args: CoreArgs) -> Result<Invocation, Failure> {
    let mut files = args.files.into_iter();
    let files = match (args.core, files.next(), files.next()) {
        (Some(core), exe, None) => CoreFiles {
            exe,
            core,
            by_position: false,
        },
        (None, Some(core), None) => CoreFiles {
            exe: None,
            core,
            by_position: false,
        },
        (None, Some(exe), Some(core)) => CoreFiles {
            exe: Some(exe),
            core,
            by_position: true,
        },
        (Some(_), _, Some(_)) => return Err(usage("a core dump was given by -c and by position")),
        (None, None, _) => return Err(usage("no core dump was given")),
    };
    Ok(session(Subject::Core(files), args.options))
}

fn cores(args: CoresArgs) -> CoresRequest {
    CoresRequest {
        what: args.what,
        journal: args.journal,
        list: args.list,
        most: args.most,
        json: args.json,
    }
}

fn dump(args: DumpArgs) -> DumpRequest {
    let content = match (args.full, args.thin) {
        (true, _) => DumpContent::Full,
        (_, true) => DumpContent::Thin,
        _ => DumpContent::Default,
    };
    let method = match (args.snapshot, args.stop) {
        (true, _) => DumpMethod::Snapshot,
        (_, true) => DumpMethod::Stop,
        _ => DumpMethod::Auto,
    };
    DumpRequest {
        process: args.process,
        options: DumpOptions {
            path: args.output,
            content,
            method,
            compress: args.compress,
            overwrite: args.force,
            first: None,
        },
        json: args.json,
    }
}

fn usage(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message).hint("usage: tinydbg-tui core [OPTIONS] [EXE] CORE")
}

fn session(subject: Subject, options: SessionOptions) -> Invocation {
    Invocation::Session(Box::new(SessionArgs {
        subject,
        commands: options.commands,
        script: options.script,
        json: options.json,
        substitute_path: options.substitute_path,
        sysroot: options.sysroot,
        debug_dirs: options.debug_dir,
        no_debuginfod: options.no_debuginfod,
        theme: options.theme,
        config: options.config,
        log: options.log,
        color: options.color.map(ColorChoice::from),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(line: &str) -> Invocation {
        let args = std::iter::once("tinydbg-tui").chain(line.split_whitespace());
        match parse(args.map(OsString::from)) {
            Ok(invocation) => invocation,
            Err(stop) => panic!("{line}: {stop:?}"),
        }
    }

    fn session_of(line: &str) -> SessionArgs {
        match invocation(line) {
            Invocation::Session(args) => *args,
            other => panic!("{line} gave {other:?}"),
        }
    }

    fn refusal(line: &str) -> Stop {
        let args = std::iter::once("tinydbg-tui").chain(line.split_whitespace());
        match parse(args.map(OsString::from)) {
            Ok(invocation) => panic!("{line} gave {invocation:?}"),
            Err(stop) => stop,
        }
    }

    #[test]
    fn every_spelling_of_core_is_understood() {
        let table = [
            ("core prog prog.core", Some("prog"), "prog.core", true),
            ("core prog.core", None, "prog.core", false),
            ("core prog -c prog.core", Some("prog"), "prog.core", false),
            ("core -c prog.core", None, "prog.core", false),
            ("core -c prog.core prog", Some("prog"), "prog.core", false),
            ("core --core=prog.core", None, "prog.core", false),
            ("core prog --core=prog.core", Some("prog"), "prog.core", false),
            ("core -core prog.core prog", Some("prog"), "prog.core", false),
            ("core -core=prog.core", None, "prog.core", false),
            (
                "/usr/bin/prog -c /var/tmp/coredump-x",
                Some("/usr/bin/prog"),
                "/var/tmp/coredump-x",
                false,
            ),
            ("-c prog.core prog", Some("prog"), "prog.core", false),
            ("--core=prog.core", None, "prog.core", false),
            ("-core prog.core", None, "prog.core", false),
            ("core -x bt -c prog.core", None, "prog.core", false),
        ];
        for (line, exe, core, by_position) in table {
            let expected = Subject::Core(CoreFiles {
                exe: exe.map(PathBuf::from),
                core: PathBuf::from(core),
                by_position,
            });
            assert_eq!(session_of(line).subject, expected, "{line}");
        }
    }

    #[test]
    fn options_are_taken_over() {
        let args = session_of(
            "core p c -x bt -x -unlikely --script s --json --substitute-path /a=/b --substitute-path /c= \
             --sysroot /r --debug-dir d --debug-dir e --no-debuginfod --theme mono --config f --log l --color never",
        );
        assert_eq!(args.commands, ["bt", "-unlikely"]);
        assert_eq!(args.script, Some(PathBuf::from("s")));
        assert!(args.json);
        assert_eq!(args.substitute_path.len(), 2);
        assert_eq!(args.substitute_path[0].to, "/b");
        assert_eq!(args.debug_dirs, [PathBuf::from("d"), PathBuf::from("e")]);
        assert_eq!(args.theme.as_deref(), Some("mono"));
        assert_eq!(args.color, Some(ColorChoice::Never));
    }

    #[test]
    fn processes_are_given_by_number_by_name_or_not_at_all() {
        assert_eq!(session_of("attach").subject, Subject::SomeProcess);
        assert_eq!(
            session_of("attach 77 -x bt").subject,
            Subject::Process(Process::Pid(77))
        );
        let named = Process::Name("orders-2".to_owned());
        assert_eq!(
            session_of("attach orders-2").subject,
            Subject::Process(named.clone())
        );
        let process = Some(named);
        assert_eq!(
            invocation("doctor orders-2 --json"),
            Invocation::Doctor(DoctorRequest { process, json: true })
        );
        assert!(matches!(
            invocation("dump 77"),
            Invocation::Dump(DumpRequest {
                process: Process::Pid(77),
                ..
            })
        ));
        for line in ["attach 0", "attach 99999999999", "dump", "doctor 1 2"] {
            assert!(matches!(refusal(line), Stop::Clap(_)), "{line}");
        }
    }

    #[test]
    fn other_verbs_are_understood() {
        assert_eq!(session_of("demo").subject, Subject::Demo);
        assert_eq!(
            invocation("cores dir orders -n 3 --json"),
            Invocation::Cores(CoresRequest {
                what: vec![PathBuf::from("dir"), PathBuf::from("orders")],
                journal: None,
                list: false,
                most: Some(3),
                json: true,
            })
        );
        assert_eq!(invocation("man"), Invocation::Man);
        assert_eq!(
            invocation("completions bash"),
            Invocation::Completions(Shell::Bash)
        );
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            "core",
            "core a b -c c",
            "frobnicate",
            "./prog core",
            "exec ./prog",
        ] {
            assert!(matches!(refusal(line), Stop::Usage(_)), "{line}");
        }
        for line in [
            "",
            "core a b c",
            "demo x",
            "core a --substitute-path b",
            "core a --color red",
            "--json",
        ] {
            assert!(
                matches!(refusal(line), Stop::Clap(error) if error.exit_code() == 2),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_still_to_come_says_so_and_what_works() {
        let Stop::Usage(failure) = refusal("exec ./prog") else {
            panic!("not ours");
        };
        assert!(failure.message.starts_with("exec is not in this version"));
        assert!(failure.hints[0].contains("core [EXE] CORE"));
    }

    #[test]
    fn a_slip_suggests_the_verb() {
        let Stop::Usage(failure) = refusal("dmeo") else {
            panic!("not ours");
        };
        assert_eq!(failure.hints[0], "did you mean `tinydbg-tui demo`?");
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for line in ["--help", "-h", "-V", "core --help"] {
            assert!(
                matches!(refusal(line), Stop::Clap(error) if error.exit_code() == 0),
                "{line}"
            );
        }
    }

    #[test]
    fn the_grammar_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
