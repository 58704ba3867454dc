//! Stock and value, now and as of a day.

use anyhow::Result;
use serde_json::{Value, json};

use crate::shop::Shop;

fn column(body: &Value, name: &str) -> Vec<String> {
    let text = |item: &Value| item[name].as_str().map_or_else(|| item[name].to_string(), str::to_owned);
    body["items"].as_array().into_iter().flatten().map(text).collect()
}

async fn a_day_of_trade(shop: &Shop) -> Result<()> {
    shop.move_goods(
        1,
        "receipt",
        json!([{"sku": "A", "quantity": 10, "line_cost": 100}, {"sku": "K", "quantity": 1.5, "unit_cost": 4}]),
    )
    .await?;
    shop.move_goods(2, "move", json!([{"sku": "A", "quantity": 4}])).await?;
    shop.move_goods(3, "sale", json!([{"sku": "A", "quantity": 3, "unit_price": 25}])).await?;
    Ok(())
}

async fn the_list_shows_places_levels_and_values(shop: &Shop) -> Result<()> {
    a_day_of_trade(shop).await?;
    let list = shop.get("/api/v1/stock").await?;
    assert_eq!(column(&list, "location"), ["deposito", "salon", "deposito"]);
    assert_eq!(column(&list, "quantity"), ["6", "1", "1.500"]);
    assert_eq!(column(&list, "value"), ["60.00", "10.00", "6.00"]);
    assert_eq!((column(&list, "level"), &list["currency"]), (vec!["ok".to_owned(); 3], &json!("ARS")));
    let page = shop.get("/api/v1/stock?limit=2").await?;
    let rest = shop.get(&format!("/api/v1/stock?cursor={}", page["next_cursor"].as_str().unwrap_or_default())).await?;
    assert_eq!((column(&page, "sku"), column(&rest, "sku")), (vec!["A".to_owned(); 2], vec!["K".to_owned()]));
    for wrong in ["site=x", "as_of=today", "expiring_within=3&as_of=2026-01-01", "below_minimum=2", "cursor=WyIxIl0"] {
        assert_eq!(shop.send("GET", &format!("/api/v1/stock?{wrong}"), None).await?.status, 422, "{wrong}");
    }
    Ok(())
}

async fn the_past_is_as_it_was(shop: &Shop) -> Result<()> {
    a_day_of_trade(shop).await?;
    shop.hand.pass_seconds(5 * 86_400);
    shop.move_goods(4, "sale", json!([{"sku": "A", "quantity": 6}])).await?;
    let then = shop.get("/api/v1/stock?as_of=2026-02-02&site=centro").await?;
    assert_eq!(column(&then, "quantity"), ["6", "1", "1.500"]);
    assert_eq!(column(&shop.get("/api/v1/stock?as_of=2026-02-01").await?, "sku"), Vec::<String>::new());
    let (before, now) = (shop.get("/api/v1/valuation?as_of=2026-02-02").await?, shop.get("/api/v1/valuation").await?);
    assert_eq!((&before["total"], &now["total"]), (&json!("76.00"), &json!("16.00")));
    assert_eq!(
        (column(&before, "quantity"), column(&now, "quantity")),
        (vec!["7".into(), "1.500".into()], vec!["1".into(), "1.500".into()])
    );
    Ok(())
}

async fn one_product_over_all_places(shop: &Shop) -> Result<()> {
    a_day_of_trade(shop).await?;
    let stock = shop.get("/api/v1/stock/A").await?;
    assert_eq!((&stock["on_hand"], &stock["value"]), (&json!("7"), &json!("70.00")));
    assert_eq!(
        stock["sites"][0]["places"][1],
        json!({"location": "salon", "lot": null, "expires_on": null, "quantity": "1", "value": "10.00"})
    );
    assert_eq!(shop.get("/api/v1/stock/B").await?["sites"], json!([]));
    assert_eq!(shop.send("GET", "/api/v1/stock/Z", None).await?.status, 404);
    Ok(())
}

async fn the_older_path_says_where_its_answer_comes_from(shop: &Shop) -> Result<()> {
    a_day_of_trade(shop).await?;
    let live = shop.get("/inventory/A").await?;
    assert_eq!((&live["on_hand"], &live["source"], &live["degraded"]), (&json!("7"), &json!("live"), &json!(false)));
    assert_eq!(shop.send("GET", "/inventory/Z", None).await?.status, 404);
    Ok(())
}

both! {
    the_list_shows_places_levels_and_values the_past_is_as_it_was one_product_over_all_places
    the_older_path_says_where_its_answer_comes_from
}

#[tokio::test]
async fn what_was_read_stands_in_for_a_database_that_is_down() -> Result<()> {
    let shop = Shop::stocked(testkit::home::Home::sqlite()?).await?;
    a_day_of_trade(&shop).await?;
    shop.get("/inventory/A").await?;
    shop.db.close().await;
    let known = shop.get("/inventory/A").await?;
    assert_eq!((&known["on_hand"], &known["source"], &known["degraded"]), (&json!("7"), &json!("cache"), &json!(true)));
    assert_eq!(shop.get("/inventory/K").await?, json!({"status": "degraded", "data": null}));
    assert_eq!(shop.send("GET", "/api/v1/stock", None).await?.status, 503);
    let refused = shop
        .send(
            "POST",
            "/api/v1/postings",
            Some(&crate::shop::one(9, "sale", json!([{"sku": "A", "quantity": 1}])).to_string()),
        )
        .await?;
    assert_eq!(refused.status, 503);
    assert!(refused.headers.contains_key("retry-after"));
    Ok(())
}
