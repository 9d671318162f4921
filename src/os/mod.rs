//! The only place that talks to Linux: thin, typed, no policy; all `unsafe` code lives here.
