//! API keys.

use anyhow::{Context, Result};
use store::{
    Db, Rule,
    api_key::{self, Limits, NewApiKey, Previous, Rotation},
};

use crate::both::NOW;

both! {
    a_key_lives_until_it_is_revoked_or_ends a_key_keeps_its_limits_and_both_its_secrets
}

async fn a_key_lives_until_it_is_revoked_or_ends(db: Db) -> Result<()> {
    let end = NOW.plus_seconds(60);
    let new = |id: &str| NewApiKey {
        id: id.to_owned(),
        name: "caja".into(),
        role: "owner".into(),
        secret_hash: [7; 32],
        expires_at: Some(end),
        limits: Limits::default(),
        created_by: "cli".into(),
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

async fn a_key_keeps_its_limits_and_both_its_secrets(db: Db) -> Result<()> {
    let limits = Limits {
        scopes: vec!["post".into(), "stock.read".into()],
        sites: Some(vec!["centro".into(), "norte".into()]),
        quota_per_minute: Some(600),
        require_signature: true,
    };
    let new = NewApiKey {
        id: "k1".into(),
        name: "caja".into(),
        role: "cashier".into(),
        secret_hash: [1; 32],
        expires_at: None,
        limits: limits.clone(),
        created_by: "ana".into(),
    };
    let mut tx = db.write().await?;
    api_key::create(&mut tx, &new, NOW).await?;
    let made = api_key::find_in(&mut tx, "k1").await?.context("there")?;
    assert_eq!((&made.limits, &*made.created_by, made.rotated_at, made.previous), (&limits, "ana", None, None));
    let until = NOW.plus_seconds(60);
    let by =
        |by| Rotation { secret_hash: [2; 32], replaces: [1; 32], previous_until: until, by, at: NOW.plus_seconds(1) };
    assert!(api_key::rotate(&mut tx, "k1", &by("beto")).await?);
    assert!(!api_key::rotate(&mut tx, "k2", &by("beto")).await?, "there is none");
    assert!(!api_key::rotate(&mut tx, "k1", &by("beto")).await?, "it has another secret by now");
    tx.commit().await?;
    let rotated = api_key::find(&db, "k1").await?.context("there")?;
    assert_eq!(rotated.secret_hash, [2; 32]);
    assert_eq!(rotated.previous, Some(Previous { hash: [1; 32], until }));
    assert_eq!((rotated.rotated_at, rotated.limits), (Some(NOW.plus_seconds(1)), limits));
    let mut tx = db.write().await?;
    for who in ["carla", "beto"] {
        assert!(api_key::rotate(&mut tx, "k1", &Rotation { replaces: [2; 32], ..by(who) }).await?);
    }
    api_key::revoke(&mut tx, "k1", NOW).await?;
    let late = Rotation { replaces: [2; 32], ..by("dora") };
    assert!(!api_key::rotate(&mut tx, "k1", &late).await?, "it was ended");
    tx.commit().await?;
    let mut holders = api_key::rotators(&db).await?;
    holders.sort();
    let named = |who: &str| ("caja".to_owned(), who.to_owned());
    assert_eq!(holders, [named("beto"), named("carla")], "each of them, once, whoever came later");
    Ok(())
}
