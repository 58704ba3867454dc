//! Categories and suppliers: two spellings are one.

use anyhow::{Context, Result};
use store::{Db, category, supplier};

use crate::both::NOW;

both! {
    spellings_of_a_category_are_one
    spellings_of_a_supplier_are_one
    what_stood_in_clear_waits_apart_and_comes_back_with_the_version_before
}

async fn spellings_of_a_category_are_one(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let sodas = category::ensure_path(&mut tx, "Bebidas/Gaseosas").await?.context("a path with names")?;
    let again = category::ensure_path(&mut tx, " bebidas / GASEOSAS ").await?.context("a path with names")?;
    assert_eq!(again, sodas);
    let deep = category::ensure_path(&mut tx, "BEBIDAS/Gaseósas/Cola").await?.context("a path with names")?;
    assert_eq!(deep.path, "Bebidas/Gaseosas/Cola", "ancestors keep the spelling they had");
    assert_eq!(category::ensure_path(&mut tx, " / ").await?, None);
    tx.commit().await?;
    let all = category::list(&db).await?;
    let paths: Vec<&str> = all.iter().map(|category| category.path.as_str()).collect();
    assert_eq!(paths, ["Bebidas", "Bebidas/Gaseosas", "Bebidas/Gaseosas/Cola"]);
    assert_eq!((all[0].parent, all[1].parent, all[2].parent), (None, Some(all[0].id), Some(all[1].id)));
    assert_eq!(category::get(&db, "bebidas/gaseosas").await?.map(|category| category.id), Some(sodas.id));
    Ok(())
}

async fn spellings_of_a_supplier_are_one(db: Db) -> Result<()> {
    let long = "Distribuidora de Alimentos y Bebidas del Litoral Sociedad Anónima";
    let mut tx = db.write().await?;
    let one = supplier::ensure(&mut tx, "Bodega Ñandú S.A.", NOW).await?.context("named")?;
    assert_eq!(one.code, "bodega-nandu-s-a");
    for name in ["BODEGA NANDU S.A.", "bodega-nandu-s-a"] {
        assert_eq!(supplier::ensure(&mut tx, name, NOW).await?, Some(one.clone()), "{name}");
    }
    let other = supplier::ensure(&mut tx, long, NOW).await?.context("named")?;
    assert_eq!(other.code.chars().count(), 32);
    assert_eq!(supplier::ensure(&mut tx, &other.code.clone(), NOW).await?, Some(other));
    tx.commit().await?;
    let names: Vec<String> = supplier::list(&db).await?.into_iter().map(|supplier| supplier.name).collect();
    assert_eq!(names, ["Bodega Ñandú S.A.", long]);
    assert_eq!(supplier::get(&db, "Bodega nandu, S.A.").await?.map(|supplier| supplier.id), Some(one.id));
    Ok(())
}

/// The last version that kept in clear how a supplier is reached.
const IN_CLEAR: i64 = 18;

async fn what_stood_in_clear_waits_apart_and_comes_back_with_the_version_before(db: Db) -> Result<()> {
    store::migrate::down_to(&db, IN_CLEAR).await?;
    let mut tx = db.write().await?;
    for (id, contact) in [(1, "Zulema"), (2, "")] {
        tx.query(
            "INSERT INTO supplier (id, code, name, name_key, contact, phone, email, address, rules, active, created_at)
             VALUES ($1, $2, $2, $2, $3, '', '', '', '', 1, 0)",
        )
        .bind(i64::from(id))
        .bind(format!("s{id}"))
        .bind(contact.to_owned())
        .run()
        .await?;
    }
    tx.commit().await?;
    store::migrate::up(&db).await?;
    let mut tx = db.read().await?;
    let waits = supplier::in_clear(&mut tx).await?;
    tx.rollback().await?;
    assert_eq!(waits.iter().map(|one| (one.supplier, one.contact.as_str())).collect::<Vec<_>>(), [(1, "Zulema")]);
    store::migrate::down_to(&db, IN_CLEAR).await?;
    let back: Vec<(i64, String)> = db.query("SELECT id, contact FROM supplier ORDER BY id").all().await?;
    assert_eq!(back, [(1, "Zulema".to_owned()), (2, String::new())]);
    Ok(store::migrate::up(&db).await?)
}
