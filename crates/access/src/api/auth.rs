//! Coming in and leaving.

pub mod answer;
pub mod login;
pub mod logout;
pub mod second_factor;
