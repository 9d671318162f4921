//! `/proc/PID/status` and `/proc/PID/stat`.

/// Facts of `status`. What a kernel does not print stays at its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub name: Vec<u8>,
    /// `R`, `S`, `D`, `T` (stopped), `t` (traced), `Z` (zombie), `X`.
    pub state: char,
    pub tgid: u32,
    pub ppid: u32,
    /// Process that traces this one; 0 when none does.
    pub tracer: u32,
    /// Real, effective, saved, file system.
    pub uids: [u32; 4],
    pub gids: [u32; 4],
    /// Process ids from this namespace inwards: more than one in a container.
    pub ns_pids: Vec<u32>,
    pub threads: u32,
    /// Resident set in KiB; 0 for kernel threads, which have no memory of their own.
    pub resident_kib: u64,
    pub virtual_kib: u64,
    /// 0 off, 1 strict, 2 filter.
    pub seccomp: u32,
    pub no_new_privileges: bool,
    pub effective_capabilities: u64,
    /// Signals that are caught, one bit each, bit 0 for signal 1.
    pub caught_signals: u64,
    pub blocked_signals: u64,
    /// Signals that wait for this very thread.
    pub pending_signals: u64,
    pub kernel_thread: bool,
}

/// Facts of `stat`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    pub pid: u32,
    pub comm: Vec<u8>,
    pub state: char,
    pub ppid: u32,
    pub pgrp: u32,
    pub session: u32,
    /// `PF_*` of the kernel.
    pub flags: u32,
    /// In clock ticks.
    pub user_time: u64,
    pub system_time: u64,
    pub nice: i32,
    /// In clock ticks since the machine started; with the pid it names one process for good.
    pub start_time: u64,
}

/// # Panics
/// Never; text of any kind gives what could be understood.
#[must_use]
pub fn parse_status(text: &[u8]) -> Status {
    let mut status = Status::default();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (key, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if key == b"Name" {
            status.name = value.to_vec();
        } else if let (Ok(key), Ok(value)) = (std::str::from_utf8(key), std::str::from_utf8(value)) {
            set(&mut status, key, value);
        }
    }
    status
}

fn set(status: &mut Status, key: &str, value: &str) {
    match key {
        "State" => status.state = value.chars().next().unwrap_or_default(),
        "Tgid" => status.tgid = number(value),
        "PPid" => status.ppid = number(value),
        "TracerPid" => status.tracer = number(value),
        "Uid" => status.uids = four(value),
        "Gid" => status.gids = four(value),
        "NSpid" => status.ns_pids = numbers(value).collect(),
        "Threads" => status.threads = number(value),
        "VmRSS" => status.resident_kib = kib(value),
        "VmSize" => status.virtual_kib = kib(value),
        "Seccomp" => status.seccomp = number(value),
        "NoNewPrivs" => status.no_new_privileges = value == "1",
        "Kthread" => status.kernel_thread = value == "1",
        "CapEff" => status.effective_capabilities = mask(value),
        "SigCgt" => status.caught_signals = mask(value),
        "SigPnd" => status.pending_signals = mask(value),
        "SigBlk" => status.blocked_signals = mask(value),
        _ => {}
    }
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_default()
}

fn numbers(text: &str) -> impl Iterator<Item = u32> {
    text.split_ascii_whitespace().filter_map(|word| word.parse().ok())
}

fn four(text: &str) -> [u32; 4] {
    let mut four = [0; 4];
    four.iter_mut()
        .zip(numbers(text))
        .for_each(|(to, from)| *to = from);
    four
}

fn mask(text: &str) -> u64 {
    u64::from_str_radix(text, 16).unwrap_or_default()
}

fn kib(text: &str) -> u64 {
    text.strip_suffix(" kB")
        .unwrap_or(text)
        .trim()
        .parse()
        .unwrap_or_default()
}

/// `1234 (name (with) anything) S 1 ...`: the name ends at the last parenthesis.
#[must_use]
pub fn parse_stat(text: &[u8]) -> Option<Stat> {
    let open = text.iter().position(|byte| *byte == b'(')?;
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(text.get(..open)?).ok()?.trim().parse().ok()?;
    let comm = text.get(open + 1..close)?.to_vec();
    let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // proc(5) numbers fields from 1; the state is the third.
    let field = |number: usize| fields.get(number.checked_sub(3)?).copied();
    Some(Stat {
        pid,
        comm,
        state: field(3)?.chars().next()?,
        ppid: field(4)?.parse().ok()?,
        pgrp: field(5)?.parse().unwrap_or_default(),
        session: field(6)?.parse().unwrap_or_default(),
        flags: field(9)?.parse().unwrap_or_default(),
        user_time: field(14)?.parse().unwrap_or_default(),
        system_time: field(15)?.parse().unwrap_or_default(),
        nice: field(19)?.parse().unwrap_or_default(),
        start_time: field(22)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_field_by_field() {
        let status = parse_status(
            b"Name:\tmy svc\nState:\tt (tracing stop)\nTgid:\t40\nPPid:\t1\nTracerPid:\t77\n\
              Uid:\t1000\t1001\t1002\t1003\nNSpid:\t40\t3\nThreads:\t12\nVmRSS:\t  2048 kB\n\
              Seccomp:\t2\nNoNewPrivs:\t1\nCapEff:\t0000000000000003\nSigCgt:\tfffffffc3bba3a00\n",
        );
        assert_eq!(status.name, b"my svc");
        assert_eq!((status.state, status.tgid, status.tracer), ('t', 40, 77));
        assert_eq!(status.uids, [1000, 1001, 1002, 1003]);
        assert_eq!(status.ns_pids, [40, 3]);
        assert_eq!(
            (status.threads, status.resident_kib, status.seccomp),
            (12, 2048, 2)
        );
        assert!(status.no_new_privileges);
    }

    #[test]
    fn a_name_with_parentheses_does_not_confuse_stat() {
        let stat = parse_stat(b"77 (a) b (c) S 1 77 76 0 -1 4194560 1 0 0 0 5 6 0 0 20 -5 3 0 987654 1 2 3")
            .expect("well formed");
        assert_eq!(stat.comm, b"a) b (c");
        assert_eq!((stat.pid, stat.ppid, stat.session), (77, 1, 76));
        assert_eq!((stat.nice, stat.start_time), (-5, 987_654));
        assert_eq!(parse_stat(b"nonsense"), None);
    }
}
