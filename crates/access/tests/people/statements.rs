//! How many questions the list of people asks the database.

use access::{Doer, Role, contact::Contact, people::NewUser};
use anyhow::{Result, ensure};
use platform::http::auth::SiteScope;

use crate::shop::{Browser, Shop};

both! {
    the_list_of_people_asks_as_often_for_many_as_for_few
}

fn asked_so_far(shop: &Shop) -> u64 {
    shop.db.statements().iter().map(store::db::StatementFigures::count).sum()
}

async fn asked(shop: &Shop, owner: &mut Browser<'_>) -> Result<(u64, usize)> {
    let (mut least, mut rows) = (u64::MAX, 0);
    for _ in 0..3 {
        let before = asked_so_far(shop);
        let page = owner.get("/api/v1/users?limit=200").await?.is(200, "")?.body;
        least = least.min(asked_so_far(shop) - before);
        rows = page["items"].as_array().map_or(0, Vec::len);
    }
    Ok((least, rows))
}

async fn grow(shop: &Shop, numbers: std::ops::Range<u32>) -> Result<()> {
    for n in numbers {
        shop.open_site(&format!("s{n}")).await?;
        let (login, sites) = (format!("persona{n}"), SiteScope::only(["centro".to_owned(), format!("s{n}")]));
        let name = login.clone();
        let new = NewUser { login, name, role: Role::Cashier, sites, language: None, contact: Contact::default() };
        shop.access.add_user(Doer::CommandLine, &new).await?;
    }
    Ok(())
}

async fn the_list_of_people_asks_as_often_for_many_as_for_few(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    grow(shop, 0..5).await?;
    let (few, before) = asked(shop, &mut owner).await?;
    grow(shop, 5..60).await?;
    let (many, after) = asked(shop, &mut owner).await?;
    ensure!((before, after) == (6, 61), "{before} people and then {after}");
    ensure!(many <= few + 1, "{few} statements for {before} people, {many} for {after}");
    Ok(())
}
