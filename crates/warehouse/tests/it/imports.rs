//! Importing files into a real catalogue and ledger.
//!
//! Invariant: in every report each row of the file is counted once.

mod again;
mod mended;
mod older;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context as _, Result};
use domain::{Money, Quantity, Zone};
use store::{
    product::{self, Filter},
    stock::{self, After, StockFilter},
};
use warehouse::imports::{
    self, Context, Control, Ending, Input, Kind, Opening, Options, Progress, Report, Request, Severity, Stage,
};

use crate::shop::Shop;

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n";

fn context(shop: &Shop) -> Context {
    let warehouse = &shop.warehouse;
    Context {
        db: shop.db.clone(),
        writer: warehouse.writer.clone(),
        clock: Arc::clone(&warehouse.clock),
        actor: "ana".to_owned(),
        vault: warehouse.vault.clone(),
        scratch: None,
    }
}

async fn request(shop: &Shop, kind: Kind, text: &str, options: Options) -> Result<Request> {
    Ok(Request {
        kind,
        input: Input::Bytes { name: format!("{}.csv", kind.name()), bytes: text.as_bytes().into() },
        source: None,
        site: store::site::get(&shop.db, "centro").await?,
        zone: Zone::utc(),
        options,
    })
}

async fn import(shop: &Shop, kind: Kind, text: &str, options: Options) -> Result<Report> {
    let request = request(shop, kind, text, options).await?;
    counted(imports::run(&context(shop), request, Control::none()).await?)
}

fn counted(report: Report) -> Result<Report> {
    let rows = report.rows;
    anyhow::ensure!(rows.read == rows.taken + rows.refused + rows.skipped, "{rows:?} {:?}", report.issues);
    Ok(report)
}

fn opening() -> Options {
    Options { create_missing: true, opening: Opening::Auto, ..Options::default() }
}

/// SKU and quantity of everything the site has.
async fn held(shop: &Shop) -> Result<Vec<(String, String)>> {
    let items = stock::list(&shop.db, &StockFilter::default(), &After::default(), 5000).await?;
    let has = items.into_iter().filter(|item| item.quantity != Quantity::ZERO);
    Ok(has.map(|item| (item.key.sku, item.quantity.to_string())).collect())
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(sku, quantity)| (sku.to_string(), quantity.to_string())).collect()
}

async fn postings(shop: &Shop) -> Result<i64> {
    let site = store::site::get(&shop.db, "centro").await?.context("the site is there")?;
    Ok(store::ledger::read::head(&shop.db, site.id).await?.context("it has a chain")?.seq)
}

fn errors(report: &Report) -> Vec<(u64, &'static str)> {
    let wrong = report.issues.iter().filter(|issue| issue.code.severity() == Severity::Error);
    wrong.map(|issue| (issue.row, issue.code.name())).collect()
}

async fn sales_open_the_least_and_agree_with_the_file(shop: &Shop) -> Result<()> {
    let text = format!(
        "{HEADER}1,m,MANUAL,6,2025-12-01 08:26:00,2.55\n1,M,Manual,2,2025-12-01 08:26:00,1\nC2,m,MANUAL,-4,2025-12-02 08:00:00,2.55\n\
         3,m,damaged,-5,2025-12-03 08:00:00,0\n4,M,check,1,2025-12-03 09:00:00,0\nA5,B9,Adjust bad debt,1,2025-12-04 09:00:00,-11062.06\n\
         6,m,MANUAL,x,2025-12-04 10:00:00,1\n"
    );
    let report = import(shop, Kind::Sales, &text, opening()).await?;
    assert_eq!((report.ending, errors(&report)), (Ending::Done, vec![(8, "not_a_number")]));
    let sums = report.sums.context("sales have sums")?;
    assert_eq!((sums.agree, sums.codes, sums.rows), (true, 3, 6));
    assert_eq!((sums.file, sums.posted), ("1".parse()?, "1".parse()?));
    // m needs 7 at its lowest (-6 +4 -5), M needs 2, B9 needs 1.
    assert_eq!(held(shop).await?, pairs(&[("M", "1")]));
    assert_eq!((report.postings.posted, report.postings.openings, report.products.created), (5, 1, 3));
    let before = postings(shop).await?;
    let again = import(shop, Kind::Sales, &text, opening()).await?;
    assert_eq!((again.postings.posted, again.postings.duplicate, again.postings.openings), (0, 5, 0));
    assert!(again.sums.is_some_and(|sums| sums.agree));
    assert_eq!(postings(shop).await?, before);
    Ok(())
}

async fn rows_put_right_are_added_to_the_document_they_belong_to(shop: &Shop) -> Result<()> {
    let file = |second: &str, third: &str| {
        let row = |sku: &str, quantity: &str| format!("7,{sku},GOODS,{quantity},2025-12-01 08:00:00,2\n");
        format!("{HEADER}{}{}{}", row("A", "3"), row("B", second), row("K", third))
    };
    let lines = serde_json::json!([{"sku": "A", "quantity": 10, "line_cost": 10}, {"sku": "B", "quantity": 10, "line_cost": 10},
        {"sku": "K", "quantity": 10, "line_cost": 10}]);
    let mut stock = crate::shop::one(1, "opening", lines);
    stock["postings"][0]["effective_at"] = serde_json::json!("2025-11-30T08:00:00Z");
    shop.posted("/api/v1/postings", &stock).await?;
    let sales = async |second, third| import(shop, Kind::Sales, &file(second, third), Options::default()).await;
    let first = sales("x", "y").await?;
    assert_eq!((errors(&first), first.postings.posted), (vec![(3, "not_a_number"), (4, "not_a_number")], 1));
    // One row is put right, then the other; each adds what was missing, once.
    for (second, third, posted, duplicate, wrong) in
        [("4", "y", 1, 0, 1), ("4", "y", 0, 1, 1), ("4", "5", 1, 0, 0), ("4", "5", 0, 1, 0)]
    {
        let report = sales(second, third).await?;
        let counts = (report.postings.posted, report.postings.duplicate, report.postings.rejected);
        assert_eq!(
            (counts, errors(&report).len()),
            ((posted, duplicate, 0), wrong),
            "{second} {third} {:?}",
            report.issues
        );
        assert_eq!(report.others["documents_completed"], posted);
        assert!(wrong > 0 || report.sums.is_some_and(|sums| sums.agree && sums.rows == 3));
    }
    assert_eq!(held(shop).await?, pairs(&[("A", "7"), ("B", "6"), ("K", "5")]));
    let before = postings(shop).await?;
    // A row that was posted says something else now: nothing is guessed.
    let changed = sales("3", "5").await?;
    assert_eq!(errors(&changed), [(2, "changed_document"), (3, "changed_document"), (4, "changed_document")]);
    assert_eq!((changed.postings.rejected, postings(shop).await?), (1, before));
    assert_eq!(held(shop).await?, pairs(&[("A", "7"), ("B", "6"), ("K", "5")]));
    Ok(())
}

async fn an_interrupted_import_goes_on_where_it_stopped(shop: &Shop) -> Result<()> {
    let row = |i: i32| {
        format!("{i},P{},GOODS {},{},2025-12-01 {:02}:{:02}:00,1\n", i % 40, i % 40, 1 + i % 7, i / 60 % 24, i % 60)
    };
    let text = HEADER.to_owned() + &(0..9000).map(row).collect::<String>();
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let watch = move |step: Progress| {
        if step.stage == Stage::Posting && step.total == 9000 && step.done > 0 {
            flag.store(true, Ordering::Relaxed);
        }
    };
    let control = Control::new(Arc::new(watch), cancelled);
    let request = request(shop, Kind::Sales, &text, opening()).await?;
    let stopped = imports::run(&context(shop), request, control).await;
    assert_eq!(stopped.err().map(|error| error.code()), Some("cancelled"));
    let half = postings(shop).await?;
    assert!(half > 1 && half < 9001, "{half}");
    let report = import(shop, Kind::Sales, &text, opening()).await?;
    assert_eq!((report.postings.openings, report.postings.posted + report.postings.duplicate), (0, 9000));
    assert_eq!(i64::try_from(report.postings.duplicate)?, half - 1);
    assert!(report.sums.is_some_and(|sums| sums.agree && sums.rows == 9000));
    assert_eq!((held(shop).await?, postings(shop).await?), (vec![], 9001));
    Ok(())
}

async fn what_the_ledger_refuses_is_told_row_by_row(shop: &Shop) -> Result<()> {
    let stock = import(shop, Kind::Stock, "codigo;cantidad;costo\nA;2;10,50\nK;1,5;\n", Options::default()).await?;
    assert_eq!(stock.postings.posted, 2);
    let text = format!(
        "{HEADER}1,A,X,1,2026-02-02 08:00:00,2\n2,B,X,1,2026-02-02 09:00:00,2\n2,A,X,1,2026-02-02 09:00:00,2\n3,Z,X,1,2026-02-02 09:30:00,2\n\
         4,A,X,0.5,2026-02-02 09:40:00,2\n5,K,X,0.5,2026-02-02 09:50:00,2\n6,A,X,1,2030-01-01 09:50:00,2\n"
    );
    let report = import(shop, Kind::Sales, &text, Options::default()).await?;
    assert_eq!(
        errors(&report),
        [(3, "rejected"), (4, "with_rejected"), (5, "unknown_product"), (6, "fraction_of_piece"), (8, "in_future")]
    );
    assert_eq!(held(shop).await?, pairs(&[("A", "1"), ("K", "1")]));
    let sums = report.sums.context("sales have sums")?;
    assert!(!sums.agree);
    let differing: Vec<_> = sums.differences.iter().map(|difference| difference.sku.as_str()).collect();
    assert_eq!(differing, ["A", "B", "Z"]);
    Ok(())
}

async fn strict_and_rehearsed_imports_write_nothing(shop: &Shop) -> Result<()> {
    let text = format!("{HEADER}1,N1,X,1,2025-12-01 08:00:00,2\n2,,X,1,2025-12-01 08:00:00,2\n");
    for (options, ending) in [
        (Options { dry_run: true, ..opening() }, Ending::DryRun),
        (Options { strict: true, ..opening() }, Ending::Refused),
    ] {
        let report = import(shop, Kind::Sales, &text, options).await?;
        assert_eq!((report.ending, errors(&report), report.rows.refused), (ending, vec![(3, "missing_value")], 1));
    }
    let products = "codigo,nombre\nN2,Pan\n,Nada\n";
    let report = import(shop, Kind::Products, products, Options { strict: true, ..Options::default() }).await?;
    assert_eq!(report.ending, Ending::Refused);
    assert_eq!(postings(shop).await?, 0);
    assert_eq!(product::list(&shop.db, &Filter::default(), "", 10).await?.len(), 3);
    Ok(())
}

async fn columns_are_named_as_the_file_names_them(shop: &Shop) -> Result<()> {
    let prices = "codigo;precio;vigencia;codigo\nA;10,00;2030-01-01;B\n";
    let report = import(shop, Kind::Prices, prices, Options::default()).await?;
    let told: Vec<_> =
        report.issues.iter().map(|issue| (issue.row, issue.code.name(), issue.column.as_str())).collect();
    assert_eq!(told, [(1, "repeated_column", "codigo"), (2, "in_future", "vigencia")]);
    let sales = "codigo,cantidad,fecha\nZ,1,2026-02-02 08:00:00\nA,1,2030-02-02 08:00:00\n";
    let report = import(shop, Kind::Sales, sales, Options::default()).await?;
    let told: Vec<_> = report.issues.iter().map(|issue| issue.column.as_str()).collect();
    assert_eq!(told, ["codigo", "fecha"]);
    Ok(())
}

/// A rehearsal reports what the real run then does, and writes nothing.
async fn rehearsed_as_done(shop: &Shop, kind: Kind, text: &str, options: Options) -> Result<serde_json::Value> {
    let before = (held(shop).await?, postings(shop).await?);
    let mut rehearsed = import(shop, kind, text, Options { dry_run: true, ..options.clone() }).await?;
    assert_eq!((held(shop).await?, postings(shop).await?), before);
    assert_eq!(rehearsed.ending, Ending::DryRun);
    rehearsed.ending = Ending::Done;
    rehearsed.others.remove("products_to_open");
    let done = serde_json::to_value(import(shop, kind, text, options).await?)?;
    assert_eq!(serde_json::to_value(rehearsed)?, done);
    Ok(done)
}

async fn a_rehearsal_meets_what_the_real_run_meets(shop: &Shop) -> Result<()> {
    let stock = "codigo;cantidad;costo\nA;5000;10,50\nNUEVO;2;\nB;1,5;\n";
    let missing = Options { create_missing: true, ..Options::default() };
    let report = rehearsed_as_done(shop, Kind::Stock, stock, missing.clone()).await?;
    assert_eq!((&report["postings"]["posted"], &report["products"]["created"]), (&2.into(), &1.into()));
    // More lines than one batch: what the first leaves is what the second finds.
    let mut text = String::from(HEADER);
    for number in 1..=4500 {
        text.push_str(&format!("{number},A,X,1,2026-02-02 08:00:00,2\n"));
    }
    text.push_str(
        "9001,A,X,501,2026-02-02 09:00:00,2\n9002,A,X,500,2026-02-02 09:10:00,2\n9003,OTRO,X,1,2026-02-02 09:20:00,2\n",
    );
    let report = rehearsed_as_done(shop, Kind::Sales, &text, missing).await?;
    assert_eq!((&report["postings"]["posted"], &report["postings"]["rejected"]), (&4501.into(), &2.into()));
    assert_eq!(report["sums"]["agree"], false);
    // A catalogue: what is new, what changes, what stays as it is, and a barcode that belongs to another already.
    let products = "codigo;ean;nombre;precio\nA;7791813421580;Otra A;10,00\nP1;7791813421580;Pan;5,00\nP2;;Queso;x\n";
    let report = rehearsed_as_done(shop, Kind::Products, products, Options::default()).await?;
    assert_eq!((&report["products"]["created"], &report["products"]["updated"]), (&1.into(), &1.into()));
    assert_eq!(report["issue_counts"]["barcode_taken"]["count"], 1);
    let report = rehearsed_as_done(shop, Kind::Products, products, Options::default()).await?;
    assert_eq!((&report["products"]["created"], &report["products"]["unchanged"]), (&0.into(), &2.into()));
    // Openings that the file needs, and a file that stands already.
    let opened = format!("{HEADER}1,B,X,3,2026-02-01 08:00:00,2\n2,B,X,1,2026-02-01 09:00:00,2\n");
    for posted in [2, 0] {
        let report =
            rehearsed_as_done(shop, Kind::Sales, &opened, Options { opening: Opening::Auto, ..Options::default() });
        assert_eq!(report.await?["postings"]["posted"], posted);
    }
    Ok(())
}

async fn a_catalogue_its_prices_and_its_stock(shop: &Shop) -> Result<()> {
    let products = "codigo;ean;nombre;rubro;precio;iva\nBEB-1;7791813421580;Gaseosa 1,5 L;Bebidas > Gaseosas;1.850,50;21\n\
        BEB-2;7791813421580;Otra gaseosa;Bebidas;900,00;10,5\n";
    let report = import(shop, Kind::Products, products, Options::default()).await?;
    assert_eq!((report.products.created, report.issue_counts["barcode_taken"].count), (2, 1));
    let again = import(shop, Kind::Products, products, Options::default()).await?;
    assert_eq!((again.products.created, again.products.updated, again.products.unchanged), (0, 0, 2));
    let prices = "codigo de barras;precio\n7791813421580;2.000,00\nBEB-2;0,01\nZZZ;5,00\n";
    let report = import(shop, Kind::Prices, prices, Options::default()).await?;
    assert_eq!((errors(&report), report.products.updated), (vec![(4, "unknown_product")], 1));
    assert_eq!(report.issue_counts["placeholder_price"].count, 1);
    let priced = product::get(&shop.db, "BEB-1").await?.context("it was created")?;
    assert_eq!(priced.price, Some("2000".parse::<Money>()?));
    assert_eq!(priced.category.as_deref(), Some("Bebidas/Gaseosas"));
    let stock = "codigo;stock;ubicacion;costo\n7791813421580;24;salon;900,00\nBEB-2;3;sotano;1,00\nBEB-2;0;;\n";
    let report = import(shop, Kind::Stock, stock, Options::default()).await?;
    assert_eq!((errors(&report), report.postings.posted), (vec![(3, "unknown_location")], 1));
    assert!(report.sums.is_some_and(|sums| sums.agree));
    assert_eq!(held(shop).await?, pairs(&[("BEB-1", "24")]));
    let mended = import(shop, Kind::Stock, &stock.replace("sotano", "deposito"), Options::default()).await?;
    assert_eq!((mended.postings.posted, mended.postings.duplicate), (1, 1));
    Ok(())
}

async fn a_wrong_header_names_what_was_wanted_and_found(shop: &Shop) -> Result<()> {
    let request = request(shop, Kind::Prices, "uno,dos\n1,2\n", Options::default()).await?;
    let error = imports::run(&context(shop), request, Control::none()).await.err().context("it is refused")?;
    let message = error.message();
    assert_eq!(error.code(), "wrong_header");
    assert!(message.es.contains("precio") && message.es.contains("uno, dos"), "{}", message.es);
    assert!(message.en.contains("price") && message.en.contains("uno, dos"), "{}", message.en);
    Ok(())
}

/// Real files, where they are; a machine without them leaves these out and says so.
fn real(name: &str) -> Option<std::path::PathBuf> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("left out: {name} is not on this machine");
    }
    path.exists().then_some(path)
}

async fn real_file(shop: &Shop, kind: Kind, path: std::path::PathBuf, options: Options) -> Result<Report> {
    let request = Request { input: Input::Path(path), ..request(shop, kind, "", options).await? };
    counted(imports::run(&context(shop), request, Control::none()).await?)
}

async fn the_older_system_moves_over(shop: &Shop) -> Result<()> {
    let Some(path) = real("legacy/minimarket_inventory.db") else { return Ok(()) };
    let report = real_file(shop, Kind::Legacy, path.clone(), Options::default()).await?;
    assert_eq!((report.ending, errors(&report)), (Ending::Done, vec![]));
    assert_eq!((report.postings.posted, report.others["orders_added"]), (348, 120));
    let sums = report.sums.context("it has movements")?;
    assert_eq!((sums.agree, sums.posted), (true, (4056 - 1342).to_string().parse()?));
    assert!(report.issue_counts.contains_key("oversold") && report.issue_counts.contains_key("merged_names"));
    let bananas = product::list(&shop.db, &Filter::default(), "", 100).await?;
    assert_eq!(bananas.iter().filter(|product| product.name.eq_ignore_ascii_case("bananas")).count(), 1);
    assert_eq!(store::supplier::get(&shop.db, "LS").await?.context("it moved over")?.name, "La Serenísima");
    let before = postings(shop).await?;
    let again = real_file(shop, Kind::Legacy, path, Options::default()).await?;
    assert_eq!((again.postings.duplicate, again.others["orders_added"], again.products.created), (348, 0, 0));
    assert_eq!(postings(shop).await?, before);
    Ok(())
}

async fn a_raw_price_file_is_understood(shop: &Shop) -> Result<()> {
    let Some(path) = real("ar_sepa_samples/productos_minorista_2024-10-01_comercio3.csv.gz") else { return Ok(()) };
    let report = real_file(shop, Kind::Products, path, Options::default()).await?;
    assert_eq!((report.rows.read, report.rows.refused, report.rows.skipped), (20_179, 0, 1));
    assert_eq!((report.products.created, report.issue_counts["placeholder_price"].count), (533, 14));
    assert_eq!(report.issue_counts["footer"].count, 1);
    let found = store::lookup::by_code(&shop.db, "7791813421580").await?.context("it has its barcode")?;
    assert_eq!(found.sku, "7791813421580");
    assert!(product::get(&shop.db, "23897").await?.is_some_and(|product| product.barcodes.is_empty()));
    Ok(())
}

both! {
    columns_are_named_as_the_file_names_them
    a_rehearsal_meets_what_the_real_run_meets
    sales_open_the_least_and_agree_with_the_file
    rows_put_right_are_added_to_the_document_they_belong_to
    an_interrupted_import_goes_on_where_it_stopped
    what_the_ledger_refuses_is_told_row_by_row
    strict_and_rehearsed_imports_write_nothing
    a_catalogue_its_prices_and_its_stock
    a_wrong_header_names_what_was_wanted_and_found
    the_older_system_moves_over
    a_raw_price_file_is_understood
}
