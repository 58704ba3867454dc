//! The tree of categories.
//!
//! Invariant: a category is named by its path, and paths that differ only by case or accents are one.

pub mod create;
pub mod list;
pub mod view;
