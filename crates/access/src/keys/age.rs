//! How old the secrets of keys are, beside the program's own.
//!
//! Invariant: only told, never replaced: whoever holds a key has to carry its new secret.

use std::sync::Arc;

use domain::Clock;
use futures_util::future::BoxFuture;
use platform::rotation::{Fault, Rotates, Standing};
use store::{Db, api_key};

/// The secrets of keys that open something.
pub struct KeyAges {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl KeyAges {
    /// Those of that database.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> KeyAges {
        KeyAges { db, clock }
    }
}

impl Rotates for KeyAges {
    fn name(&self) -> &'static str {
        "api-key"
    }

    /// As old as the oldest of them.
    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        Box::pin(async {
            let now = self.clock.now();
            let keys = api_key::list(&self.db).await?;
            let made = keys.iter().filter(|key| key.is_valid(now)).map(|key| key.rotated_at.unwrap_or(key.created_at));
            Ok(Standing { made_at: made.min(), ..Standing::default() })
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        None
    }
}
