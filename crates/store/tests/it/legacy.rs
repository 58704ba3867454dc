//! Reading the older system's file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr};
use store::{Error, legacy};

const SCHEMA: &str = "
    CREATE TABLE proveedores (id INTEGER PRIMARY KEY, codigo TEXT, nombre TEXT, contacto TEXT, telefono TEXT, email TEXT,
      direccion TEXT, activo BOOLEAN, fecha_registro TIMESTAMP, configuracion_json TEXT);
    CREATE TABLE categorias (id INTEGER PRIMARY KEY, nombre TEXT, descripcion TEXT, activo BOOLEAN);
    CREATE TABLE productos (id INTEGER PRIMARY KEY, nombre TEXT, descripcion TEXT, categoria_id INTEGER, proveedor_id INTEGER,
      codigo_barras TEXT, precio_compra DECIMAL(10,2), precio_venta DECIMAL(10,2), stock_actual INTEGER, stock_minimo INTEGER,
      activo BOOLEAN, fecha_registro TIMESTAMP);
    CREATE TABLE pedidos (id INTEGER PRIMARY KEY, proveedor_id INTEGER, numero_pedido TEXT, fecha_pedido TIMESTAMP, estado TEXT,
      total DECIMAL(10,2), observaciones TEXT, fecha_entrega_esperada DATE, fecha_entrega_real DATE);
    CREATE TABLE detalle_pedidos (id INTEGER PRIMARY KEY, pedido_id INTEGER, producto_nombre TEXT, cantidad INTEGER,
      precio_unitario DECIMAL(10,2), subtotal DECIMAL(10,2), observaciones TEXT);
    CREATE TABLE movimientos_stock (id INTEGER PRIMARY KEY, producto_id INTEGER, producto_nombre TEXT, tipo_movimiento TEXT,
      cantidad INTEGER, precio_unitario DECIMAL(10,2), proveedor_id INTEGER, origen TEXT, destino TEXT, observaciones TEXT,
      fecha_movimiento TIMESTAMP, usuario TEXT);
    CREATE TABLE facturas_ocr (id INTEGER PRIMARY KEY, numero_factura TEXT);
    CREATE TABLE configuracion_sistema (id INTEGER PRIMARY KEY, clave TEXT, valor TEXT);";

const ROWS: &str = "
    INSERT INTO proveedores VALUES (1, 'LS', 'La Serenísima', NULL, 4888, NULL, NULL, 1, NULL, '{}');
    INSERT INTO categorias VALUES (1, 'lacteo', NULL, 1);
    INSERT INTO productos VALUES (7, 'Leche', NULL, 1, 1, 7790742034502, 900, 1390.5, 2.5, NULL, NULL, NULL);
    INSERT INTO pedidos VALUES (1, 1, NULL, '2025-09-08 08:27:00', 'pendiente', 0, NULL, NULL, NULL), (2, 1, 'P-2', '2025-09-09', NULL, 0, 'x', NULL, NULL);
    INSERT INTO detalle_pedidos VALUES (1, 1, 'leche', 5, 0.1, NULL, NULL);
    INSERT INTO movimientos_stock VALUES (1, NULL, 'Leche', 'salida', 3, 1234.5678, NULL, NULL, 'local', NULL, '2025-09-10 10:00:00', 'ana'),
      (2, 7, 'Leche', 'entrada', '4', NULL, 1, 'N/A', NULL, NULL, '2025-09-01 10:00:00', NULL);
    INSERT INTO facturas_ocr VALUES (1, 'x'), (2, 'y');";

async fn old_file(folder: &Path, sql: &str, journal: &str) -> Result<PathBuf> {
    let path = folder.join("viejo 100%.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
    let sql = format!("PRAGMA journal_mode = {journal}; {sql}");
    connection.execute(AssertSqlSafe(sql).into_sql_str()).await?;
    connection.close().await?;
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
        let path = old_file(folder.path(), &format!("{SCHEMA}{ROWS}"), journal).await?;
        let before = std::fs::read(&path)?;
        let old = legacy::read(&path).await?;
        assert_eq!((old.suppliers[0].code.as_str(), old.suppliers[0].phone.as_str()), ("LS", "4888"));
        let milk = &old.products[0];
        assert_eq!(
            (milk.barcode.as_str(), milk.price.as_deref(), milk.stock.as_deref()),
            ("7790742034502", Some("1390.5"), Some("2.5"))
        );
        assert_eq!((milk.minimum.as_deref(), milk.active), (None, 1));
        let orders: Vec<_> =
            old.order_lines.iter().map(|line| (line.order_id, line.line_id, line.unit_cost.as_deref())).collect();
        assert_eq!(orders, [(1, Some(1), Some("0.1")), (2, None, None)]);
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
    let path = old_file(folder.path(), "CREATE TABLE proveedores (id INTEGER);", "DELETE").await?;
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
