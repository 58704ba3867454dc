//! What somebody asks and changes of their own.

pub mod end_sessions;
pub mod factor;
pub mod get;
pub mod password;
pub mod recovery;
pub mod sessions;
pub mod update;
pub mod view;
