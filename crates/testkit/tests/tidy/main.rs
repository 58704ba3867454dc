//! Rules about the tree itself: who may use whom, how large things grow, what must not be left behind, what documents promise.
//!
//! Invariant: every rule answers with all its complaints at once, and every rule is itself shown to complain.

mod actions;
mod alerts;
mod arrows;
mod dependencies;
mod marks;
mod openings;
mod requirements;
mod security;
mod sizes;
mod texts;
mod tree;

/// Fails with every complaint, one a line.
fn check(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
