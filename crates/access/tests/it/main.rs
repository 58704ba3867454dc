//! Who may enter and what they leave behind, over a database of each kind.
//!
//! Invariant: a test here is one function of a [`Place`](place::Place), run once on each database by `both!`.

#[macro_use]
mod place;
mod audit;
