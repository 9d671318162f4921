//! Where a sparse file has data.

use std::fs::File;
use std::io;

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

/// The next stretch `(start, end)` at or after `offset` that is no hole; `None` when nothing but a
/// hole is left. File systems that know no holes give one stretch up to the end.
pub fn next_data(file: &File, offset: u64) -> io::Result<Option<(u64, u64)>> {
    let from = i64::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let start = match lseek(file, from, Whence::SeekData) {
        Ok(start) => start,
        Err(Errno::ENXIO) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let end = lseek(file, start, Whence::SeekHole)?;
    let as_offset = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(Some((as_offset(start), as_offset(end))))
}
