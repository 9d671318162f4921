//! From variables and text to values.
