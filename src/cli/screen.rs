//! Starts the screen.

use crate::engine::EngineHandle;
use crate::model::{Config, Failure, FailureKind, OpenSpec};

/// # Errors
/// When the terminal cannot be used.
pub(super) fn run(engine: EngineHandle, spec: OpenSpec, config: Config) -> Result<u8, Failure> {
    let _ = (engine, spec, config);
    Err(Failure::new(
        FailureKind::Unsupported,
        "the screen is not built in",
    ))
}
