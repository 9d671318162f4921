//! Lists out of hand-made memory, whole and damaged.
