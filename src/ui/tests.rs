//! Whole screens: keys in, text out.
