//! Tables of what the catalogue and the documents say.
//!
//! Invariant: what leaves is compared whole, but for identities and instants that nobody chose.

use anyhow::{Context, Result};
use domain::{Money, Quantity};
use serde_json::json;
use store::{order, product, supplier};
use uuid::Uuid;

use crate::shop::{NOW, Shop, id};

async fn table(shop: &Shop, file: &str) -> Result<Vec<String>> {
    let answer = shop.send("GET", &format!("/api/v1/exports/{file}"), None).await?;
    anyhow::ensure!(answer.status == 200, "{file}: {answer:?}");
    Ok(String::from_utf8(answer.bytes)?.lines().map(str::to_owned).collect())
}

async fn refused(shop: &Shop, file: &str) -> Result<(u16, String)> {
    let answer = shop.send("GET", &format!("/api/v1/exports/{file}"), None).await?;
    Ok((answer.status.as_u16(), answer.body["errors"][0]["code"].as_str().unwrap_or_default().to_owned()))
}

async fn prices_leave_with_their_history(shop: &Shop) -> Result<()> {
    for (sku, price) in [("B", "7"), ("A", "100"), ("A", "120.5")] {
        shop.posted(&format!("/api/v1/products/{sku}/prices"), &json!({"price": price})).await?;
        shop.hand.pass_seconds(60);
    }
    let prices = table(shop, "prices.csv").await?;
    assert_eq!(prices[0], "sku,name,valid_from,price,actor");
    let told: Vec<Vec<&str>> = prices[1..].iter().map(|row| row.split(',').collect()).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|row| (row[0], row[3])).collect();
    assert_eq!(told, [("A", "100.00"), ("A", "120.50"), ("B", "7.00")]);
    assert_eq!(table(shop, "prices.csv?sku=B").await?.len(), 2);
    assert_eq!(refused(shop, "prices.csv?sku=Z").await?, (422, "unknown_product".to_owned()));
    assert_eq!(refused(shop, "prices.csv?site=centro").await?.0, 422);
    Ok(())
}

async fn suppliers_and_orders_leave(shop: &Shop) -> Result<()> {
    let mut tx = shop.db.write().await?;
    store::catalog::begin_change(&mut tx).await?;
    let new = supplier::NewSupplier {
        code: Some("LS".to_owned()),
        name: "Lácteos Sur".to_owned(),
        rules: "mínimo 3 cajas".to_owned(),
    };
    supplier::ensure_all(&mut tx, &[new], NOW).await?;
    let supplier = supplier::numbers(&mut tx).await?["LS"];
    let product = product::ids_of(&mut tx, &["A"]).await?["A"];
    let line = |note: &str, unit_cost| order::OrderLine {
        product,
        quantity: Quantity::units(3),
        unit_cost,
        note: note.to_owned(),
    };
    let order = |number: u128, lines| order::Order {
        id: Uuid::from_u128(number),
        supplier,
        number: format!("P-{number}"),
        status: "pendiente".to_owned(),
        note: String::new(),
        ordered_at: NOW.plus_seconds(i64::try_from(number).unwrap_or_default()),
        lines,
    };
    let lines = vec![line("=1+1", Some(Money::from_cents(12_50))), line("", None)];
    order::add(&mut tx, &[order(1, lines), order(2, Vec::new())]).await?;
    tx.commit().await?;
    let suppliers = table(shop, "suppliers.csv").await?;
    assert_eq!(suppliers, ["code,name,rules,active", "LS,Lácteos Sur,mínimo 3 cajas,true"]);
    let orders = table(shop, "orders.csv").await?;
    let at = |seconds: i64| NOW.plus_seconds(seconds).to_string();
    assert_eq!(
        orders,
        [
            "id,supplier,supplier_name,number,status,ordered_at,note,sku,name,quantity,unit_cost,line_note".to_owned(),
            format!("{},LS,Lácteos Sur,P-2,pendiente,{},,,,,,", Uuid::from_u128(2), at(2)),
            format!("{},LS,Lácteos Sur,P-1,pendiente,{},,A,Product A,3,12.50,'=1+1", Uuid::from_u128(1), at(1)),
            format!("{},LS,Lácteos Sur,P-1,pendiente,{},,A,Product A,3,,", Uuid::from_u128(1), at(1)),
        ]
    );
    assert_eq!(table(shop, "orders.csv?supplier=lacteos%20sur").await?, orders);
    assert_eq!(table(shop, "orders.csv?supplier=nadie").await?.len(), 1);
    Ok(())
}

async fn counts_leave_line_by_line(shop: &Shop) -> Result<()> {
    let lines = json!([{"sku": "A", "quantity": 10, "line_cost": 100}, {"sku": "B", "quantity": 5, "line_cost": 50}]);
    shop.move_goods(1, "receipt", lines).await?;
    let sheet = |number, note: &str| json!({"id": id(number), "site": "centro", "location": "deposito", "blind": false, "note": note});
    shop.posted("/api/v1/counts", &sheet(100, "fin de mes")).await?;
    let counted = json!({"lines": [{"sku": "A", "counted": 9}, {"sku": "B", "counted": 6}]});
    assert_eq!(shop.post(&format!("/api/v1/counts/{}/lines", id(100)), &counted).await?.status, 200);
    let open: Vec<String> = table(shop, "counts.csv?status=open").await?;
    assert!(open[1].contains(",open,") && open[1].ends_with(",false,,,"), "what is expected is not said yet: {open:?}");
    shop.posted(&format!("/api/v1/counts/{}/close", id(100)), &json!(null)).await?;
    // More sheets than a page holds, none of which has a line.
    for number in 200..260 {
        shop.hand.pass_seconds(1);
        shop.posted("/api/v1/counts", &sheet(number, "")).await?;
    }
    let all = table(shop, "counts.csv").await?;
    assert_eq!(all.len(), 1 + 60 + 2);
    assert!(all[1].starts_with(&id(259)) && all[1].ends_with(",,,,,,,,,,,"), "{}", all[1]);
    let width = all[0].split(',').count();
    assert!(all.iter().all(|row| row.split(',').count() == width));
    let closed = table(shop, "counts.csv?status=closed&site=centro").await?;
    assert_eq!(closed[1..], all[61..]);
    assert!(closed[1].starts_with(&format!("{},centro,deposito,closed,false,", id(100))), "{}", closed[1]);
    assert!(
        closed[1].contains(",fin de mes,A,Product A,,,9,") && closed[1].ends_with(",false,,10,-1"),
        "{}",
        closed[1]
    );
    assert!(closed[2].contains(",B,Product B,,,6,") && closed[2].ends_with(",false,,5,1"), "{}", closed[2]);
    assert_eq!(refused(shop, "counts.csv?status=lost").await?, (422, "not_one_of".to_owned()));
    Ok(())
}

async fn transfers_leave_line_by_line(shop: &Shop) -> Result<()> {
    shop.add_site("norte").await?;
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": "100.01"}])).await?;
    let sent = json!({"id": id(50), "from_site": "centro", "to_site": "norte", "note": "camioneta", "lines": [{"sku": "A", "quantity": 6}]});
    shop.posted("/api/v1/transfers", &sent).await?;
    let part = json!({"id": id(51), "lines": [{"sku": "A", "quantity": 4}]});
    shop.posted(&format!("/api/v1/transfers/{}/receive", id(50)), &part).await?;
    for file in ["transfers.csv", "transfers.csv?site=norte", "transfers.csv?site=centro&status=partial"] {
        let rows = table(shop, file).await?;
        assert_eq!(
            rows[0],
            "id,from_site,to_site,status,sent_at,actor,note,sku,name,lot,expires_on,quantity,value,received,received_value,returned,missing"
        );
        assert_eq!(rows.len(), 2, "{file}");
        assert!(rows[1].starts_with(&format!("{},centro,norte,partial,", id(50))), "{}", rows[1]);
        let goods = rows[1].split_once(",camioneta,").context("it has its note")?.1;
        assert_eq!(goods, "A,Product A,,,6,60.0060,4,40.0040,0,2", "{file}");
    }
    assert_eq!(table(shop, "transfers.csv?status=received").await?.len(), 1);
    Ok(())
}

both! {
    prices_leave_with_their_history suppliers_and_orders_leave counts_leave_line_by_line transfers_leave_line_by_line
}
