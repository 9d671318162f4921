//! What a stripped file says of the files that hold its debug information.
//!
//! ```text
//!   .gnu_debuglink      name NUL, zeros to a multiple of 4, CRC-32 of the whole file named
//!   .gnu_debugaltlink   name NUL, build-id of the file named, to the end of the section
//! ```

use super::{BuildId, ElfFile};
use crate::base::{Cursor, Limits};

/// `.gnu_debuglink`: where names and types were moved to (`objcopy --add-gnu-debuglink`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugLink {
    /// As written: meant to be a name without directory, but nobody guarantees that.
    pub name: Vec<u8>,
    /// Of the whole file, as [`crc32`] counts.
    pub crc: u32,
}

/// `.gnu_debugaltlink`: what several debug files have in common (`dwz -m`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltLink {
    /// A path: absolute, or seen from the directory of the file that has this section.
    pub name: Vec<u8>,
    pub build_id: BuildId,
}

impl ElfFile {
    /// `None` where there is no link, or a damaged one.
    #[must_use]
    pub fn debug_link(&self, limits: &Limits) -> Option<DebugLink> {
        let section = self.section_data(".gnu_debuglink", limits)?.ok()?;
        let mut cursor = Cursor::new(&section);
        let name = cursor.c_string().to_vec();
        cursor.align(4).ok()?;
        let crc = cursor.u32().ok()?;
        (!name.is_empty()).then_some(DebugLink { name, crc })
    }

    /// `None` where there is no link, or a damaged one.
    #[must_use]
    pub fn alt_link(&self, limits: &Limits) -> Option<AltLink> {
        let section = self.section_data(".gnu_debugaltlink", limits)?.ok()?;
        let mut cursor = Cursor::new(&section);
        let name = cursor.c_string().to_vec();
        let id = section.get(cursor.offset()..)?;
        (!name.is_empty() && !id.is_empty()).then(|| AltLink {
            name,
            build_id: BuildId(id.to_vec()),
        })
    }
}

/// The check sum of `.gnu_debuglink`: CRC-32 as zlib counts it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_one_of_the_published_test_vector() {
        // "check" of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
