//! Text and JSON for scripts and tests: the same requests, the same events as the screen.
