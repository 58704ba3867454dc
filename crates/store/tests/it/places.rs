//! Sites and their locations.

use anyhow::{Context, Result};
use domain::{Zone, ledger::LocationKind};
use store::{
    Db, Rule, Tx, location,
    site::{self, NewSite, Settings, Site, SiteKind},
};

use crate::both::NOW;

both! {
    a_site_comes_whole
    a_code_is_taken_once
    settings_change_only_what_was_seen
}

/// A shop of that code.
pub async fn create_site(tx: &mut Tx, code: &str) -> Result<Site> {
    let zone = Zone::named("America/Argentina/Buenos_Aires")?;
    let new = NewSite { code: code.to_owned(), name: code.to_uppercase(), kind: SiteKind::Store, zone };
    Ok(site::create(tx, &new, NOW).await?)
}

async fn a_site_comes_whole(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let site = create_site(&mut tx, "centro").await?;
    create_site(&mut tx, "abasto").await?;
    tx.commit().await?;
    assert_eq!((site.version, site.allow_oversell, site.receive_at.clone()), (1, false, None));
    let locations = location::list(&db, site.id).await?;
    let internal: Vec<&str> =
        locations.iter().filter(|l| l.kind == LocationKind::Internal).map(|l| l.code.as_str()).collect();
    assert_eq!(internal, ["deposito", "salon"]);
    for kind in LocationKind::virtuals() {
        assert_eq!(locations.iter().filter(|l| l.kind == kind && l.code == kind.name()).count(), 1);
    }
    let head: Option<(i64, Vec<u8>)> =
        db.query("SELECT seq, hash FROM chain WHERE site = $1").bind(site.id).one().await?;
    assert_eq!(head, Some((0, vec![0; 32])));
    let codes: Vec<String> = site::list(&db).await?.into_iter().map(|site| site.code).collect();
    assert_eq!(codes, ["abasto", "centro"]);
    assert!(site::get(&db, "ninguno").await?.is_none());
    Ok(())
}

async fn a_code_is_taken_once(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let site = create_site(&mut tx, "centro").await?;
    tx.commit().await?;
    let mut tx = db.write().await?;
    let zone = Zone::utc();
    let again = NewSite { code: "centro".into(), name: "x".into(), kind: SiteKind::Depot, zone };
    assert_eq!(site::create(&mut tx, &again, NOW).await.unwrap_err().rule(), Some(Rule::SiteCode));
    tx.rollback().await?;
    let mut tx = db.write().await?;
    let again = location::create(&mut tx, site.id, "salon", "Salón").await;
    assert_eq!(again.unwrap_err().rule(), Some(Rule::LocationCode));
    Ok(())
}

async fn settings_change_only_what_was_seen(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let site = create_site(&mut tx, "centro").await?;
    let fridge = location::create(&mut tx, site.id, "heladera", "Heladera").await?;
    assert_eq!(location::get(&mut tx, site.id, "heladera").await?, Some(fridge.clone()));
    let settings = Settings { sell_from: Some(Some(fridge.id)), allow_oversell: Some(true), ..Settings::default() };
    let changed = site::update(&mut tx, &site, &settings).await?.context("it was not stale")?;
    assert_eq!((changed.sell_from.as_deref(), changed.allow_oversell, changed.version), (Some("heladera"), true, 2));
    assert!(site::update(&mut tx, &site, &settings).await?.is_none(), "version 1 is gone");
    let back = Settings { sell_from: Some(None), ..Settings::default() };
    let changed = site::update(&mut tx, &changed, &back).await?.context("it was not stale")?;
    assert_eq!((changed.sell_from, changed.allow_oversell, changed.name.as_str()), (None, true, "CENTRO"));
    Ok(())
}
