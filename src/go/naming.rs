//! What function names mean to a person: the runtime's own machinery, or the user's code.

/// Whether a frame of this function is the runtime's own and is folded away by default.
///
/// The runtime's rule for its own tracebacks: names in `runtime.` that are not exported. The
/// panic itself stays visible, and so do the goroutines' own finalizer and cleanup loops.
#[must_use]
pub fn is_runtime_internal(name: &str) -> bool {
    if matches!(
        name,
        "runtime.gopanic" | "runtime.runFinalizers" | "runtime.runfinq" | "runtime.runCleanups"
    ) {
        return false;
    }
    let inside = ["internal/runtime/", "runtime/internal/"];
    if inside.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    name.strip_prefix("runtime.")
        .is_some_and(|rest| !is_exported(rest))
}

/// Whether a wrapper made by the compiler is left out when it calls `callee`: always, but when it
/// panics itself (`elideWrapperCalling` in the runtime's traceback.go, Go 1.19 to 1.27).
#[must_use]
pub fn hides_wrapper(callee: Option<&str>) -> bool {
    !matches!(
        callee,
        Some("runtime.gopanic" | "runtime.sigpanic" | "runtime.panicwrap")
    )
}

/// Whether a frame of this function is the user's own: where a person looks first.
///
/// Libraries count as the user's; the runtime, the standard library's internals and the leaves by
/// which `sync`, `time`, `iter` and the like enter the runtime do not.
#[must_use]
pub fn is_user(name: &str) -> bool {
    if !name.contains('.') || name.starts_with("_cgo") || name.starts_with("_Cfunc_") {
        return false;
    }
    if name.starts_with("runtime.") {
        return name.strip_prefix("runtime.").is_some_and(is_exported);
    }
    const INSIDE: [&str; 8] = [
        "internal/",
        "runtime/internal/",
        "vendor/",
        "iter.",
        "sync.runtime_",
        "reflect.call",
        "syscall.Syscall",
        "syscall.RawSyscall",
    ];
    !INSIDE.iter().any(|prefix| name.starts_with(prefix)) && !name.contains("._Cfunc_")
}

/// Whether a frame of this function is a panic under way: what it runs are deferred calls, and what
/// lies below it is where things went wrong.
#[must_use]
pub fn is_panic(name: &str) -> bool {
    name == "runtime.gopanic"
}

/// Whether the goroutine that this function started belongs to the runtime. The runtime's own
/// rule, the same from Go 1.19 to 1.27; it excepts goroutines that run the user's finalizers or
/// cleanups at the moment, which `idle` denies.
#[must_use]
pub fn is_system_start(name: &str, idle: bool) -> bool {
    match name {
        "runtime.main" | "runtime.corostart" | "runtime.handleAsyncEvent" => false,
        "runtime.runfinq" | "runtime.runFinalizers" | "runtime.runCleanups" => idle,
        _ => name.starts_with("runtime."),
    }
}

/// `Gosched`, but neither `gopark` nor `(*mheap).alloc`: the runtime's own rule.
fn is_exported(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_machinery_is_folded_but_not_the_panic() {
        for name in [
            "runtime.gopark",
            "runtime.(*mheap).alloc",
            "internal/runtime/syscall.Syscall6",
        ] {
            assert!(is_runtime_internal(name), "{name}");
        }
        for name in ["runtime.gopanic", "runtime.Gosched", "main.main", "runtimeless.f"] {
            assert!(!is_runtime_internal(name), "{name}");
        }
    }

    #[test]
    fn user_code_is_told_from_what_it_waits_in() {
        for name in [
            "main.main",
            "main.(*T).f",
            "net/http.(*Server).Serve",
            "runtime.Goexit",
            "sync.(*Mutex).Lock",
        ] {
            assert!(is_user(name), "{name}");
        }
        for name in [
            "runtime.gopark",
            "internal/poll.(*FD).Read",
            "sync.runtime_Semacquire",
            "crosscall2",
            "iter.Pull",
        ] {
            assert!(!is_user(name), "{name}");
        }
    }

    #[test]
    fn idle_finalizer_goroutines_are_the_runtimes() {
        assert!(is_system_start("runtime.runFinalizers", true));
        assert!(!is_system_start("runtime.runFinalizers", false));
        assert!(is_system_start("runtime.bgsweep", false));
        assert!(!is_system_start("runtime.main", true));
        assert!(!is_system_start("os/signal.loop", true));
    }
}
