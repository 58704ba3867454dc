//! How suppliers are reached.

use access::{
    Role,
    supplier::{self, Contact},
};
use anyhow::{Context, Result, ensure};
use domain::audit::Action;
use serde_json::json;

use crate::shop::{NOW, Shop};

both! {
    how_a_supplier_is_reached_is_given_out_put_right_and_taken_out_for_good
    what_a_version_before_kept_in_clear_is_encrypted
}

const PATH: &str = "/api/v1/privacy/suppliers/bodega";

/// A supplier, and what is brought in of it.
async fn bodega(shop: &Shop) -> Result<i64> {
    let mut tx = shop.db.write().await?;
    let named = store::supplier::ensure(&mut tx, "Bodega", NOW).await?.context("named")?;
    tx.commit().await?;
    Ok(named.id)
}

async fn bring(shop: &Shop, id: i64, contact: &str) -> Result<()> {
    let mut tx = shop.db.write().await?;
    let brought = Contact { contact: contact.to_owned(), ..Contact::default() };
    supplier::bring_in(&shop.access.vault, &mut tx, &[(id, brought)]).await?;
    Ok(tx.commit().await?)
}

async fn how_a_supplier_is_reached_is_given_out_put_right_and_taken_out_for_good(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut here = shop.add("socia", Role::Owner, &["centro"]).await?;
    here.set_factor_up().await?;
    owner.get(PATH).await?.is(404, "not_found")?;
    let id = bodega(shop).await?;
    bring(shop, id, "Zulema").await?;
    let kept = owner.get(PATH).await?.is(200, "bodega")?;
    ensure!(kept.body["contact"] == "Zulema" && kept.body["name"] == "Bodega", "{}", kept.body);
    ensure!(kept.headers["cache-control"] == "no-store");

    owner.send("PUT", PATH, Some(json!({"email": "no", "fax": "1"}))).await?.is(422, "invalid")?;
    let right = json!({"contact": "Quiteria", "phone": "+54 11 5555 0000", "email": "ventas@bodega.example"});
    owner.send("PUT", PATH, Some(right.clone())).await?.is(204, "")?;
    bring(shop, id, "Zulema").await?;
    let kept = owner.get(PATH).await?.is(200, "bodega")?;
    ensure!(
        kept.body["contact"] == "Quiteria" && kept.body["address"] == "",
        "an import puts nothing back: {}",
        kept.body
    );
    for (method, body) in [("GET", None), ("PUT", Some(right.clone())), ("DELETE", None)] {
        here.send(method, PATH, body).await?.is(403, "forbidden")?;
    }

    owner.send("DELETE", PATH, None).await?.is(204, "")?;
    bring(shop, id, "Zulema").await?;
    let kept = owner.get(PATH).await?.is(200, "bodega")?;
    ensure!(kept.body["contact"] == "" && kept.body["erased_at"] == NOW.to_string(), "{}", kept.body);
    let mut tx = shop.db.read().await?;
    let left = store::sealed::of_subjects(&mut tx, "supplier.contact", &[&id.to_string()]).await?;
    tx.rollback().await?;
    ensure!(left.is_empty(), "nothing is kept of it, not even encrypted");
    owner.send("PUT", PATH, Some(right)).await?.is(204, "")?;
    ensure!(owner.get(PATH).await?.body["erased_at"].is_null(), "who is asked for again is known again");

    shop.write_down_what_was_told().await?;
    let events = shop.events().await?;
    let told =
        |action| events.iter().filter(|event| event.action == action && event.resource == "supplier:bodega").count();
    let counts = [Action::PrivacyDisclosed, Action::PrivacyRectified, Action::PrivacyErased].map(told);
    ensure!(counts == [4, 2, 1], "{counts:?}");
    for event in &events {
        let all = &event.details;
        ensure!(!["Zulema", "Quiteria", "5555", "ventas@"].iter().any(|word| all.contains(word)), "{event:?}");
    }
    Ok(())
}

async fn what_a_version_before_kept_in_clear_is_encrypted(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let id = bodega(shop).await?;
    let mut tx = shop.db.write().await?;
    tx.query("INSERT INTO supplier_in_clear (supplier, contact, phone, email, address) VALUES ($1, 'Zulema', '', '', 'Ruta 2')")
        .bind(id)
        .run()
        .await?;
    tx.commit().await?;
    bring(shop, id, "otra").await?;
    ensure!(supplier::seal_what_is_clear(&shop.db, &shop.access.vault).await? == 1);
    ensure!(supplier::seal_what_is_clear(&shop.db, &shop.access.vault).await? == 0);
    let mut tx = shop.db.read().await?;
    let left = store::supplier::in_clear(&mut tx).await?;
    tx.rollback().await?;
    ensure!(left.is_empty(), "{left:?}");
    let kept = owner.get(PATH).await?.is(200, "bodega")?;
    ensure!(kept.body["contact"] == "Zulema" && kept.body["address"] == "Ruta 2", "{}", kept.body);
    Ok(())
}
