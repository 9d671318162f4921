//! Starts the screen.

use crate::engine::EngineHandle;
use crate::model::{Config, Failure, FailureKind, OpenSpec};
use crate::ui;

/// Shows the session full screen until the user leaves; the exit code.
///
/// # Errors
/// When the terminal cannot be used.
pub(super) fn run(engine: EngineHandle, spec: OpenSpec, config: Config) -> Result<u8, Failure> {
    match ui::run(&engine, &config, spec) {
        Ok(code) => Ok(u8::try_from(code).unwrap_or(1)),
        Err(error) => Err(Failure::new(FailureKind::File, "the terminal cannot be drawn on")
            .because(&error)
            .hint("`-x report` prints the facts without a screen")),
    }
}
