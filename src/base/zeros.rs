//! Whether bytes are all zero: what a sparse file need not hold.

/// Most pages with contents are known as such by their first bytes; the blocks let the compiler
/// compare many bytes at once.
#[must_use]
pub fn is_zero(page: &[u8]) -> bool {
    let (blocks, rest) = page.as_chunks::<128>();
    blocks
        .iter()
        .all(|block| block.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_known_whatever_their_number() {
        for len in [0, 1, 127, 128, 4096, 5000] {
            let mut page = vec![0; len];
            assert!(is_zero(&page));
            for at in [0, len / 2, len.saturating_sub(1)] {
                if let Some(byte) = page.get_mut(at) {
                    *byte = 1;
                    assert!(!is_zero(&page), "{len} {at}");
                    page[at] = 0;
                }
            }
        }
    }
}
