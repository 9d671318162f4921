//! Starts the screen.

use std::io;

use crate::engine::EngineHandle;
use crate::headless::{self, Page};
use crate::model::{Config, Failure, FailureKind};
use crate::ui::{self, Start};

/// Shows the session full screen until the user leaves; the exit code.
///
/// # Errors
/// When the terminal cannot be used.
pub(super) fn run(engine: EngineHandle, start: Start, config: Config) -> Result<u8, Failure> {
    let outcome = ui::run(&engine, &config, start);
    // The terminal is the user's again; a live process is let go before the program ends.
    if let Some(release) = engine.close() {
        let mut err = io::stderr();
        let _ = headless::write_release(&mut Page::new(&mut err, false), &release);
    }
    match outcome {
        Ok(code) => Ok(u8::try_from(code).unwrap_or(1)),
        Err(error) => Err(Failure::new(FailureKind::File, "the terminal cannot be drawn on")
            .because(&error)
            .hint("`-x report` prints the facts without a screen")),
    }
}
