//! A process held by a descriptor: it cannot be mistaken for a later one with the same number.
#![expect(unsafe_code, reason = "the pidfd system calls have no safe wrapper")]

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::wait::Ending;

/// A process, running or ended.
#[derive(Debug)]
pub struct PidFd {
    fd: OwnedFd,
    pid: u32,
}

impl PidFd {
    /// # Errors
    /// No such process, or `pid` is a thread of another one.
    pub fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: plain numbers; a result that is not negative is a new descriptor.
        let fd = unsafe {
            let result = libc::syscall(libc::SYS_pidfd_open, libc::c_ulong::from(pid), 0_u64);
            let fd = i32::try_from(result).unwrap_or(-1);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Self { fd, pid })
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether all of its threads have ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let mut polled = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut polled, PollTimeout::ZERO), Ok(count) if count > 0)
    }

    /// Sends a signal to the process as a whole.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        // SAFETY: plain numbers and a null siginfo.
        let result = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.fd.as_raw_fd(),
                signal,
                std::ptr::null::<libc::siginfo_t>(),
                0_u64,
            )
        };
        if result == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// How an ended process ended, where that can still be known: from procfs while its parent has
    /// not asked for it, and from the descriptor on kernels since 6.15.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        if !self.has_ended() {
            return None;
        }
        self.status_by_descriptor()
            .or_else(|| self.status_by_procfs())
            .and_then(Ending::of_status)
    }

    fn status_by_descriptor(&self) -> Option<i32> {
        /// `struct pidfd_info` of <linux/pidfd.h>.
        #[repr(C)]
        #[derive(Default)]
        struct Info {
            mask: u64,
            cgroup: u64,
            ids: [u32; 11],
            exit_code: i32,
        }
        const EXIT: u64 = 1 << 3;
        // _IOWR(0xFF, 11, struct pidfd_info)
        let request = 3 << 30 | (size_of::<Info>() as libc::c_ulong) << 16 | 0xff << 8 | 11;
        let mut info = Info {
            mask: EXIT,
            ..Info::default()
        };
        // SAFETY: the kernel reads and writes the structure, as long as the request says.
        let result = unsafe { libc::ioctl(self.fd.as_raw_fd(), request, &raw mut info) };
        (result == 0 && info.mask & EXIT != 0).then_some(info.exit_code)
    }

    /// The last field of `stat`, which is that of this process for as long as a zombie keeps the
    /// number.
    fn status_by_procfs(&self) -> Option<i32> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        let (_, rest) = text.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let zombie = matches!(fields.next(), Some("Z" | "X"));
        let status = fields.last()?.parse().ok()?;
        zombie.then_some(status)
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_end_of_a_process_and_its_status_are_seen() {
        let mut child = Command::new("sleep").arg("600").spawn().expect("sleep starts");
        let process = PidFd::open(child.id()).expect("it lives");
        assert!(!process.has_ended());
        assert_eq!(process.ending(), None);
        process.signal(libc::SIGKILL).expect("allowed");
        while !process.has_ended() {
            std::thread::yield_now();
        }
        let killed = Ending::Signal {
            number: libc::SIGKILL,
            dumped_core: false,
        };
        assert_eq!(process.ending(), Some(killed));
        child.wait().expect("it is our child");
        assert!(PidFd::open(child.id()).is_err());
    }
}
