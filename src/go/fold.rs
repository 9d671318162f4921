//! Which frames are the runtime's own affair: its rule for what a traceback leaves out.

/// What the rule looks at besides the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldContext<'a> {
    /// The innermost row of its stack.
    pub first: bool,
    /// Made by the compiler to adapt a call.
    pub wrapper: bool,
    /// Name of the row called by this one.
    pub callee: Option<&'a str>,
}

/// Whether the Go runtime itself would leave this row out of an ordinary traceback
/// (`showfuncinfo` and `elideWrapperCalling` in its traceback.go; unchanged from Go 1.19 to 1.27).
#[must_use]
pub fn is_folded(name: &str, context: &FoldContext<'_>) -> bool {
    let panics = matches!(
        context.callee,
        Some("runtime.gopanic" | "runtime.sigpanic" | "runtime.panicwrap")
    );
    if context.wrapper && !panics {
        return true;
    }
    // The border between ordinary code and what a panic deferred is always shown.
    if name == "runtime.gopanic" && !context.first {
        return false;
    }
    name.strip_prefix("runtime.")
        .is_some_and(|rest| !is_exported(rest))
}

/// Whether a name inside package runtime is exported, its receiver included.
fn is_exported(name: &str) -> bool {
    let (receiver, name) = match name.rsplit_once('.') {
        Some((receiver, name)) => (Some(receiver), name),
        None => (None, name),
    };
    let bare = |receiver: &str| {
        let inner = receiver
            .strip_prefix("(*")
            .and_then(|rest| rest.strip_suffix(')'));
        upper(inner.unwrap_or(receiver))
    };
    upper(name) && receiver.is_none_or(bare)
}

fn upper(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: FoldContext<'_> = FoldContext {
        first: false,
        wrapper: false,
        callee: None,
    };

    #[test]
    fn exported_functions_of_the_runtime_are_shown() {
        assert!(is_folded("runtime.gopark", &INNER));
        assert!(is_folded("runtime.(*mheap).alloc", &INNER));
        assert!(is_folded("runtime.(*hidden).Exported", &INNER));
        assert!(!is_folded("runtime.GC", &INNER));
        assert!(!is_folded("runtime.(*Func).Entry", &INNER));
        assert!(!is_folded("main.main", &INNER));
        assert!(!is_folded("runtime/debug.Stack", &INNER));
    }

    #[test]
    fn a_panic_is_shown_where_it_has_been_called_through() {
        assert!(!is_folded("runtime.gopanic", &INNER));
        let first = FoldContext { first: true, ..INNER };
        assert!(is_folded("runtime.gopanic", &first));
    }

    #[test]
    fn a_wrapper_is_shown_only_when_it_panics_itself() {
        let wrapper = FoldContext {
            wrapper: true,
            ..INNER
        };
        assert!(is_folded("main.(*T).M", &wrapper));
        let panics = FoldContext {
            callee: Some("runtime.panicwrap"),
            ..wrapper
        };
        assert!(!is_folded("main.(*T).M", &panics));
    }
}
