//! A ring of signing keys.

use futures_util::future::BoxFuture;

use super::{Fault, Rotates, Standing};
use crate::keyring::{KeyRing, Overlap};

impl Rotates for KeyRing {
    fn name(&self) -> &'static str {
        KeyRing::name(self)
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        Box::pin(async {
            let keys = self.all().await?;
            let under_way = (keys.len() > 1).then(|| format!("{} earlier keys still prove", keys.len() - 1));
            Ok(Standing { made_at: keys.last().map(|key| key.created_at), ends_at: None, under_way })
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        Some(Box::pin(async {
            KeyRing::rotate(self, Overlap::Usual).await?;
            Ok(())
        }))
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(self.tidy().await?) })
    }
}
