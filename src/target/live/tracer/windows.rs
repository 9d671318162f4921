//! Named moments at which a test can make the tracer linger, to be killed or to lose its debugger
//! just there. Does nothing in release builds.

/// `TINYDBG_TRACER_LINGER=after-clone:200` waits 200 ms at the moment of that name.
#[cfg(debug_assertions)]
pub(super) fn window(name: &str) {
    let wanted = std::env::var("TINYDBG_TRACER_LINGER").unwrap_or_default();
    let time = wanted
        .split_once(':')
        .filter(|(moment, _)| *moment == name)
        .and_then(|(_, milliseconds)| milliseconds.parse().ok());
    if let Some(milliseconds) = time {
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn window(_name: &str) {}
