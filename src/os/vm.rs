//! Reading the memory of another process. Nothing here can write.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use crate::base::{Addr, AddrRange};

/// Most ranges that one call of the kernel takes (`UIO_MAXIOV`).
pub const MAX_RANGES: usize = 1024;

/// The memory of a process, readable whether it runs or is stopped.
///
/// Holds `/proc/PID/mem` open, and with it the address space: should the process end and its number
/// be given to another one, nothing of the other is ever read through that file.
#[derive(Debug)]
pub struct ProcessMemory {
    pid: Pid,
    file: File,
}

impl ProcessMemory {
    /// # Errors
    /// As the kernel gives them: no such process, or no permission to trace it.
    pub fn open(pid: u32) -> io::Result<Self> {
        let file = File::open(format!("/proc/{pid}/mem"))?;
        let pid = i32::try_from(pid).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(Self {
            pid: Pid::from_raw(pid),
            file,
        })
    }

    /// Copies bytes from `addr` on into `buffer` and returns how many leading bytes were readable.
    #[must_use]
    pub fn read(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = addr.0.saturating_add(done as u64);
            // The kernel refuses offsets that are negative as signed numbers.
            if i64::try_from(at).is_err() {
                break;
            }
            match self.file.read_at(rest, at) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        done
    }

    /// Fills `buffer` with the bytes of `ranges` (at most [`MAX_RANGES`], together exactly as long
    /// as `buffer`), one behind the other, in a single call of the kernel; returns how many leading
    /// bytes were readable. Copies straight from page to buffer, so it is the fast way to read much.
    ///
    /// # Errors
    /// As the kernel gives them when not a single byte could be read.
    pub fn read_ranges(&self, ranges: &[AddrRange], buffer: &mut [u8]) -> io::Result<usize> {
        let remote: Vec<RemoteIoVec> = ranges
            .iter()
            .map(|range| RemoteIoVec {
                base: usize::try_from(range.start.0).unwrap_or(usize::MAX),
                len: usize::try_from(range.len()).unwrap_or(usize::MAX),
            })
            .collect();
        Ok(process_vm_readv(
            self.pid,
            &mut [IoSliceMut::new(buffer)],
            &remote,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> ProcessMemory {
        ProcessMemory::open(std::process::id()).expect("own memory")
    }

    #[test]
    fn own_memory_reads_as_it_is() {
        let text = b"a sentence in this process".to_vec();
        let mut buffer = vec![0; text.len()];
        let addr = Addr(text.as_ptr() as u64);
        assert_eq!(me().read(addr, &mut buffer), text.len());
        assert_eq!(buffer, text);
        buffer.fill(0);
        let ranges = [
            AddrRange::sized(Addr(addr.0 + 11), 5),
            AddrRange::sized(addr, text.len() as u64 - 5),
        ];
        assert_eq!(
            me().read_ranges(&ranges, &mut buffer).expect("readable"),
            text.len()
        );
        assert!(buffer.starts_with(&text[11..16]));
    }

    #[test]
    fn what_is_not_mapped_is_not_read() {
        assert_eq!(me().read(Addr(8), &mut [0; 16]), 0);
        assert_eq!(me().read(Addr(u64::MAX - 3), &mut [0; 16]), 0);
        assert!(
            me().read_ranges(&[AddrRange::sized(Addr(8), 16)], &mut [0; 16])
                .is_err()
        );
    }
}
