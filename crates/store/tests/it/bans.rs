//! Bans.

use anyhow::Result;
use store::{
    Db,
    ban::{self, Ban},
};

use crate::both::NOW;

both! {
    a_ban_holds_until_it_ends_or_is_lifted
}

async fn a_ban_holds_until_it_ends_or_is_lifted(db: Db) -> Result<()> {
    let new = |subject: &str, times: i64, seconds: i64| Ban {
        subject: subject.to_owned(),
        reason: "401".into(),
        actor: String::new(),
        times,
        banned_at: NOW,
        ends_at: NOW.plus_seconds(seconds),
    };
    let mut tx = db.write().await?;
    ban::put(&mut tx, &new("192.0.2.1", 1, 60)).await?;
    ban::put(&mut tx, &new("192.0.2.2", 1, 30)).await?;
    ban::put(&mut tx, &new("192.0.2.1", 2, 240)).await?;
    assert_eq!(ban::find(&mut tx, "192.0.2.1").await?, Some(new("192.0.2.1", 2, 240)), "the later one stands");
    assert_eq!(ban::find(&mut tx, "192.0.2.9").await?, None);
    tx.commit().await?;
    let in_force = async |seconds, most| -> Result<Vec<String>> {
        let bans = ban::in_force(&db, NOW.plus_seconds(seconds), most).await?;
        Ok(bans.into_iter().map(|ban| ban.subject).collect())
    };
    assert_eq!(in_force(0, 10).await?, ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(in_force(0, 1).await?, ["192.0.2.1"]);
    assert_eq!(in_force(30, 10).await?, ["192.0.2.1"], "it ends at its end");
    let mut tx = db.write().await?;
    assert!(ban::lift(&mut tx, "192.0.2.1").await?);
    assert!(!ban::lift(&mut tx, "192.0.2.1").await?, "once is enough");
    assert_eq!(ban::purge(&mut tx, NOW.plus_seconds(30)).await?, 0);
    assert_eq!(ban::purge(&mut tx, NOW.plus_seconds(31)).await?, 1);
    tx.commit().await?;
    assert_eq!(in_force(0, 10).await?, Vec::<String>::new());
    Ok(())
}
