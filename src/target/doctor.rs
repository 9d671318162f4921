//! What would keep a core from being written, a process from being attached to, or sources from
//! being found: looked up, judged and told with what helps. Terminals are the business of `ui`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::live::processes::go_version_of;
use super::live::refusal::Facts;
use super::live::snapshot_obstacle;
use crate::base::Limits;
use crate::debuginfod::Settings;
use crate::model::{Check, CheckState};
use crate::os::ProcDir;

const CAP_SYS_PTRACE: u64 = 1 << 19;
const SECCOMP_FILTER: u32 = 2;

/// Where to look. Tests put directories and variables of their own here.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The mount of procfs.
    pub proc: PathBuf,
    /// This process.
    pub own: u32,
    pub environment: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn here() -> Self {
        Self {
            proc: PathBuf::from("/proc"),
            own: std::process::id(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// All checks; those of process `pid` first, if one is given.
#[must_use]
pub fn examine(here: &Surroundings, pid: Option<u32>) -> Vec<Check> {
    let mut checks = Vec::new();
    // Of a process that is not there nothing can be told but that.
    let present = pid.filter(|pid| ProcDir::under(&here.proc, *pid).status().is_ok());
    let subject = ProcDir::under(&here.proc, present.unwrap_or(here.own));
    checks.extend(pid.map(|pid| attaching(here, pid)));
    if present.is_some() {
        let can_be_attached_to = checks.iter().all(|check| check.state == CheckState::Good);
        checks.extend(can_be_attached_to.then(|| snapshots(&subject)));
        checks.extend(may_be_go(&subject).then(|| traceback(&subject)));
    }
    checks.push(core_pattern(here));
    checks.push(core_limit(here, &subject, present));
    checks.push(yama(here));
    checks.push(rights(here));
    checks.push(debug_files());
    checks.push(debuginfod(here));
    checks.push(toolchain(here));
    checks
}

fn attaching(here: &Surroundings, pid: u32) -> Check {
    let facts = Facts::gather(&here.proc, here.own, pid);
    match facts.refusal() {
        None => Check::good("attaching", format!("process {pid} can be attached to")),
        Some(refusal) => Check::new(
            "attaching",
            CheckState::Bad,
            format!("process {pid} cannot be attached to: {refusal}"),
            refusal.hints(&facts).first().map(String::as_str),
        ),
    }
}

fn snapshots(subject: &ProcDir) -> Check {
    match snapshot_obstacle(subject) {
        None => Check::good("snapshots", "it can be dumped while it runs on"),
        Some(reason) => Check::new(
            "snapshots",
            CheckState::Note,
            format!("it has to stand still while it is dumped: {reason}"),
            None,
        ),
    }
}

/// Whether it is a Go program, as far as that can be known.
fn may_be_go(subject: &ProcDir) -> bool {
    subject.exe_name().is_err() || go_version_of(&subject.exe(), &Limits::default()).is_some()
}

fn traceback(subject: &ProcDir) -> Check {
    const NAME: &str = "GOTRACEBACK";
    let Ok(environment) = subject.environment() else {
        return Check::new(NAME, CheckState::Note, "its environment cannot be read", None);
    };
    let value = environment
        .iter()
        .find_map(|entry| entry.strip_prefix(b"GOTRACEBACK="));
    if matches!(value, Some(b"crash" | b"wer")) {
        return Check::good(NAME, "a fatal panic leaves a core");
    }
    // Nearly every service is: it keeps nobody from attaching now.
    Check::new(
        NAME,
        CheckState::Note,
        "it was started without GOTRACEBACK=crash: a fatal panic leaves no core, unless the program has called debug.SetTraceback(\"crash\")",
        Some("start it with GOTRACEBACK=crash"),
    )
}

fn core_pattern(here: &Surroundings) -> Check {
    const NAME: &str = "core pattern";
    let Ok(pattern) = fs::read_to_string(here.proc.join("sys/kernel/core_pattern")) else {
        return Check::new(NAME, CheckState::Note, "kernel.core_pattern cannot be read", None);
    };
    let pattern = pattern.trim();
    if let Some(handler) = pattern.strip_prefix('|') {
        let program = handler.split_ascii_whitespace().next().unwrap_or_default();
        return if program.ends_with("systemd-coredump") {
            Check::good(NAME, "systemd stores cores: tinydbg-tui cores lists them")
        } else if program.ends_with("apport") {
            Check::new(
                NAME,
                CheckState::Bad,
                "apport takes cores, and drops those of programs that no package owns",
                Some("sudo sysctl kernel.core_pattern=core.%p"),
            )
        } else {
            Check::new(
                NAME,
                CheckState::Note,
                format!("cores are given to {program}"),
                None,
            )
        };
    }
    match Path::new(pattern).parent() {
        _ if pattern.is_empty() => Check::new(
            NAME,
            CheckState::Bad,
            "kernel.core_pattern is empty: no cores are written",
            Some("sudo sysctl kernel.core_pattern=core.%p"),
        ),
        Some(directory) if directory.is_absolute() && !directory.is_dir() => Check::new(
            NAME,
            CheckState::Bad,
            format!("cores go to {}, which does not exist", directory.display()),
            Some("create that directory, or: sudo sysctl kernel.core_pattern=core.%p"),
        ),
        Some(directory) if directory.is_absolute() => {
            Check::good(NAME, format!("cores go to {}", directory.display()))
        }
        _ => Check::good(
            NAME,
            format!("cores go to the working directory of the program, as {pattern}"),
        ),
    }
}

fn core_limit(here: &Surroundings, subject: &ProcDir, pid: Option<u32>) -> Check {
    const NAME: &str = "core size limit";
    let whose = if pid.is_some() { "its" } else { "your shell's" };
    let limits = subject.read("limits").unwrap_or_default();
    let limits = String::from_utf8_lossy(&limits);
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .and_then(|rest| rest.split_ascii_whitespace().next());
    let piped = fs::read(here.proc.join("sys/kernel/core_pattern")).is_ok_and(|text| text.starts_with(b"|"));
    match soft {
        Some("0") if !piped => Check::new(
            NAME,
            CheckState::Bad,
            format!("{whose} limit is 0: no core is written"),
            Some("ulimit -c unlimited before the start; in a systemd unit: LimitCORE=infinity"),
        ),
        Some("0") => Check::good(NAME, "0, which does not hold for cores given to a program"),
        Some("unlimited") => Check::good(NAME, "unlimited"),
        Some(bytes) => Check::new(
            NAME,
            CheckState::Note,
            format!("{whose} limit is {bytes} bytes: larger cores are cut"),
            Some("ulimit -c unlimited"),
        ),
        None => Check::new(NAME, CheckState::Note, "cannot be read", None),
    }
}

fn yama(here: &Surroundings) -> Check {
    const NAME: &str = "yama";
    let own = ProcDir::under(&here.proc, here.own).status().unwrap_or_default();
    let capable = own.effective_capabilities & CAP_SYS_PTRACE != 0;
    let scope = fs::read_to_string(here.proc.join("sys/kernel/yama/ptrace_scope")).ok();
    match scope.as_deref().map(str::trim) {
        None => Check::good(NAME, "this kernel has none"),
        Some("0") => Check::good(NAME, "processes of the same user may be traced (scope 0)"),
        Some("3") => Check::new(
            NAME,
            CheckState::Bad,
            "nobody may trace anything until the next start (scope 3)",
            None,
        ),
        Some(scope) if capable => Check::good(NAME, format!("scope {scope}, and you have CAP_SYS_PTRACE")),
        Some(scope) => Check::new(
            NAME,
            CheckState::Bad,
            format!("only the administrator may trace running processes (scope {scope})"),
            Some("sudo sysctl kernel.yama.ptrace_scope=0, or run tinydbg-tui with sudo"),
        ),
    }
}

fn rights(here: &Surroundings) -> Check {
    const NAME: &str = "rights";
    let own = ProcDir::under(&here.proc, here.own).status().unwrap_or_default();
    let [user, ..] = own.uids;
    if own.effective_capabilities & CAP_SYS_PTRACE != 0 {
        return Check::good(NAME, format!("user {user} with CAP_SYS_PTRACE: any process"));
    }
    if own.seccomp == SECCOMP_FILTER {
        return Check::new(
            NAME,
            CheckState::Note,
            "no CAP_SYS_PTRACE, and a seccomp filter that may forbid ptrace: a container, perhaps",
            Some("start the container with --cap-add=SYS_PTRACE"),
        );
    }
    Check::new(
        NAME,
        CheckState::Note,
        format!("no CAP_SYS_PTRACE: only processes of user {user}"),
        Some("sudo setcap cap_sys_ptrace=ep $(command -v tinydbg-tui)"),
    )
}

fn debuginfod(here: &Surroundings) -> Check {
    const NAME: &str = "debuginfod";
    let settings = Settings::from_environment(&|name| here.variable(name).map(OsString::from));
    if let Some(complaint) = settings.complaints.first() {
        return Check::new(NAME, CheckState::Bad, complaint, None);
    }
    let cache = settings
        .cache
        .as_ref()
        .map(|cache| cache.root().display().to_string());
    match (settings.servers.is_empty(), cache) {
        (false, Some(cache)) => Check::good(
            NAME,
            format!(
                "servers are set: {}; files are kept in {cache}",
                settings.servers.join(" ")
            ),
        ),
        (false, None) => Check::new(
            NAME,
            CheckState::Bad,
            "servers are set, but there is no place to keep files",
            Some("set HOME or DEBUGINFOD_CACHE_PATH"),
        ),
        (true, _) => Check::new(
            NAME,
            CheckState::Note,
            "no server is set: debug information is looked for on this machine only",
            Some("export DEBUGINFOD_URLS with the address of your distribution's server"),
        ),
    }
}

fn debug_files() -> Check {
    const NAME: &str = "debug files";
    const PLACE: &str = "/usr/lib/debug/.build-id";
    if Path::new(PLACE).is_dir() {
        return Check::good(NAME, format!("installed ones are found by build-id in {PLACE}"));
    }
    Check::new(
        NAME,
        CheckState::Note,
        format!("none are installed in {PLACE}: stripped programs show no variables"),
        Some("install the package's debug symbols, or name a directory with --debug-dir"),
    )
}

fn toolchain(here: &Surroundings) -> Check {
    const NAME: &str = "Go sources";
    let roots = here
        .variable("GOROOT")
        .map(PathBuf::from)
        .into_iter()
        .chain(go_in_path(here));
    match roots.into_iter().find(|root| root.join("src/runtime").is_dir()) {
        Some(root) => Check::good(
            NAME,
            format!("of the standard library: {}", root.join("src").display()),
        ),
        None => Check::new(
            NAME,
            CheckState::Note,
            "no Go toolchain is here: lines of the standard library are not shown",
            Some("install Go, or set GOROOT, or use --substitute-path"),
        ),
    }
}

/// The directory above the `bin` that holds `go`, links followed.
fn go_in_path(here: &Surroundings) -> Option<PathBuf> {
    let go = std::env::split_paths(here.variable("PATH")?)
        .map(|directory| directory.join("go"))
        .find(|go| go.is_file())?;
    let go = fs::canonicalize(go).ok()?;
    Some(go.parent()?.parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new() -> Self {
            let machine = Self(tempfile::tempdir().expect("a directory"));
            machine.file("50/status", "State:\tS\nTgid:\t50\nUid:\t9\t9\t9\t9\n");
            machine.file(
                "50/limits",
                "Max core file size        0                    unlimited            bytes\n",
            );
            machine.file("sys/kernel/core_pattern", "core\n");
            machine
        }

        fn file(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("writable");
            fs::write(path, text).expect("writable");
        }

        fn found(&self, name: &str, pid: Option<u32>) -> Check {
            let here = Surroundings {
                proc: self.0.path().to_owned(),
                own: 50,
                environment: BTreeMap::new(),
            };
            let mut checks = examine(&here, pid).into_iter();
            checks.find(|check| check.name == name).expect("it is looked at")
        }
    }

    #[test]
    fn a_limit_of_zero_matters_unless_a_program_takes_the_core() {
        let machine = Machine::new();
        let check = machine.found("core size limit", None);
        assert_eq!(check.state, CheckState::Bad);
        assert!(check.fix.expect("there is one").contains("LimitCORE=infinity"));
        machine.file(
            "sys/kernel/core_pattern",
            "|/usr/lib/systemd/systemd-coredump %P\n",
        );
        assert_eq!(machine.found("core size limit", None).state, CheckState::Good);
        assert_eq!(machine.found("core pattern", None).state, CheckState::Good);
    }

    #[test]
    fn patterns_that_lose_cores_are_bad() {
        let machine = Machine::new();
        assert_eq!(machine.found("core pattern", None).state, CheckState::Good);
        for pattern in [
            "\n",
            "/nonexistent/place/core.%p\n",
            "|/usr/share/apport/apport %p\n",
        ] {
            machine.file("sys/kernel/core_pattern", pattern);
            assert_eq!(
                machine.found("core pattern", None).state,
                CheckState::Bad,
                "{pattern}"
            );
        }
    }

    #[test]
    fn yama_matters_without_the_capability() {
        let machine = Machine::new();
        assert_eq!(machine.found("yama", None).state, CheckState::Good);
        machine.file("sys/kernel/yama/ptrace_scope", "1\n");
        assert_eq!(machine.found("yama", None).state, CheckState::Bad);
        machine.file("50/status", "CapEff:\t80000\n");
        assert_eq!(machine.found("yama", None).state, CheckState::Good);
        assert_eq!(machine.found("rights", None).state, CheckState::Good);
    }

    #[test]
    fn nothing_good_is_told_of_what_is_not_there_or_may_not_be_traced() {
        let machine = Machine::new();
        machine.file("7/status", "State:\tS\nTgid:\t7\nUid:\t0\t0\t0\t0\n");
        std::os::unix::fs::symlink("/bin/sh", machine.0.path().join("7/exe")).expect("writable");
        let names = |pid| {
            let here = Surroundings {
                proc: machine.0.path().to_owned(),
                own: 50,
                environment: BTreeMap::new(),
            };
            let checks = examine(&here, Some(pid));
            checks.into_iter().map(|check| check.name).collect::<Vec<_>>()
        };
        for pid in [7, 8] {
            assert_eq!(names(pid)[..2], ["attaching", "core pattern"], "{pid}");
        }
    }

    #[test]
    fn a_process_without_gotraceback_leaves_no_core() {
        let machine = Machine::new();
        machine.file("7/status", "State:\tS\nTgid:\t7\nUid:\t0\t0\t0\t0\n");
        machine.file("7/environ", "A=b\0GOTRACEBACK=all\0");
        assert_eq!(machine.found("GOTRACEBACK", Some(7)).state, CheckState::Note);
        machine.file("7/environ", "A=b\0GOTRACEBACK=crash\0");
        assert_eq!(machine.found("GOTRACEBACK", Some(7)).state, CheckState::Good);
        let check = machine.found("attaching", Some(7));
        assert_eq!(check.state, CheckState::Bad);
        assert!(check.what.contains("belongs to user 0"), "{check:?}");
    }
}
