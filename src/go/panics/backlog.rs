//! The runtime's last words: the ring of what it printed before it counted itself as dying.

use crate::go::{Constant, GoRuntime};
use crate::memory::{Memory, MemoryExt};

const FATAL: &str = "fatal error: ";

/// The text in the ring, oldest first; `None` when nothing was printed.
pub(super) fn read(runtime: &GoRuntime, memory: &dyn Memory) -> Option<String> {
    let size = runtime.layout.constant(Constant::BacklogBytes)? as usize;
    let ring = memory.read_bytes(runtime.anchors.backlog?, size).ok()?;
    let next = memory.read_u64(runtime.anchors.backlog_index?).ok()?;
    let next = usize::try_from(next).ok().filter(|&next| next < size)?;
    let (newest, oldest) = ring.split_at_checked(next)?;
    let text: Vec<u8> = [oldest, newest]
        .concat()
        .into_iter()
        .skip_while(|&byte| byte == 0)
        .collect();
    // A ring that was never full has zeros behind its text, not in it.
    let text = String::from_utf8_lossy(&text)
        .trim_matches('\0')
        .trim_end()
        .to_owned();
    (!text.is_empty()).then_some(text)
}

/// The last `fatal error: ` line in the text, without those words.
pub(super) fn fatal_error(text: &str) -> Option<&str> {
    text.lines().rev().find_map(|line| line.strip_prefix(FATAL))
}

/// What the runtime printed just before the fatal error to explain it: one line, when it has one.
pub(super) fn detail(text: &str) -> Option<&str> {
    /// Lines that may come between: a stack overflow is explained by two.
    const NEAR: usize = 2;
    /// The clearest first.
    const EXPLAINS: [&str; 3] = [
        "unexpected fault address",
        "runtime: goroutine stack exceeds",
        "runtime: ",
    ];
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with(FATAL))?;
    let before = lines.get(at.saturating_sub(NEAR)..at)?;
    let last = before.last()?;
    if !EXPLAINS.iter().any(|start| last.starts_with(start)) {
        return None;
    }
    let found = EXPLAINS
        .iter()
        .find_map(|start| before.iter().rev().find(|line| line.starts_with(start)))?;
    Some(found.trim_start_matches("runtime: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fatal_error_and_its_reason_are_found() {
        let text = "hello\nunexpected fault address 0xdead0000\nfatal error: fault\n[signal SIGSEGV";
        assert_eq!(fatal_error(text), Some("fault"));
        assert_eq!(detail(text), Some("unexpected fault address 0xdead0000"));
        assert_eq!(fatal_error("hello"), None);
        let overflow = "runtime: goroutine stack exceeds 1000000000-byte limit\n\
            runtime: sp=0x1 stack=[0x0, 0x2]\nfatal error: stack overflow";
        let limit = "goroutine stack exceeds 1000000000-byte limit";
        assert_eq!(detail(overflow), Some(limit));
        assert_eq!(detail("fatal error: all goroutines are asleep - deadlock!"), None);
    }
}
