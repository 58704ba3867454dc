//! What the first page reads.

use anyhow::{Context, Result};
use domain::{
    Day, Level, Money, Quantity, Unit,
    ledger::{LineDraft, PostingKind},
};
use store::{
    Db, Tx,
    home::{self, StockPage, StockQuery, StockRow},
    product::{Barcode, Patch},
    site,
    site::Sites,
};

use crate::{
    both::{CHANGE, NOW},
    ledger::shop::{add_product, costing, draft, line, open_site, post},
    stock::posted,
};

both! {
    levels_count_each_product_once_and_agree_with_the_rule
    a_table_goes_page_by_page_in_the_order_of_names
    a_search_knows_no_accents_and_knows_barcodes
    a_day_is_summed_by_kind_and_unit
    the_newest_postings_come_first
    an_empty_shop_has_nothing_and_no_errors
}

/// Two sites. At centro: yerba 3 of a minimum of 10, azúcar 8 of 10, ñoquis 40 without a minimum, pan sold out; at norte: yerba 30 and
/// azúcar sold out. Queso never moved.
async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    open_site(db, "norte").await?;
    let least_ten = |patch: &mut Patch| patch.minimum = Some(Some(Quantity::units(10)));
    add_product(db, "YER", |patch| {
        patch.name = Some("Yerba Mate".into());
        least_ten(patch);
    })
    .await?;
    add_product(db, "AZU", |patch| {
        patch.name = Some("Azúcar".into());
        least_ten(patch);
    })
    .await?;
    add_product(db, "NOQ", |patch| patch.name = Some("Ñoquis".into())).await?;
    add_product(db, "PAN", |patch| {
        patch.name = Some("Pan".into());
        patch.unit = Some(Unit::Kilogram);
    })
    .await?;
    add_product(db, "QUE", |patch| patch.name = Some("Queso".into())).await?;
    let lines = vec![costing("YER", 3, 30), costing("AZU", 8, 80), costing("NOQ", 40, 400), costing("PAN", 2, 20)];
    posted(post(db, &draft(1, PostingKind::Receipt, lines)).await?)?;
    posted(post(db, &draft(2, PostingKind::Sale, vec![priced("PAN", 2, 50)])).await?)?;
    let mut north = draft(3, PostingKind::Receipt, vec![costing("YER", 30, 300), costing("AZU", 1, 10)]);
    "norte".clone_into(&mut north.site);
    posted(post(db, &north).await?)?;
    let mut sold = draft(4, PostingKind::Sale, vec![priced("AZU", 1, 20)]);
    "norte".clone_into(&mut sold.site);
    posted(post(db, &sold).await?)?;
    Ok(())
}

fn pesos(n: i64) -> Money {
    Money::from_cents(n * 100)
}

fn priced(sku: &str, units: i64, price: i64) -> LineDraft {
    LineDraft { unit_price: Some(pesos(price)), ..line(sku, units) }
}

async fn number_of(db: &Db, code: &str) -> Result<i64> {
    Ok(site::get(db, code).await?.context("the site is there")?.id)
}

async fn page(tx: &mut Tx, query: StockQuery) -> Result<StockPage> {
    Ok(home::stock(tx, &StockQuery { limit: if query.limit == 0 { 50 } else { query.limit }, ..query }).await?)
}

fn skus(page: &StockPage) -> Vec<&str> {
    page.rows.iter().map(|row| row.sku.as_str()).collect()
}

async fn levels_count_each_product_once_and_agree_with_the_rule(db: Db) -> Result<()> {
    shop(&db).await?;
    let (centro, norte) = (number_of(&db, "centro").await?, number_of(&db, "norte").await?);
    let mut tx = db.read().await?;
    for (site, expected) in [(None, [3, 1, 0, 1]), (Some(centro), [2, 1, 1, 1]), (Some(norte), [2, 0, 0, 1])] {
        let standing = home::standing(&mut tx, &site.into()).await?;
        assert_eq!(Level::ALL.map(|level| standing.at(level)), expected, "{site:?}");
        for level in Level::ALL {
            let listed =
                page(&mut tx, StockQuery { sites: site.into(), level: Some(level), ..StockQuery::default() }).await?;
            assert_eq!(i64::try_from(listed.rows.len())?, standing.at(level), "{site:?} {level:?}");
            assert!(listed.rows.iter().all(|row| row.level() == level), "{site:?} {level:?} {listed:?}");
        }
        assert_eq!(
            standing.value(&site.into()),
            page(&mut tx, StockQuery { sites: site.into(), ..StockQuery::default() })
                .await?
                .rows
                .iter()
                .map(StockRow::value)
                .sum()
        );
    }
    let whole = home::standing(&mut tx, &Sites::Every).await?;
    assert_eq!(whole.values, [(centro, pesos(510)), (norte, pesos(300))]);
    assert_eq!((whole.products(), whole.value(&Sites::Every)), (5, pesos(810)));
    Ok(())
}

async fn a_table_goes_page_by_page_in_the_order_of_names(db: Db) -> Result<()> {
    shop(&db).await?;
    let mut tx = db.read().await?;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let found = page(&mut tx, StockQuery { after, limit: 2, ..StockQuery::default() }).await?;
        seen.extend(found.rows.iter().map(|row| row.name.clone()));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["Azúcar", "Ñoquis", "Pan", "Queso", "Yerba Mate"]);
    let lost = page(&mut tx, StockQuery { after: Some("GONE".into()), ..StockQuery::default() }).await?;
    assert_eq!(lost.rows.len(), 5, "a product that is gone begins at the top");
    let yerba = page(&mut tx, StockQuery { search: "yerba".into(), ..StockQuery::default() }).await?;
    let held: Vec<_> = yerba.rows[0].held.iter().map(|held| (held.quantity, held.shelves.len())).collect();
    assert_eq!(held, [(Quantity::units(3), 1), (Quantity::units(30), 1)]);
    let shelves = home::shelves(&mut tx).await?;
    assert!(shelves.iter().any(|shelf| shelf.location == yerba.rows[0].held[0].shelves[0].location));
    Ok(())
}

async fn a_search_knows_no_accents_and_knows_barcodes(db: Db) -> Result<()> {
    shop(&db).await?;
    let mut tx = db.write().await?;
    let code = Barcode { code: "7790895000997".into(), pack_quantity: Quantity::ONE };
    store::product::add_barcodes(&mut tx, "PAN", &[code], CHANGE).await?;
    tx.commit().await?;
    let mut tx = db.read().await?;
    let check = [
        ("azucar", vec!["AZU"]),
        ("NOQ", vec!["NOQ"]),
        ("ñoq", vec!["NOQ"]),
        ("mate yer", vec!["YER"]),
        ("erba", vec![]),
        ("7790895000997", vec!["PAN"]),
        ("%", vec!["AZU", "NOQ", "PAN", "QUE", "YER"]),
        ("nada así", vec![]),
    ];
    for (search, expected) in check {
        let found = page(&mut tx, StockQuery { search: search.into(), ..StockQuery::default() }).await?;
        assert_eq!(skus(&found), expected, "{search}");
    }
    Ok(())
}

async fn a_day_is_summed_by_kind_and_unit(db: Db) -> Result<()> {
    shop(&db).await?;
    let (centro, norte) = (number_of(&db, "centro").await?, number_of(&db, "norte").await?);
    let zone = site::get(&db, "centro").await?.context("the site is there")?.zone;
    let today = zone.day_of(NOW);
    let mut tx = db.read().await?;
    let kinds = home::moved(&mut tx, today, &Sites::Every).await?;
    let sums: Vec<_> = kinds.iter().map(|kind| (kind.kind, kind.value, kind.revenue)).collect();
    let (bought, cost) = (pesos(840), pesos(-30));
    assert_eq!(sums, [(PostingKind::Receipt, bought, Money::ZERO), (PostingKind::Sale, cost, pesos(120))]);
    let sold: Vec<_> = kinds[1].moved.iter().map(|moved| (moved.unit, moved.came_in, moved.went_out)).collect();
    let none = Quantity::ZERO;
    assert_eq!(sold, [(Unit::Kilogram, none, Quantity::units(2)), (Unit::Piece, none, Quantity::units(1))]);
    let counted = home::postings(&mut tx, today, &[centro, norte]).await?;
    assert_eq!(counted.iter().map(|kind| (kind.count, kind.at_least)).collect::<Vec<_>>(), [(2, false), (2, false)]);
    assert_eq!(home::moved(&mut tx, today, &norte.into()).await?[1].revenue, pesos(20));
    assert!(home::moved(&mut tx, today.plus(1), &Sites::Every).await?.is_empty());
    assert_eq!(home::day_until(&mut tx, today.plus(30), &Sites::Every).await?, Some(today));
    assert_eq!(home::day_until(&mut tx, today.plus(-1), &Sites::Every).await?, None);
    assert_eq!(home::day_from(&mut tx, today.plus(-400), &norte.into()).await?, Some(today));
    assert_eq!(home::day_from(&mut tx, today.plus(1), &norte.into()).await?, None);
    Ok(())
}

async fn the_newest_postings_come_first(db: Db) -> Result<()> {
    shop(&db).await?;
    let before = home::version(&mut db.read().await?).await?;
    let norte = number_of(&db, "norte").await?;
    let later = NOW.plus_seconds(60);
    crate::ledger::shop::post_at(
        &db,
        &draft(5, PostingKind::Receipt, vec![costing("QUE", 1, 9), costing("YER", 1, 9)]),
        later,
    )
    .await?;
    let mut tx = db.read().await?;
    assert_ne!(home::version(&mut tx).await?, before, "a posting makes a new version");
    let newest = home::latest(&mut tx, &Sites::Every, 3).await?;
    assert_eq!(newest.len(), 3);
    assert_eq!((newest[0].kind, newest[0].lines, newest[0].first_product.as_str()), (PostingKind::Receipt, 2, "Queso"));
    assert_eq!(newest[0].value, pesos(18));
    let north = home::latest(&mut tx, &norte.into(), 10).await?;
    assert_eq!(north.iter().map(|posting| posting.seq).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(north[0].revenue, pesos(20));
    Ok(())
}

async fn an_empty_shop_has_nothing_and_no_errors(db: Db) -> Result<()> {
    let mut tx = db.read().await?;
    assert_eq!(home::version(&mut tx).await?, home::Version::default());
    assert_eq!(home::standing(&mut tx, &Sites::Every).await?, home::Standing::default());
    assert_eq!(page(&mut tx, StockQuery::default()).await?, StockPage::default());
    assert!(home::latest(&mut tx, &Sites::Every, 5).await?.is_empty());
    assert_eq!(home::day_until(&mut tx, Day::from_number(20_000), &Sites::Every).await?, None);
    Ok(())
}
