//! Starting a helper process that outlives its maker, and making the own process such a one.
#![expect(unsafe_code, reason = "signal dispositions and priorities")]

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::libc;

/// Starts `program` with one end of a connection as its standard input; everything else that is
/// open here is closed there. Returns the child and the other end.
pub fn spawn_connected<I>(program: &Path, args: I) -> io::Result<(Child, UnixStream)>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let (near, far) = UnixStream::pair()?;
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::from(OwnedFd::from(far)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .spawn()?;
    Ok((child, near))
}

/// The connection on standard input that [`spawn_connected`] made.
pub fn connection() -> io::Result<UnixStream> {
    use std::os::fd::AsFd;
    let fd = io::stdin().as_fd().try_clone_to_owned()?;
    let stream = UnixStream::from(fd);
    // Fails on anything that is no socket.
    stream.peer_addr()?;
    Ok(stream)
}

/// Leaves the session of whoever started this process and ignores what terminals and init systems
/// send to end programs politely: only SIGKILL and a closed connection end it.
pub fn live_on() -> io::Result<()> {
    // Not possible for the leader of a group, which a fresh child never is.
    let _ = nix::unistd::setsid();
    for signal in [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
        libc::SIGPIPE,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGALRM,
    ] {
        // SAFETY: ignoring a signal installs no code.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Asks the kernel to kill this process last when memory runs out. Needs a privilege, so it may do
/// nothing.
pub fn survive_memory_shortage() {
    let _ = fs::write("/proc/self/oom_score_adj", "-1000");
}

/// Asks the kernel to kill process `pid` first when memory runs out.
pub fn sacrifice_in_memory_shortage(pid: u32) {
    let _ = fs::write(format!("/proc/{pid}/oom_score_adj"), "1000");
}

/// A processor as soon as there is something to do, before ordinary processes, while it lives:
/// for work that others wait for and that is soon done. Needs a privilege, so it may do nothing.
#[derive(Debug)]
pub struct Urgency(());

impl Urgency {
    #[must_use]
    pub fn raise() -> Self {
        set_policy(libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, 1);
        Self(())
    }
}

impl Drop for Urgency {
    fn drop(&mut self) {
        set_policy(libc::SCHED_OTHER, 0);
    }
}

fn set_policy(policy: i32, priority: i32) {
    let parameters = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: the kernel reads one structure.
    unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
}
