//! Argentine rules.
