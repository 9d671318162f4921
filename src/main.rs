//! Parses the arguments, runs what they say, prints what went wrong.

fn main() {}
