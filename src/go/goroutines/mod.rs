//! All goroutines: what they are, where they are, and what they wait for.
//!
//! One pass over the runtime's array of g's, each structure read at once. What is the same for
//! many goroutines (a pc's function and line, a set of labels, a wait reason) is found once.
//! Nothing the array says is believed before it is checked: in a damaged core it is noise.

mod blocked;
mod clock;
mod labels;
mod list;
mod places;
mod reasons;
mod row;
mod semaphores;
mod walk;

pub use list::GoroutineQuery;

#[cfg(test)]
mod tests;
