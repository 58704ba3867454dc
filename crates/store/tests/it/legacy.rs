//! Reading the older system's file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use store::{Error, legacy};
use testkit::older;

const ROWS: &str = "
    INSERT INTO proveedores VALUES (1, 'LS', 'La Serenísima', NULL, 4888, NULL, NULL, 1, NULL, '{}');
    INSERT INTO categorias VALUES (1, 'lacteo', NULL, 1);
    INSERT INTO productos VALUES (7, 'Leche', NULL, 1, 1, 7790742034502, 900, 1390.5, 2.5, NULL, NULL, NULL);
    INSERT INTO pedidos VALUES (1, 1, NULL, '2025-09-08 08:27:00', 'pendiente', 0, NULL, NULL, NULL), (2, 1, 'P-2', '2025-09-09', NULL, 0, 'x', NULL, NULL);
    INSERT INTO detalle_pedidos VALUES (1, 1, 'leche', 5, 0.1, NULL, NULL);
    INSERT INTO movimientos_stock VALUES (1, NULL, 'Leche', 'salida', 3, 1234.5678, NULL, NULL, 'local', NULL, '2025-09-10 10:00:00', 'ana'),
      (2, 7, 'Leche', 'entrada', '4', NULL, 1, 'N/A', NULL, NULL, '2025-09-01 10:00:00', NULL);
    INSERT INTO facturas_ocr VALUES (1, 'x'), (2, 'y');";

fn old_file(folder: &Path, sql: &str, journal: &str) -> Result<PathBuf> {
    let path = folder.join("viejo 100%.db");
    older::make(&path, &format!("PRAGMA journal_mode = {journal}; {sql}"))?;
    Ok(path)
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

#[tokio::test]
async fn everything_is_read_as_it_was_written() -> Result<()> {
    for journal in ["DELETE", "WAL"] {
        let folder = tempfile::tempdir()?;
        let path = old_file(folder.path(), &format!("{}{ROWS}", older::SCHEMA), journal)?;
        let before = std::fs::read(&path)?;
        let old = legacy::read(&path).await?;
        assert_eq!((old.suppliers[0].code.as_str(), old.suppliers[0].phone.as_str()), ("LS", "4888"));
        let milk = &old.products[0];
        assert_eq!(
            (milk.barcode.as_str(), milk.price.as_deref(), milk.stock.as_deref()),
            ("7790742034502", Some("1390.5"), Some("2.5"))
        );
        assert_eq!((milk.minimum.as_deref(), milk.active), (None, 1));
        let lines = |order: &legacy::Order| order.lines.iter().map(|line| (line.id, line.unit_cost.clone())).collect();
        let orders: Vec<(i64, Vec<_>)> = old.orders.iter().map(|order| (order.id, lines(order))).collect();
        assert_eq!(orders, [(1, vec![(1, Some("0.1".to_owned()))]), (2, vec![])]);
        let moved: Vec<_> =
            old.movements.iter().map(|one| (one.id, one.quantity.as_str(), one.unit_price.as_deref())).collect();
        assert_eq!(moved, [(2, "4", None), (1, "3", Some("1234.5678"))]);
        assert_eq!((old.invoices, old.settings), (2, 0));
        assert_eq!(std::fs::read(&path)?, before, "the file stays as it was");
        assert_eq!(names_in(folder.path())?, ["viejo 100%.db"], "nothing appears beside it");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_such_database_says_what_it_lacks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = old_file(folder.path(), "CREATE TABLE proveedores (id INTEGER);", "DELETE")?;
    let error = legacy::read(&path).await.err().context("it is refused")?;
    assert!(
        matches!(&error, Error::Broken { detail, .. } if detail.contains("movimientos_stock") && !detail.contains("proveedores"))
    );
    let text = folder.path().join("texto.db");
    std::fs::write(
        &text,
        "esto no es una base de datos, son palabras y más palabras para llenar una página entera".repeat(20),
    )?;
    assert!(matches!(legacy::read(&text).await, Err(Error::Damaged(_))));
    assert!(legacy::read(&folder.path().join("no está.db")).await.is_err());
    Ok(())
}

/// Its table of categories.
const CATEGORIES: &str =
    "CREATE TABLE categorias (id INTEGER PRIMARY KEY, nombre TEXT, descripcion TEXT, activo BOOLEAN);";

/// What is said of a file whose categories are those, and where else stands what follows.
async fn told(categories: &str, more: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let schema = older::SCHEMA.replace(CATEGORIES, categories);
    anyhow::ensure!(categories == CATEGORIES || schema != older::SCHEMA);
    let path = old_file(folder.path(), &format!("{schema}{more}"), "DELETE")?;
    let read = legacy::read(&path).await;
    Ok(read.map_or_else(|error| error.to_string(), |old| format!("{} categories", old.categories.len())))
}

const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i AS id, 'x' AS nombre FROM n";

#[tokio::test]
async fn only_what_is_written_in_a_table_is_read() -> Result<()> {
    let view = format!("CREATE VIEW categorias AS {ENDLESS};");
    assert_eq!(told(&view, "").await?, "legacy: the file lacks the tables: categorias");
    let sought = "CREATE VIRTUAL TABLE categorias USING fts5 (id, nombre);";
    assert_eq!(told(sought, "").await?, "legacy: the file lacks the tables: categorias");
    // A gigabyte for whoever asks for it.
    for kept in ["VIRTUAL", "STORED"] {
        let computed =
            format!("CREATE TABLE categorias (id INTEGER PRIMARY KEY, nombre TEXT AS (hex(zeroblob(id))) {kept});");
        let row = "INSERT INTO categorias (id) VALUES (1);";
        assert_eq!(told(&computed, row).await?, "legacy: the file computes columns of: categorias", "{kept}");
    }
    // What stands beside the tables is not looked at, and what would be done on writing is not done.
    let beside = format!(
        "CREATE VIEW otra AS {ENDLESS}; CREATE VIRTUAL TABLE busca USING fts5 (x);
         CREATE TRIGGER al_agregar AFTER INSERT ON productos BEGIN DELETE FROM categorias; END;
         INSERT INTO categorias VALUES (1, 'lacteo', NULL, 1);"
    );
    assert_eq!(told(CATEGORIES, &beside).await?, "1 categories");
    Ok(())
}

#[tokio::test]
async fn what_is_larger_than_any_shop_is_refused() -> Result<()> {
    let long = "INSERT INTO categorias VALUES (1, printf('%.*c', 32768, 'x'), NULL, 1);";
    assert_eq!(told(CATEGORIES, long).await?, "1 categories");
    let longer = "INSERT INTO categorias VALUES (1, printf('%.*c', 50000000, 'x'), NULL, 1);";
    assert_eq!(told(CATEGORIES, longer).await?, "legacy: a value of name has more than 32768 bytes");
    let many = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500001)
        INSERT INTO categorias SELECT i, NULL, NULL, 1 FROM n;";
    assert_eq!(told(CATEGORIES, many).await?, "legacy: a table has more than 500000 rows");
    Ok(())
}

#[tokio::test]
async fn what_was_tampered_with_is_the_file_s_fault() -> Result<()> {
    let renamed = "CREATE TABLE categorias (id INTEGER PRIMARY KEY);";
    let lacking = told(renamed, "").await?;
    assert!(lacking.starts_with("legacy: ") && lacking.contains("nombre"), "{lacking}");
    let disguised = format!(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'table', rootpage = 2, sql = 'CREATE VIEW categorias AS {}'
         WHERE name = 'categorias';",
        ENDLESS.replace('\'', "''")
    );
    let refused = told(CATEGORIES, &disguised).await?;
    assert!(refused.contains("damaged") || refused.contains("lacks the tables"), "{refused}");
    let bytes = "INSERT INTO categorias VALUES (1, CAST(x'ff' AS TEXT), NULL, 1);";
    let unreadable = told(CATEGORIES, bytes).await?;
    assert!(unreadable.starts_with("legacy: ") && unreadable.contains("utf-8"), "{unreadable}");
    Ok(())
}
