//! Whole screens: keys in, text out. Beside the pictures in `snapshots/`, each test asks one fact.

mod code;
mod downloads;
mod keys;
mod live;
mod memory;
mod picking;
mod picking_cores;
mod robust;
mod screens;
mod values;
