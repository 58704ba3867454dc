//! The same receipt once more, and another one under its identity.

use anyhow::Result;
use domain::{
    Money, Quantity,
    ledger::{LineDraft, PostingKind},
};
use serde_json::json;

use super::{correct, line_of, on_hand, path, send, stock};
use crate::shop::{Shop, id};

async fn a_receipt_sent_again_with_something_else_is_refused(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let receive = format!("{}/receive", path());
    let says = |number: u128, quantity: i64, write_off: bool| json!({"id": id(number), "lines": [{"sku": "A", "quantity": quantity}], "write_off_missing": write_off});
    shop.posted(&receive, &says(60, 2, false)).await?;
    let all = |number: u128, write_off: bool| json!({"id": id(number), "write_off_missing": write_off});
    let others = [says(60, 1, false), says(60, 3, false), says(60, 1, true), says(60, 3, true)];
    for other in others.into_iter().chain([all(60, false), all(60, true)]) {
        assert_eq!(shop.post(&receive, &other).await?.body["code"], "id_taken", "{other}");
    }
    shop.posted(&receive, &says(60, 2, false)).await?;
    assert_eq!(on_hand(shop).await?, stock("4", "2"), "nothing more came, and nothing was lost");
    shop.posted(&receive, &says(61, 3, true)).await?;
    for other in [says(61, 2, true), says(61, 4, true), says(61, 4, false), says(61, 3, false), json!({"id": id(61)})] {
        assert_eq!(shop.post(&receive, &other).await?.body["code"], "id_taken", "{other}");
    }
    shop.posted(&receive, &says(61, 3, true)).await?;
    assert_eq!(on_hand(shop).await?, stock("4", "5"));
    assert_eq!(shop.get("/api/v1/postings?site=norte&kind=loss").await?["items"].as_array().map(Vec::len), Some(1));
    Ok(())
}

async fn all_of_it_sent_again_is_the_same_whatever_happened_since(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let receive = format!("{}/receive", path());
    shop.posted(&receive, &json!({"id": id(60), "lines": [{"sku": "A", "quantity": 2}]})).await?;
    let sent = json!(store::transfer::posting_of(id(50).parse()?));
    correct(shop, 61, "centro", &sent, Some(1)).await?;
    let rest = json!({"id": id(62)});
    let whole = shop.posted(&receive, &rest).await?;
    assert_eq!(line_of(&whole), [&json!("received"), &json!("5"), &json!("1"), &json!("0")]);
    assert_eq!(shop.posted(&receive, &rest).await?, whole);
    shop.posted(&receive, &json!({"id": id(62), "lines": [{"sku": "A", "quantity": 3}]})).await?;
    let last = json!(domain::ids::named(id(50).parse()?, &id(62)));
    correct(shop, 63, "norte", &last, Some(2)).await?;
    let again = shop.posted(&receive, &rest).await?;
    assert_eq!(line_of(&again), [&json!("partial"), &json!("3"), &json!("1"), &json!("2")]);
    let part = shop.post(&receive, &json!({"id": id(60)})).await?;
    assert_eq!(part.body["code"], "id_taken");
    assert_eq!(on_hand(shop).await?, stock("5", "3"));
    Ok(())
}

/// The posting of a receipt of that identity.
fn receipt(number: u128) -> Result<(uuid::Uuid, uuid::Uuid)> {
    let transfer = id(50).parse()?;
    Ok((transfer, domain::ids::named(transfer, &id(number))))
}

async fn all_of_it_sent_again_is_the_same_wherever_the_clock_went(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let receive = format!("{}/receive", path());
    shop.hand.pass_seconds(3_600);
    let part = json!({"id": id(60), "lines": [{"sku": "A", "quantity": 2}]});
    shop.posted(&receive, &part).await?;
    shop.hand.pass_seconds(-2 * 3_600);
    let rest = json!({"id": id(62)});
    let whole = shop.posted(&receive, &rest).await?;
    assert_eq!(line_of(&whole), [&json!("received"), &json!("6"), &json!("0"), &json!("0")]);
    assert_eq!(shop.posted(&receive, &rest).await?, whole);
    for (number, seconds) in [(63, -3_600), (64, 5 * 3_600)] {
        shop.hand.pass_seconds(seconds);
        correct(shop, number, "norte", &json!(receipt(62)?.1), Some(1)).await?;
        shop.posted(&receive, &rest).await?;
        shop.posted(&receive, &part).await?;
        assert_eq!(shop.post(&receive, &json!({"id": id(60)})).await?.body["code"], "id_taken");
    }
    assert_eq!(on_hand(shop).await?, stock("4", "4"));
    Ok(())
}

async fn one_that_an_earlier_version_wrote_may_have_taken_all(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let receive = format!("{}/receive", path());
    let (transfer, posting) = receipt(60)?;
    let mut tx = shop.db.write().await?;
    store::transfer::begin_receipt(&mut tx, transfer, posting, None, crate::shop::NOW).await?;
    tx.commit().await?;
    let whole = shop.posted(&receive, &json!({"id": id(60)})).await?;
    assert_eq!(shop.posted(&receive, &json!({"id": id(60)})).await?, whole);
    Ok(())
}

async fn a_receipt_that_was_refused_is_not_waited_for(shop: &Shop) -> Result<()> {
    send(shop).await?;
    // Another server lets five in that nobody wrote down here.
    let came = LineDraft {
        sku: "A".to_owned(),
        quantity: Quantity::units(5),
        line_cost: Some(Money::from_minor(500_000)),
        ..LineDraft::default()
    };
    let sent = store::transfer::posting_of(id(50).parse()?);
    shop.write_alone((uuid::Uuid::from_u128(72), Some(sent)), PostingKind::TransferIn, "norte", came).await?;
    let (receive, (transfer, posting)) = (format!("{}/receive", path()), receipt(60)?);
    let says = |quantity: i64| json!({"id": id(60), "lines": [{"sku": "A", "quantity": quantity}]});
    assert_eq!(shop.post(&receive, &says(3)).await?.body["code"], "taken_meanwhile");
    assert_eq!(store::transfer::receipt(&shop.db, transfer, posting).await?, None);
    shop.posted(&receive, &says(1)).await?;
    let stands = store::transfer::receipt(&shop.db, transfer, posting).await?;
    assert_eq!(stands.map(|receipt| receipt.took_all), Some(Some(false)));
    let mut tx = shop.db.write().await?;
    store::transfer::forget_receipt(&mut tx, transfer, posting).await?;
    tx.commit().await?;
    assert_eq!(store::transfer::receipt(&shop.db, transfer, posting).await?, stands, "what entered is not forgotten");
    Ok(())
}

async fn another_receipt_under_an_identity_that_is_on_its_way_in_is_refused(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let (transfer, posting) = receipt(60)?;
    let mut tx = shop.db.write().await?;
    store::transfer::begin_receipt(&mut tx, transfer, posting, Some(false), crate::shop::NOW).await?;
    tx.commit().await?;
    let receive = format!("{}/receive", path());
    assert_eq!(shop.post(&receive, &json!({"id": id(60)})).await?.body["code"], "id_taken");
    shop.posted(&receive, &json!({"id": id(60), "lines": [{"sku": "A", "quantity": 6}]})).await?;
    assert_eq!(shop.post(&receive, &json!({"id": id(60)})).await?.body["code"], "id_taken");
    Ok(())
}

both! {
    a_receipt_sent_again_with_something_else_is_refused all_of_it_sent_again_is_the_same_whatever_happened_since
    all_of_it_sent_again_is_the_same_wherever_the_clock_went one_that_an_earlier_version_wrote_may_have_taken_all
    a_receipt_that_was_refused_is_not_waited_for another_receipt_under_an_identity_that_is_on_its_way_in_is_refused
}
