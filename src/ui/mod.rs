//! The terminal: knows the model and the protocol, nothing below.
