//! Style, script and icon.

use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Request, header},
};

use crate::shop::{Answer, Shop};

async fn get(shop: &Shop, path: &str, tag: &str) -> Result<Answer> {
    shop.send(Request::get(path).header(header::IF_NONE_MATCH, tag).body(Body::empty())?).await
}

#[tokio::test]
async fn files_are_kept_for_ever_by_their_hash() -> Result<()> {
    let shop = Shop::sqlite().await?;
    let page = shop.send(Request::get("/entrar").body(Body::empty())?).await?;
    let addresses: Vec<&str> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    ensure!(addresses.len() == 3, "{addresses:?}");
    for address in addresses {
        let file = get(&shop, address, "").await?;
        ensure!(file.status == 200 && !file.text.is_empty(), "{address}");
        ensure!(file.header("cache-control").contains("immutable"), "{address}");
        let tag = file.header("etag").to_owned();
        let bare = address.split('?').next().context("an address")?;
        let again = get(&shop, bare, &tag).await?;
        ensure!(again.status == 304 && again.text.is_empty() && again.header("etag") == tag, "{address}");
        let old = get(&shop, &format!("{bare}?v=0123"), "\"other\"").await?;
        ensure!(old.status == 200 && old.header("cache-control") == "no-cache", "{address}");
    }
    for missing in ["/assets/nothing.css", "/assets/..%2FCargo.toml", "/assets/"] {
        ensure!(get(&shop, missing, "").await?.status == 404, "{missing}");
    }
    Ok(())
}
