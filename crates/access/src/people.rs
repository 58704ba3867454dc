//! Looking after other people's accounts.
//!
//! Invariant: nobody gives more than they have, nobody looks after their own account here, and there is always an owner who can come
//! in.

mod add;
mod authority;
mod behalf;
mod change;
mod find;
mod first;
mod help;
mod login_name;

pub use add::NewUser;
pub(crate) use add::is_code;
pub use authority::{PERSONS, assignable};
pub(crate) use authority::{hold_owners, spare_last_owner};
pub use behalf::on_behalf;
pub use change::UserChange;
pub use first::FIRST_LOGIN;
pub use login_name::login_name;

use domain::Timestamp;

/// How long a password that was made for somebody opens anything.
const ONE_TIME_SECONDS: i64 = 3 * 24 * 3600;

/// When a password made now ends.
fn one_time_until(now: Timestamp) -> Timestamp {
    now.plus_seconds(ONE_TIME_SECONDS)
}
