//! Memory for tests: bytes at addresses.

use std::collections::BTreeMap;

use super::{Memory, Origin};
use crate::base::Addr;

/// Blocks of bytes; what lies between them is unmapped.
#[derive(Clone, Debug, Default)]
pub struct FakeMemory {
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl FakeMemory {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `bytes` at `addr`. Blocks must not overlap.
    #[must_use]
    pub fn with(mut self, addr: u64, bytes: &[u8]) -> Self {
        self.blocks.insert(addr, bytes.to_vec());
        self
    }

    /// Puts 64-bit words at `addr`.
    #[must_use]
    pub fn words(self, addr: u64, words: &[u64]) -> Self {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.with(addr, &bytes)
    }

    fn block(&self, addr: Addr) -> Option<&[u8]> {
        let (start, bytes) = self.blocks.range(..=addr.0).next_back()?;
        bytes.get(usize::try_from(addr.0 - start).ok()?..)
    }
}

impl Memory for FakeMemory {
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buffer.len() {
            let Some(block) = self.block(addr.offset(done as i64)).filter(|b| !b.is_empty()) else {
                break;
            };
            let count = block.len().min(buffer.len() - done);
            buffer[done..done + count].copy_from_slice(&block[..count]);
            done += count;
        }
        done
    }

    fn slice(&self, addr: Addr, len: usize) -> Option<&[u8]> {
        self.block(addr)?.get(..len)
    }

    fn origin(&self, addr: Addr) -> Origin {
        match self.block(addr) {
            Some(block) if !block.is_empty() => Origin::Target,
            _ => Origin::Unmapped,
        }
    }
}
