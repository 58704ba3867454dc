//! The older system's database, rehearsed and moved over.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::{Result, older};

use crate::shop::Shop;

/// A small shop of the older system: two suppliers, names that differ by an accent, goods that went out and never came in, stock
/// that no movement explains, orders, and rows that cannot be taken.
const ROWS: &str = "
INSERT INTO proveedores VALUES (1, 'LS', 'La Serenísima', NULL, 4888, NULL, NULL, 1, NULL, NULL), (2, NULL, 'Frutas Juan', NULL, NULL, NULL, NULL, 1, NULL, NULL);
INSERT INTO categorias VALUES (1, 'lacteo', NULL, 1), (2, 'frutas', NULL, 1);
INSERT INTO productos VALUES (1, 'Leche', NULL, 1, 1, '7790742034502', 900, 1390.5, 25, 10, 1, NULL), (2, 'Queso', NULL, 1, 1, '7791813421580', 500, 800, 8, NULL, 1, NULL),
  (3, 'Manteca', NULL, 1, NULL, NULL, NULL, 'caro', 0, NULL, 0, NULL);
INSERT INTO pedidos VALUES (1, 1, 'P-1', '2025-09-08 08:27:00', 'pendiente', 0, NULL, NULL, NULL), (2, 2, NULL, '2025-09-09', NULL, 0, 'x', NULL, NULL), (3, 9, 'P-3', '2025-09-10', NULL, 0, NULL, NULL, NULL);
INSERT INTO detalle_pedidos VALUES (1, 1, 'leche', 5, 0.1, NULL, NULL), (2, 1, 'Nada de esto', 2, NULL, NULL, NULL), (3, 2, 'Banana', 'muchas', NULL, NULL, NULL);
INSERT INTO movimientos_stock VALUES (1, 1, 'Leche', 'entrada', 30, 900, 1, 'N/A', 'local', NULL, '2025-09-01 10:00:00', 'ana'),
  (2, NULL, 'leche', 'salida', 3, NULL, NULL, 'local', NULL, NULL, '2025-09-02 10:00:00', 'ana'), (3, NULL, 'Banana', 'salida', 4, NULL, NULL, 'local', NULL, NULL, '2025-09-03 10:00:00', 'ana'),
  (4, NULL, 'BANÁNA', 'entrada', 1, NULL, 2, NULL, 'local', NULL, '2025-09-04 10:00:00', 'ana'), (5, 1, 'Leche', 'regalo', 1, NULL, NULL, NULL, NULL, NULL, '2025-09-05 10:00:00', 'ana'),
  (6, 1, 'Leche', 'salida', 'x', NULL, NULL, NULL, NULL, NULL, '2025-09-06 10:00:00', 'ana'), (7, 1, 'Leche', 'salida', 1, NULL, NULL, NULL, NULL, NULL, 'ayer', 'ana');
INSERT INTO facturas_ocr VALUES (1, 'x');";

fn import(shop: &Shop, path: &str, more: &[&str]) -> Result<Value> {
    let ran = shop.installation.run(&[&["import", "legacy", path, "--json"][..], more].concat())?;
    serde_json::from_str(&ran.stdout).with_context(|| ran.output())
}

/// What is proved of the ledgers. That somebody rehearsed is written down in the audit log.
fn ledgers(shop: &Shop) -> Result<String> {
    let proved = shop.verify()?;
    Ok(proved.lines().filter(|line| !line.starts_with("auditoría")).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_rehearsed_move_reports_what_the_real_one_then_does() -> Result<()> {
    Shop::on_each_database(|shop| {
        let path = shop.installation.folder().join("viejo.db");
        older::make(&path, &format!("{}{ROWS}", older::SCHEMA))?;
        let path = path.to_str().context("a path of text")?;
        // Something of it is here already: a product whose name the file changes, and a barcode that another product has.
        let catalogue = shop.installation.folder().join("antes.csv");
        std::fs::write(&catalogue, "codigo;ean;nombre;precio\nOTRO;7791813421580;Otro queso;10,00\n")?;
        shop.installation.ok(&["import", "products", catalogue.to_str().context("a path of text")?])?;

        let before = ledgers(shop)?;
        let mut rehearsed = import(shop, path, &["--dry-run"])?;
        ensure!(ledgers(shop)? == before, "a rehearsal writes nothing");
        let mut done = import(shop, path, &[])?;
        ensure!(rehearsed["ending"] != done["ending"], "{done}");
        let told = |report: &Value, name: &str| report["issue_counts"][name]["count"].as_u64().unwrap_or(0);
        for name in [
            "oversold",
            "merged_names",
            "barcode_taken",
            "stated_stock",
            "unknown_movement",
            "not_a_number",
            "contacts_left_out",
        ] {
            ensure!(told(&done, name) > 0, "the file has {name}: {done:#}");
        }
        ensure!(done["postings"]["posted"] == 4 && done["products"]["created"].as_u64() > Some(2), "{done:#}");
        for report in [&mut rehearsed, &mut done] {
            report["ending"] = json!(null);
        }
        ensure!(rehearsed == done, "rehearsed {rehearsed:#}\ndone {done:#}");
        // And once more, now that all of it stands.
        let mut rehearsed = import(shop, path, &["--dry-run"])?;
        let mut done = import(shop, path, &[])?;
        ensure!(done["postings"]["duplicate"] == 4, "{done:#}");
        for report in [&mut rehearsed, &mut done] {
            report["ending"] = json!(null);
        }
        ensure!(rehearsed == done, "rehearsed {rehearsed:#}\ndone {done:#}");
        // With a key, how suppliers are reached comes over as well; whoever asks for that has it taken out, and it stays out.
        shop.installation.ok(&["key", "init"])?;
        let reached = || -> Result<Value> {
            Ok(serde_json::from_str(&shop.installation.ok(&["privacy", "supplier", "La Serenísima"])?)?)
        };
        let done = import(shop, path, &[])?;
        ensure!(told(&done, "contacts_left_out") == 0 && reached()?["phone"] == "4888", "{}", reached()?);
        shop.installation.ok(&["privacy", "supplier", "LS", "--erase"])?;
        import(shop, path, &[])?;
        ensure!(reached()?["phone"] == "" && reached()?["erased_at"].is_string(), "{}", reached()?);
        shop.verify().map(drop)
    })
}
