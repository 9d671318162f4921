//! Signals in words: names, and what a signal's code says about its cause.
//!
//! Knows the numbers of Linux on amd64 (`asm-generic/siginfo.h`) and nothing of any target.

use crate::base::Addr;
use crate::model::SignalInfo;

const NAMES: [&str; 32] = [
    "no signal",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

const SIGILL: i32 = 4;
const SIGTRAP: i32 = 5;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;
const SIGSYS: i32 = 31;

const SI_TKILL: i32 = -6;
const SI_QUEUE: i32 = -1;
const SI_USER: i32 = 0;
const SI_KERNEL: i32 = 0x80;

/// Codes that belong to one signal.
const OWN_CODES: [(i32, i32, &str); 37] = [
    (SIGILL, 1, "illegal instruction"),
    (SIGILL, 2, "illegal operand"),
    (SIGILL, 3, "illegal addressing mode"),
    (SIGILL, 4, "illegal trap"),
    (SIGILL, 5, "privileged instruction"),
    (SIGILL, 6, "privileged register"),
    (SIGILL, 7, "coprocessor error"),
    (SIGILL, 8, "internal stack error"),
    (SIGTRAP, 1, "breakpoint instruction"),
    (SIGTRAP, 2, "single step"),
    (SIGTRAP, 3, "branch trap"),
    (SIGTRAP, 4, "hardware breakpoint or watchpoint"),
    (SIGBUS, 1, "misaligned address"),
    (
        SIGBUS,
        2,
        "no memory behind this address, such as a mapped file that was cut",
    ),
    (SIGBUS, 3, "hardware error of this object"),
    (SIGBUS, 4, "memory failure, hit by this access"),
    (SIGBUS, 5, "memory failure, found in the background"),
    (SIGFPE, 1, "integer division by zero"),
    (SIGFPE, 2, "integer overflow"),
    (SIGFPE, 3, "floating-point division by zero"),
    (SIGFPE, 4, "floating-point overflow"),
    (SIGFPE, 5, "floating-point underflow"),
    (SIGFPE, 6, "floating-point result not exact"),
    (SIGFPE, 7, "invalid floating-point operation"),
    (SIGFPE, 8, "subscript out of range"),
    (SIGSEGV, 1, "address not mapped"),
    (SIGSEGV, 2, "the mapping does not permit this access"),
    (SIGSEGV, 3, "bounds check failed"),
    (SIGSEGV, 4, "protection key does not permit this access"),
    (SIGSEGV, 8, "memory tag mismatch, found later"),
    (SIGSEGV, 9, "memory tag mismatch"),
    (SIGSEGV, 10, "control protection fault"),
    (
        SIGSEGV,
        SI_KERNEL,
        "general protection fault, such as an address that no amd64 mapping can have",
    ),
    (SIGSYS, 1, "system call forbidden by seccomp"),
    (SIGTRAP, 5, "perf event"),
    (SIGTRAP, 6, "undiagnosed trap"),
    (
        SIGBUS,
        SI_KERNEL,
        "stack segment fault, such as an address that no amd64 mapping can have",
    ),
];

/// Codes that any signal can carry.
const COMMON_CODES: [(i32, &str); 8] = [
    (SI_USER, "sent by kill"),
    (SI_KERNEL, "sent by the kernel"),
    (SI_QUEUE, "sent by sigqueue"),
    (-2, "a timer expired"),
    (-3, "a message arrived"),
    (-4, "asynchronous I/O completed"),
    (-5, "queued I/O signal"),
    (SI_TKILL, "sent to one thread, by the process itself or by tgkill"),
];

/// The name of a signal: `SIGSEGV`, `SIGRTMIN+3`, `signal 99`.
#[must_use]
pub fn signal_name(number: i32) -> String {
    match usize::try_from(number).ok().and_then(|index| NAMES.get(index)) {
        Some(name) => (*name).to_owned(),
        None if (34..=64).contains(&number) => format!("SIGRTMIN+{}", number - 34),
        None => format!("signal {number}"),
    }
}

/// Whether `code` says that the processor raised the signal at an instruction of the thread.
#[must_use]
pub fn is_fault(number: i32, code: i32) -> bool {
    matches!(number, SIGILL | SIGTRAP | SIGBUS | SIGFPE | SIGSEGV) && code > 0
}

/// A signal with its meaning.
///
/// `addr` and `pid` are the words that `siginfo_t` has at those places; each is kept only where
/// `code` says that the place has this meaning.
#[must_use]
pub fn describe_signal(number: i32, code: Option<i32>, addr: Option<Addr>, pid: Option<i32>) -> SignalInfo {
    let fault = code.is_some_and(|code| is_fault(number, code) && code != SI_KERNEL);
    let sent = matches!(code, Some(SI_USER | SI_QUEUE | SI_TKILL));
    SignalInfo {
        number,
        name: signal_name(number),
        code,
        meaning: meaning(number, code),
        fault_addr: addr.filter(|_| fault),
        sender_pid: pid.filter(|_| sent),
    }
}

fn meaning(number: i32, code: Option<i32>) -> String {
    let Some(code) = code else {
        return "the cause was not recorded".to_owned();
    };
    let own = OWN_CODES
        .iter()
        .find(|(signal, known, _)| (*signal, *known) == (number, code))
        .map(|(_, _, text)| *text);
    let common = || COMMON_CODES.iter().find(|(known, _)| *known == code);
    own.or_else(|| common().map(|(_, text)| *text))
        .map_or_else(|| format!("code {code}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_have_an_address_and_only_sent_signals_a_sender() {
        let fault = describe_signal(11, Some(1), Some(Addr(8)), Some(8));
        assert_eq!(
            (fault.name.as_str(), fault.meaning.as_str()),
            ("SIGSEGV", "address not mapped")
        );
        assert_eq!((fault.fault_addr, fault.sender_pid), (Some(Addr(8)), None));

        let sent = describe_signal(11, Some(0), Some(Addr(0x1234)), Some(0x1234));
        assert_eq!((sent.fault_addr, sent.sender_pid), (None, Some(0x1234)));
        assert_eq!(sent.meaning, "sent by kill");

        // The kernel gives no address for a non-canonical one.
        let wild = describe_signal(11, Some(0x80), Some(Addr(0)), None);
        assert_eq!(wild.fault_addr, None);
        assert!(wild.meaning.starts_with("general protection fault"));
    }

    #[test]
    fn unknown_numbers_are_named_by_number() {
        assert_eq!(signal_name(34), "SIGRTMIN+0");
        assert_eq!(signal_name(-3), "signal -3");
        assert_eq!(describe_signal(6, Some(77), None, None).meaning, "code 77");
        assert_eq!(
            describe_signal(6, None, None, None).meaning,
            "the cause was not recorded"
        );
    }
}
