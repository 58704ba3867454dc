//! Files that are imported again: as they were, and with rows added or put right.
//!
//! Invariant: what stands opens nothing, and what does not is opened for once.

use serde_json::json;

use super::*;

/// Ten of A, and five of L in a lot that expired before the file begins.
async fn with_expired(shop: &Shop) -> Result<()> {
    shop.add_product("L", domain::Unit::Piece, |patch| patch.tracks_lots = Some(true)).await?;
    let expired = json!({"sku": "L", "quantity": 5, "line_cost": 5, "lot": "L-1", "expires_on": "2025-12-31"});
    let lines = json!([{"sku": "A", "quantity": 10, "line_cost": 10}, expired]);
    let mut stock = crate::shop::one(1, "opening", lines);
    stock["postings"][0]["effective_at"] = json!("2025-11-30T08:00:00Z");
    shop.posted("/api/v1/postings", &stock).await.map(drop)
}

fn row(ticket: u32, sku: &str, quantity: &str) -> String {
    format!("{ticket},{sku},COSA,{quantity},2026-01-15 08:{ticket:02}:00,2\n")
}

fn file(rows: &[(u32, &str, &str)]) -> String {
    HEADER.to_owned() + &rows.iter().map(|(ticket, sku, quantity)| row(*ticket, sku, quantity)).collect::<String>()
}

/// Postings written, duplicate and rejected, and openings.
fn came_to(report: &Report) -> (u64, u64, u64, u64) {
    let postings = report.postings;
    (postings.posted, postings.duplicate, postings.rejected, postings.openings)
}

/// What an import comes to, which its rehearsal has said before.
async fn opened(shop: &Shop, rows: &[(u32, &str, &str)]) -> Result<Report> {
    let rehearsed = import(shop, Kind::Sales, &file(rows), Options { dry_run: true, ..opening() }).await?;
    let done = import(shop, Kind::Sales, &file(rows), opening()).await?;
    assert_eq!((came_to(&rehearsed), errors(&rehearsed)), (came_to(&done), errors(&done)));
    Ok(done)
}

async fn importing_again_invents_no_stock(shop: &Shop) -> Result<()> {
    with_expired(shop).await?;
    let rows = [(1, "L", "1"), (2, "A", "6")];
    assert_eq!(came_to(&opened(shop, &rows).await?), (1, 0, 1, 0));
    let before = postings(shop).await?;
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 1, 1, 0));
    assert_eq!((held(shop).await?, postings(shop).await?), (pairs(&[("A", "4"), ("L", "5")]), before));
    Ok(())
}

async fn what_is_added_to_a_file_is_opened_for(shop: &Shop) -> Result<()> {
    with_expired(shop).await?;
    assert_eq!(came_to(&opened(shop, &[(1, "A", "6"), (1, "B", "x")]).await?), (1, 0, 0, 0));
    // A ticket that needs more than there is, and a row put right whose document stands without it.
    let rows = [(1, "A", "6"), (1, "B", "3"), (2, "A", "9")];
    let report = opened(shop, &rows).await?;
    assert_eq!((came_to(&report), errors(&report)), ((2, 0, 0, 1), vec![]));
    assert_eq!(report.others["documents_completed"], 1);
    assert_eq!(held(shop).await?, pairs(&[("L", "5")]));
    let before = postings(shop).await?;
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 2, 0, 0));
    // And what was refused because nothing was opened then.
    let more = [&rows[..], &[(3, "K", "2")]].concat();
    let report = import(shop, Kind::Sales, &file(&more), Options { opening: Opening::None, ..opening() }).await?;
    assert_eq!(came_to(&report), (0, 2, 1, 0));
    assert_eq!(came_to(&opened(shop, &more).await?), (1, 2, 0, 1));
    assert_eq!((held(shop).await?, postings(shop).await?), (pairs(&[("L", "5")]), before + 2));
    Ok(())
}

async fn what_is_refused_for_good_is_opened_for_once(shop: &Shop) -> Result<()> {
    with_expired(shop).await?;
    let rows = [(1, "B", "5"), (1, "L", "1")];
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 0, 1, 1));
    // The till sells what was opened; the file asks for it again and again.
    shop.move_goods(2, "sale", json!([{"sku": "B", "quantity": 5, "unit_price": 1}])).await?;
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 0, 1, 0));
    let more = [&rows[..], &[(2, "A", "12"), (3, "B", "1")]].concat();
    assert_eq!(came_to(&opened(shop, &more).await?), (2, 0, 1, 1));
    assert_eq!(held(shop).await?, pairs(&[("L", "5")]));
    assert_eq!(came_to(&opened(shop, &more).await?), (0, 2, 1, 0));
    assert_eq!(held(shop).await?, pairs(&[("L", "5")]));
    Ok(())
}

async fn what_was_opened_for_one_file_is_no_stock_of_another_of_the_same_name(shop: &Shop) -> Result<()> {
    let first = [(10, "A", "5"), (12, "B", "2"), (14, "A", "1")];
    let (later, earlier, between) = ([(20, "A", "3"), (21, "B", "4")], [(1, "A", "7")], [(13, "A", "4")]);
    assert_eq!(came_to(&opened(shop, &first).await?), (3, 0, 0, 1));
    for other in [&later[..], &earlier[..], &between[..]] {
        let report = opened(shop, other).await?;
        assert_eq!((came_to(&report), errors(&report)), ((u64::try_from(other.len())?, 0, 0, 1), vec![]), "{other:?}");
        // What was opened is what was sold: a thousandth less would not have done.
        assert_eq!(held(shop).await?, vec![]);
    }
    let before = postings(shop).await?;
    for file in [&first[..], &later[..], &earlier[..], &between[..]] {
        assert_eq!(came_to(&opened(shop, file).await?), (0, u64::try_from(file.len())?, 0, 0), "{file:?}");
    }
    assert_eq!((held(shop).await?, postings(shop).await?), (vec![], before));
    Ok(())
}

async fn what_was_there_is_opened_for_again_up_to_what_the_file_needs(shop: &Shop) -> Result<()> {
    with_expired(shop).await?;
    // Ten of A are there, twelve are needed: two are opened. The lot of L is refused for good, and A with it.
    let rows = [(1, "A", "12"), (1, "L", "1")];
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 0, 1, 1));
    assert_eq!(held(shop).await?, pairs(&[("A", "12"), ("L", "5")]));
    for (number, sold, openings) in [(2, 12, 1), (3, 10, 0), (4, 0, 0)] {
        if sold > 0 {
            shop.move_goods(number, "sale", json!([{"sku": "A", "quantity": sold, "unit_price": 1}])).await?;
        }
        assert_eq!(came_to(&opened(shop, &rows).await?), (0, 0, 1, openings), "{number}");
    }
    // Twelve in all, as the file needs from nothing, and no more whoever sells them.
    assert_eq!(held(shop).await?, pairs(&[("L", "5")]));
    Ok(())
}

async fn one_product_that_cannot_be_opened_keeps_no_other(shop: &Shop) -> Result<()> {
    shop.add_product("T", domain::Unit::Piece, |patch| patch.tracks_lots = Some(true)).await?;
    let rows = [(1, "A", "1"), (2, "T", "1"), (3, "B", "2")];
    let report = opened(shop, &rows).await?;
    assert_eq!((came_to(&report), errors(&report)), ((2, 0, 1, 1), vec![(3, "rejected")]));
    let told = report.issues.iter().find(|issue| issue.code.name() == "not_opened").context("it is told")?;
    assert_eq!((told.row, told.value.as_str()), (3, "T"));
    assert!(told.message().es.contains("lleva lotes"), "{}", told.message().es);
    assert_eq!((report.rows.taken, report.rows.refused), (2, 1));
    assert_eq!(came_to(&opened(shop, &rows).await?), (0, 2, 1, 0));
    Ok(())
}

async fn closed_days_keep_no_open_one_from_being_opened(shop: &Shop) -> Result<()> {
    shop.posted("/api/v1/sites/centro/periods/2026-01-15/close", &json!(null)).await?;
    let next = "3,B,COSA,2,2026-01-16 00:00:00,2\n";
    let text = file(&[(1, "A", "4")]) + next;
    for (posted, openings) in [(1, 1), (0, 0)] {
        let report = import(shop, Kind::Sales, &text, opening()).await?;
        assert_eq!((report.postings.posted, report.postings.openings), (posted, openings), "{:?}", report.issues);
        assert_eq!(errors(&report), [(2, "rejected")]);
    }
    assert_eq!(held(shop).await?, vec![]);
    Ok(())
}

async fn stock_put_right_brings_no_other_row_again(shop: &Shop) -> Result<()> {
    let stock = async |rows: &str| {
        let report = import(shop, Kind::Stock, &format!("codigo;cantidad\n{rows}"), Options::default()).await?;
        anyhow::Ok((report.postings.posted, report.postings.duplicate, errors(&report)))
    };
    assert_eq!(stock("A;x\nA;7\n;2\nB;3\n").await?.0, 2);
    assert_eq!(held(shop).await?, pairs(&[("A", "7"), ("B", "3")]));
    // The row without a code may have been of anything: what came after it is not told from it.
    let put_right = stock("A;5\nA;7\nB;2\nB;3\n").await?;
    assert_eq!(put_right, (1, 1, vec![(4, "changed_document"), (5, "changed_document")]));
    assert_eq!(stock("A;6\nA;7\n").await?, (0, 1, vec![(2, "changed_document")]));
    assert_eq!(held(shop).await?, pairs(&[("A", "12"), ("B", "3")]));
    Ok(())
}

both! {
    stock_put_right_brings_no_other_row_again
    importing_again_invents_no_stock
    what_is_added_to_a_file_is_opened_for
    what_is_refused_for_good_is_opened_for_once
    what_was_opened_for_one_file_is_no_stock_of_another_of_the_same_name
    what_was_there_is_opened_for_again_up_to_what_the_file_needs
    one_product_that_cannot_be_opened_keeps_no_other
    closed_days_keep_no_open_one_from_being_opened
}
