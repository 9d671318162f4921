//! The grammar of the command line, for clap.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::invocation::Process;
use crate::model::{ColorChoice, PathRule};

/// What `--help` says after the options.
const EXAMPLES: &str = "\
Examples:
  tinydbg-tui demo                       look at the sample crash that travels inside
  tinydbg-tui core ./server core.1234    open a crash
  tinydbg-tui core core.1234             find the executable by the names inside the core
  tinydbg-tui core core.1234 -x bt       only print the stack of the crash
  tinydbg-tui core core.1234 --json -x report -x goroutines
  tinydbg-tui cores                      pick one of the crashes that systemd stored
  tinydbg-tui core 1234                  open the one of process 1234, or of a program's name
  tinydbg-tui attach                     pick a running process and look at it
  tinydbg-tui attach 1234                look at process 1234
  tinydbg-tui dump 1234 -o core.1234     write a core of it while it runs on
  tinydbg-tui doctor                     what would keep all this from working here

coredumpctl debug --debugger=tinydbg-tui does so, too, as does SYSTEMD_DEBUGGER=tinydbg-tui.
A Go program leaves a core dump when it crashes with GOTRACEBACK=crash and `ulimit -c unlimited`.

Exit codes:
  0    all went well
  1    opening, or one of the commands, failed; doctor found what stands in the way
  2    wrong usage
  130  interrupted";

/// A full-screen terminal debugger for Go programs that crashed or hang.
///
/// Opens a core dump on the goroutine and the line that crashed, or looks at a running process
/// without changing it. Without a terminal, or with -x or
/// --script, it prints what the given commands find, or a report of the crash.
#[derive(Debug, Parser)]
#[command(
    name = "tinydbg-tui",
    version,
    after_long_help = EXAMPLES,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    styles = STYLES,
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Verb,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Open a core dump
    #[command(
        override_usage = "tinydbg-tui core [OPTIONS] [EXE] CORE\n       tinydbg-tui core [OPTIONS] [EXE] -c CORE"
    )]
    Core(CoreArgs),
    /// Attach to a running process
    #[command(
        override_usage = "tinydbg-tui attach [OPTIONS] [PID|NAME]",
        long_about = "Attach to a running process\n\nWithout a process, the screen shows a list to pick from; with --json, and no command, the list is printed. Its files are read while it runs; then it is stopped for a look, and runs on when the session ends, however it ends. Nothing of its memory is written."
    )]
    Attach(AttachArgs),
    /// Write a core dump of a running process, and let it run on
    Dump(DumpArgs),
    /// Pick one of the core dumps that systemd stored, or of those in a directory
    #[command(
        override_usage = "tinydbg-tui cores [OPTIONS] [DIR] [MATCH]",
        long_about = "Pick one of the core dumps that systemd stored, or of those in a directory\n\nThe newest come first. Without a terminal, with --list or with --json they are printed. `core` opens one by its process id or program as well as by its file. What another user's rights would show is said at the end. The exit code is 1 when there is none."
    )]
    Cores(CoresArgs),
    /// Say what would keep cores, attaching and symbols from working here, and what helps
    Doctor(DoctorArgs),
    /// Open the sample crash that travels inside this program
    Demo(SessionOptions),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(super) struct CoreArgs {
    /// The executable, where it is not found by the names inside the core, and the core dump
    #[arg(value_name = "FILE", num_args = 0..=2)]
    pub(super) files: Vec<PathBuf>,
    /// The core dump
    #[arg(short = 'c', long = "core", value_name = "CORE")]
    pub(super) core: Option<PathBuf>,
    #[command(flatten)]
    pub(super) options: SessionOptions,
}

#[derive(Debug, Args)]
pub(super) struct AttachArgs {
    /// The process, by its number, or by its name where only one has it
    #[arg(value_name = "PID|NAME", value_parser = process)]
    pub(super) process: Option<Process>,
    #[command(flatten)]
    pub(super) options: SessionOptions,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Look at this process, too: whether it can be attached to and dumped while it runs
    #[arg(value_name = "PID|NAME", value_parser = process)]
    pub(super) process: Option<Process>,
    /// Print the checks as a line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CoresArgs {
    /// A directory to look in, and a process id, a program or the path of an executable
    #[arg(value_name = "MATCH", num_args = 0..=2)]
    pub(super) what: Vec<PathBuf>,
    /// Read this journal, a file or a directory of files, instead of this machine's
    #[arg(long, value_name = "PATH")]
    pub(super) journal: Option<PathBuf>,
    /// Print the list on a terminal, too, instead of letting one be picked
    #[arg(short = 'l', long)]
    pub(super) list: bool,
    /// Only the newest N
    #[arg(short = 'n', long = "number", value_name = "N")]
    pub(super) most: Option<usize>,
    /// Print the list as a line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct DumpArgs {
    /// The process, by its number, or by its name where only one has it
    #[arg(value_name = "PID|NAME", value_parser = process)]
    pub(super) process: Process,
    /// Where to; without it the name is made of program, pid and time
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// All readable memory, mapped files and shared memory included
    #[arg(long, conflicts_with = "thin")]
    pub(super) full: bool,
    /// Leave out what the mapped files hold anyway
    #[arg(long)]
    pub(super) thin: bool,
    /// Only by a frozen copy of the process, while the process itself runs on
    #[arg(long, conflicts_with = "stop")]
    pub(super) snapshot: bool,
    /// Hold the process until everything is copied
    #[arg(long)]
    pub(super) stop: bool,
    /// Compress with zstd; `core` opens the file as it is
    #[arg(long)]
    pub(super) compress: bool,
    /// Replace an existing file
    #[arg(long)]
    pub(super) force: bool,
    /// Print the outcome as a line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SessionOptions {
    /// Carry out a command instead of opening the screen; may be repeated
    #[arg(short = 'x', value_name = "CMD", allow_hyphen_values = true)]
    pub(super) commands: Vec<String>,
    /// Carry out the commands in a file, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) script: Option<PathBuf>,
    /// Print one line of JSON for each command
    #[arg(long)]
    pub(super) json: bool,
    /// Look for sources recorded under FROM in TO; may be repeated
    #[arg(long, value_name = "FROM=TO", value_parser = path_rule)]
    pub(super) substitute_path: Vec<PathRule>,
    /// Look for executable and libraries under a directory, as if it were /
    #[arg(long, value_name = "DIR")]
    pub(super) sysroot: Option<PathBuf>,
    /// Look for separate debug information in a directory, and then in /usr/lib/debug; may be
    /// repeated
    #[arg(long, value_name = "DIR")]
    pub(super) debug_dir: Vec<PathBuf>,
    /// Ask none of the servers in DEBUGINFOD_URLS for debug information, executables and sources
    #[arg(long)]
    pub(super) no_debuginfod: bool,
    /// Colours and marks of the screen
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Read settings from this file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Write what is asked and how long it takes to a file
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN")]
    pub(super) color: Option<When>,
}

/// `--color`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

impl From<When> for ColorChoice {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Always => Self::Always,
            When::Never => Self::Never,
        }
    }
}

/// Digits are a number; anything else is a name.
fn process(text: &str) -> Result<Process, String> {
    if text.is_empty() {
        return Err("it has to be a number or a name".to_owned());
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Process::Name(text.to_owned()));
    }
    match text.parse() {
        Ok(pid @ 1..) => Ok(Process::Pid(pid)),
        _ => Err("no process has that number".to_owned()),
    }
}

fn path_rule(text: &str) -> Result<PathRule, String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() => Ok(PathRule {
            from: from.to_owned(),
            to: to.to_owned(),
        }),
        _ => Err("it has to be FROM=TO".to_owned()),
    }
}
