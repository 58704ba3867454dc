//! Documents whose rows were changed after some of them had been posted.
//!
//! Invariant: a row that may be in the ledger already is told, never posted again.

use super::*;

/// Postings written, duplicate and rejected, and openings.
fn came_to(report: &Report) -> (u64, u64, u64, u64) {
    let postings = report.postings;
    (postings.posted, postings.duplicate, postings.rejected, postings.openings)
}

fn told(report: &Report, code: &str) -> u64 {
    report.issue_counts.get(code).map_or(0, |counted| counted.count)
}

/// A document of one broken row, 4 999 of A, one of B and those after it: without the broken one just as many as a posting takes.
fn long(first: &str, after: &str) -> String {
    let row = |sku: &str, quantity: &str| format!("7,{sku},COSA,{quantity},2025-12-01 08:00:00,2\n");
    let many = row("A", "1").repeat(4999);
    format!(
        "{HEADER}{}{many}{}{}",
        row("K", first),
        row("B", "1"),
        if after.is_empty() { String::new() } else { row(after, "1") }
    )
}

async fn no_row_is_posted_again_that_moved_on_to_the_next_part(shop: &Shop) -> Result<()> {
    let sales = async |first, after| import(shop, Kind::Sales, &long(first, after), opening()).await;
    assert_eq!(came_to(&sales("x", "").await?), (1, 0, 0, 1));
    // The mended row pushes B out of the part that stands, into one that is missing.
    let mended = sales("1", "").await?;
    assert_eq!((came_to(&mended), told(&mended, "changed_document")), ((0, 0, 2, 0), 5001));
    // And into one that stands without it.
    assert_eq!(came_to(&sales("x", "L").await?), (1, 1, 0, 1));
    let before = postings(shop).await?;
    let mended = sales("1", "L").await?;
    assert_eq!((came_to(&mended), told(&mended, "changed_document")), ((0, 0, 2, 0), 5002));
    assert_eq!((postings(shop).await?, held(shop).await?), (before, vec![]));
    Ok(())
}

async fn a_part_is_filled_up_and_the_next_begun(shop: &Shop) -> Result<()> {
    let row = |sku: &str, quantity: &str| format!("7,{sku},COSA,{quantity},2025-12-01 08:00:00,2\n");
    let file = |last: &str| format!("{HEADER}{}{}{}", row("A", "1").repeat(4999), row("B", last), row("K", last));
    let sales = async |last| import(shop, Kind::Sales, &file(last), opening()).await;
    assert_eq!(came_to(&sales("x").await?), (1, 0, 0, 1));
    for (written, stood, openings) in [(2, 0, 1), (0, 2, 0)] {
        let report = sales("1").await?;
        assert_eq!((came_to(&report), errors(&report)), ((written, stood, 0, openings), vec![]));
        assert!(report.sums.is_some_and(|sums| sums.agree && sums.rows == 5001));
    }
    assert_eq!(held(shop).await?, vec![]);
    Ok(())
}

async fn a_row_that_is_taken_for_something_else_is_not_posted_again(shop: &Shop) -> Result<()> {
    // While RUSTY LAMP is what A is called it says nothing, and what is missing is lost; once LAMP is its name, it is rusty.
    let row = |ticket: u32, text: &str, quantity: &str, price: &str| {
        format!("{ticket},A,{text},{quantity},2025-12-01 08:{ticket:02}:00,{price}\n")
    };
    let file = |named: &str, price: &str| {
        let stays = row(1, "RUSTY LAMP", "5", "2") + &row(2, "RUSTY LAMP", "-1", "0") + &row(3, "check", "3", price);
        format!("{HEADER}{stays}{}{}", row(4, "LAMP", named, "2"), row(5, "LAMP", named, "2"))
    };
    let sales = async |named, price| import(shop, Kind::Sales, &file(named, price), opening()).await;
    let first = sales("x", "0").await?;
    assert_eq!((came_to(&first), errors(&first).len()), ((3, 0, 0, 1), 2));
    assert_eq!((first.classes["loss"], first.classes["found"]), (1, 1));
    let mended = sales("1", "0").await?;
    assert_eq!((mended.classes["waste"], mended.classes["loss"]), (1, 0));
    assert_eq!((came_to(&mended), errors(&mended)), ((2, 2, 1, 0), vec![(3, "changed_document")]));
    // What was found has a price now, and would be a sale.
    let before = postings(shop).await?;
    let priced = sales("1", "9").await?;
    assert_eq!((priced.classes["found"], came_to(&priced)), (0, (0, 3, 2, 0)));
    assert_eq!(errors(&priced), [(3, "changed_document"), (4, "changed_document")]);
    assert_eq!((postings(shop).await?, held(shop).await?), (before, pairs(&[("A", "1")])));
    Ok(())
}

both! {
    no_row_is_posted_again_that_moved_on_to_the_next_part
    a_part_is_filled_up_and_the_next_begun
    a_row_that_is_taken_for_something_else_is_not_posted_again
}
