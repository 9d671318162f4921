//! Everything that is true only of Go, and all of it.
