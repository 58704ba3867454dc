//! The pages through their router, on both databases and in a browser.
//!
//! Invariant: a test of a page runs once on each database by `both!`.

#[macro_use]
mod shop;
mod approvals;
mod assets;
mod browser;
mod door;
mod entering;
mod home;
mod outage;
mod people;
mod statements;
