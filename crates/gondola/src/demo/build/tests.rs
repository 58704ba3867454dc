//! A short year in a real database.

use domain::Day;
use store::{
    Db, Options,
    count::{self, SheetFilter},
    ledger::verify,
    migrate, product, site, supplier,
    transfer::{self, Status, TransferFilter},
};

use super::build_from;
use crate::demo::{Built, year::Year, zone};

const DAYS: i32 = 24;

async fn build(db: &Db, folder: &std::path::Path) -> Built {
    let last = Day::from_ymd(2026, 3, 10).unwrap();
    let year = Year::of(last, DAYS, zone().unwrap(), 11);
    let mut told = Vec::new();
    let built = build_from(db, folder, (last.plus(1 - DAYS), year), |done| told.push(done)).await.unwrap();
    assert!(told.is_sorted());
    assert_eq!(told.last(), Some(&24));
    built
}

async fn fresh(folder: &std::path::Path) -> Db {
    let db = Db::open(&Options::new(format!("sqlite://{}", folder.join("gondola.db").display()))).await.unwrap();
    migrate::up(&db).await.unwrap();
    db
}

#[tokio::test]
async fn a_built_shop_verifies_and_building_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    verifies_and_stays(&fresh(folder.path()).await, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_on_a_server_too() {
    let (folder, server) = (tempfile::tempdir().unwrap(), testkit::postgres::fresh_database().unwrap());
    let db = Db::open(&Options::new(server.url())).await.unwrap();
    migrate::up(&db).await.unwrap();
    verifies_and_stays(&db, folder.path()).await;
    db.close().await;
}

async fn verifies_and_stays(db: &Db, folder: &std::path::Path) {
    let built = build(db, folder).await;
    let report = verify::verify(db, None, &mut |_, _| {}).await.unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    let movements: u64 = report.sites.iter().map(|site| site.movements).sum();
    assert_eq!(movements, built.movements as u64);
    assert!(report.sites.iter().all(|site| site.checkpoints >= 15), "{:?}", report.sites);
    assert!(warehouse::checkpoints::compare(db, folder).await.unwrap().is_empty());
    assert_eq!(build(db, folder).await, built, "all duplicates");
    let again = verify::verify(db, None, &mut |_, _| {}).await.unwrap();
    let heads = |report: &verify::Report| report.sites.iter().map(|site| site.hash).collect::<Vec<_>>();
    assert_eq!(heads(&again), heads(&report));
}

#[tokio::test]
async fn transfers_have_their_documents() {
    let folder = tempfile::tempdir().unwrap();
    let db = fresh(folder.path()).await;
    build(&db, folder.path()).await;
    let transfers = transfer::list(&db, &TransferFilter::default(), 100).await.unwrap();
    let newest = transfers.iter().find(|transfer| transfer.to_site == "alberdi").unwrap();
    assert_eq!(newest.status, Status::Sent, "still on the road");
    let received = transfers.iter().filter(|transfer| transfer.status == Status::Received).count();
    for whole in transfers.iter().filter(|transfer| transfer.status == Status::Received) {
        let lines = transfer::get(&db, whole.id).await.unwrap().unwrap().lines;
        assert!(
            lines.iter().all(|line| line.received_value == line.value),
            "worth what it was when it left: {lines:?}"
        );
    }
    let partial: Vec<_> = transfers.iter().filter(|transfer| transfer.status == Status::Partial).collect();
    assert_eq!(received + partial.len() + 1, transfers.len());
    for partial in partial {
        let whole = transfer::get(&db, partial.id).await.unwrap().unwrap();
        assert_eq!(whole.lines.iter().map(|line| line.missing().milli()).sum::<i64>(), 1000);
    }
}

#[tokio::test]
async fn the_catalogue_is_kept_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = fresh(folder.path()).await;
    build(&db, folder.path()).await;
    let sites = site::list(&db).await.unwrap();
    assert_eq!(
        sites.iter().map(|site| site.code.as_str()).collect::<Vec<_>>(),
        ["alberdi", "centro", "deposito-norte"]
    );
    let suppliers = supplier::list(&db).await.unwrap();
    let codes: Vec<&str> = suppliers.iter().map(|supplier| supplier.code.as_str()).collect();
    assert_eq!(codes, ["ACE", "BC", "CO", "FA", "FR", "GA", "LS", "LV", "MAX", "MU", "Q", "TER"]);
    let coke = product::get(&db, "BEB-000001").await.unwrap().unwrap();
    assert_eq!((coke.name.as_str(), coke.category.as_deref()), ("Coca-Cola Original 2,25 L", Some("Bebidas/Gaseosas")));
    assert_eq!((coke.barcodes.len(), coke.packs.len()), (2, 1));
    assert_eq!((coke.vat_rate.as_deref(), coke.supplier.as_deref()), (Some("21"), Some("CO")));
    let prices = product::price_history(&db, coke.id, None, 50).await.unwrap();
    assert!(prices.len() > 1 && Some(prices[0].price) == coke.price, "{prices:?}");
}

/// What a sheet expected is what its place held before its posting, by the ledger's own movements.
#[tokio::test]
async fn counts_have_their_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let db = fresh(folder.path()).await;
    build(&db, folder.path()).await;
    let sheets = count::list(&db, &SheetFilter::default(), 500).await.unwrap();
    assert!(sheets.len() > 20 && sheets.iter().all(|sheet| sheet.status == count::Status::Closed), "{}", sheets.len());
    let counts: Option<i64> = db.query("SELECT COUNT(*) FROM posting WHERE kind = 12").scalar().await.unwrap();
    assert_eq!(counts, i64::try_from(sheets.len()).ok(), "one posting each");
    let mut again = 0;
    for sheet in &sheets {
        let seq: Option<i64> =
            db.query("SELECT seq FROM posting WHERE id = $1").bind(sheet.posting()).scalar().await.unwrap();
        let lines = count::lines(&db, sheet.id).await.unwrap();
        assert!(!lines.is_empty());
        for line in lines {
            let held: Option<i64> = db
                .query(
                    "SELECT CAST(COALESCE(SUM(CASE WHEN to_location = $1 THEN quantity ELSE -quantity END), 0) AS BIGINT)
                     FROM movement WHERE product = $2 AND lot = $3 AND site = $4 AND seq < $5
                       AND (to_location = $1 OR from_location = $1)",
                )
                .bind(sheet.location)
                .bind(line.product)
                .bind(line.lot)
                .bind(sheet.site)
                .bind(seq.unwrap())
                .scalar()
                .await
                .unwrap();
            assert_eq!(line.expected.map(domain::Quantity::milli), held, "{} on {}", line.sku, sheet.id);
            again += usize::from(line.recount);
        }
    }
    assert!(again > 0, "something was counted twice");
}
