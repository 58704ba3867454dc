//! The rules of a shop as pure values and functions.
//!
//! Invariant: nothing here waits, reads a file, opens a socket, asks the time or rolls a die. Time, identity and
//! randomness arrive as parameters, so that every rule can be tested exactly and replayed years later.

pub mod ar;
pub mod audit;
mod bytes;
pub mod clock;
pub mod code;
pub mod counting;
pub mod decimal;
pub mod fold;
pub mod gs1;
pub mod gtin;
pub mod hours;
pub mod ids;
pub mod ledger;
pub mod level;
pub mod money;
pub mod pack;
pub mod quantity;
pub mod role;
pub mod scale;
pub mod time;

pub use clock::{Clock, Stopwatch, SystemClock};
pub use ids::{Ids, RandomIds};
pub use level::Level;
pub use money::Money;
pub use quantity::{Quantity, Unit};
pub use role::Role;
pub use time::{Day, Timestamp, Zone};
