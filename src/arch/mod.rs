//! One CPU each: register names and numbers as tables. amd64 today; another CPU is another file.

pub mod amd64;
mod registers;

pub use registers::{Reg, RegisterFile};
