//! API keys.

use anyhow::{Context, Result};
use store::{
    Db, Rule,
    api_key::{self, NewApiKey},
};

use crate::both::NOW;

both! {
    a_key_lives_until_it_is_revoked_or_ends
}

async fn a_key_lives_until_it_is_revoked_or_ends(db: Db) -> Result<()> {
    let end = NOW.plus_seconds(60);
    let new = |id: &str| NewApiKey {
        id: id.to_owned(),
        name: "caja".into(),
        role: "owner".into(),
        secret_hash: [7; 32],
        expires_at: Some(end),
    };
    let mut tx = db.write().await?;
    api_key::create(&mut tx, &new("k1"), NOW).await?;
    api_key::create(&mut tx, &new("k2"), NOW.plus_seconds(1)).await?;
    api_key::touch(&mut tx, "k1", NOW.plus_seconds(5)).await?;
    assert!(api_key::revoke(&mut tx, "k2", NOW).await?);
    assert!(!api_key::revoke(&mut tx, "k2", NOW).await?, "once is enough");
    tx.commit().await?;
    let key = api_key::find(&db, "k1").await?.context("there")?;
    assert_eq!((key.secret_hash, key.last_used_at), ([7; 32], Some(NOW.plus_seconds(5))));
    assert!(key.is_valid(NOW) && !key.is_valid(end));
    let keys = api_key::list(&db).await?;
    assert_eq!(keys.iter().map(|key| key.is_valid(NOW)).collect::<Vec<_>>(), [true, false]);
    assert!(api_key::find(&db, "k3").await?.is_none());
    let mut tx = db.write().await?;
    assert_eq!(api_key::create(&mut tx, &new("k1"), NOW).await.unwrap_err().rule(), Some(Rule::ApiKeyId));
    Ok(())
}
