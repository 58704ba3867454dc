//! The older system's SQLite file, read and never written.
//!
//! Invariant: the file is opened so that not even a journal appears beside it, unless one is there already with changes that
//! have to be read; amounts are read as the decimal text SQLite shows, never through a float of ours. It may come from anybody: only
//! rows of ordinary tables are read, one statement for each table, without joins nor sorting.

use std::{collections::HashMap, path::Path, time::Duration};

use sqlx::FromRow;

use crate::{
    Error, Result,
    db::{Bounds, Foreign},
};

/// A supplier.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Supplier {
    /// Its number there.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whom to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Street address.
    pub address: String,
    /// Its rules, as JSON.
    pub rules: String,
    /// 1 when it is still bought from.
    pub active: i64,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Category {
    /// Its number there.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Product {
    /// Its number there.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Number of its category.
    pub category: Option<i64>,
    /// Number of its supplier.
    pub supplier: Option<i64>,
    /// Its barcode, empty when it has none.
    pub barcode: String,
    /// What it costs.
    pub cost: Option<String>,
    /// What it is sold at.
    pub price: Option<String>,
    /// Stock as the older system states it.
    pub stock: Option<String>,
    /// Stock to keep at least.
    pub minimum: Option<String>,
    /// 1 when it is sold.
    pub active: i64,
}

/// An order with its lines.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Order {
    /// Its number there.
    pub id: i64,
    /// Number of its supplier.
    pub supplier: i64,
    /// The number people know it by.
    pub number: String,
    /// When it was made, local.
    pub ordered_at: String,
    /// Where it stands.
    pub status: String,
    /// What people noted.
    pub note: String,
    /// What was ordered.
    #[sqlx(skip)]
    pub lines: Vec<OrderLine>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrderLine {
    /// Number of the order there.
    pub order_id: Option<i64>,
    /// Its number there.
    pub id: i64,
    /// Name of the product.
    pub product: Option<String>,
    /// How much.
    pub quantity: Option<String>,
    /// Price of one.
    pub unit_cost: Option<String>,
    /// What people noted.
    pub note: String,
}

/// A movement of stock.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Movement {
    /// Its number there.
    pub id: i64,
    /// Number of the product, mostly missing.
    pub product_id: Option<i64>,
    /// Name of the product.
    pub product: String,
    /// `entrada`, `salida`…
    pub kind: String,
    /// How much.
    pub quantity: String,
    /// Price of one.
    pub unit_price: Option<String>,
    /// Number of the supplier.
    pub supplier: Option<i64>,
    /// Where it came from.
    pub from_place: String,
    /// Where it went.
    pub to_place: String,
    /// What people noted.
    pub note: String,
    /// When, local.
    pub at: String,
    /// Who.
    pub actor: String,
}

/// Everything in the file that has a place in ours.
#[derive(Debug, Clone, Default)]
pub struct Legacy {
    /// Suppliers.
    pub suppliers: Vec<Supplier>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Products.
    pub products: Vec<Product>,
    /// Orders.
    pub orders: Vec<Order>,
    /// Movements, oldest first.
    pub movements: Vec<Movement>,
    /// Invoices that were read by OCR; they stay behind.
    pub invoices: i64,
    /// Settings; they stay behind.
    pub settings: i64,
}

/// The tables such a file has.
pub const TABLES: [&str; 8] = [
    "proveedores",
    "categorias",
    "productos",
    "pedidos",
    "detalle_pedidos",
    "movimientos_stock",
    "facturas_ocr",
    "configuracion_sistema",
];

/// What such a file is read within: a shop of many years, on a slow machine.
const BOUNDS: Bounds =
    Bounds { time: Duration::from_secs(60), rows: 500_000, value_bytes: 32 * 1024, bytes: 256 * 1024 * 1024 };

/// Reads a file of the older system. A file that is none, or that wants more than is given to any, is [`Error::Broken`] with the reason.
pub async fn read(path: &Path) -> Result<Legacy> {
    let mut file = Foreign::open(path, BOUNDS).await?;
    let legacy = read_all(&mut file).await;
    file.close().await?;
    legacy
}

async fn read_all(file: &mut Foreign) -> Result<Legacy> {
    check(file).await?;
    let mut legacy = Legacy {
        suppliers: file.all(SUPPLIERS).await?,
        categories: file.all(CATEGORIES).await?,
        products: file.all(PRODUCTS).await?,
        orders: file.all(ORDERS).await?,
        movements: file.all(MOVEMENTS).await?,
        invoices: count(file, "SELECT COUNT(*) FROM facturas_ocr").await?,
        settings: count(file, "SELECT COUNT(*) FROM configuracion_sistema").await?,
    };
    join(&mut legacy.orders, file.all(LINES).await?);
    // Sorted here: what SQLite sorts it may have to write down first, without an end.
    legacy.suppliers.sort_by_key(|supplier| supplier.id);
    legacy.categories.sort_by_key(|category| category.id);
    legacy.products.sort_by_key(|product| product.id);
    legacy.orders.sort_by_key(|order| order.id);
    legacy.movements.sort_by(|left, right| (&left.at, left.id).cmp(&(&right.at, right.id)));
    Ok(legacy)
}

async fn count(file: &mut Foreign, sql: &'static str) -> Result<i64> {
    Ok(file.all::<(i64,)>(sql).await?.first().map_or(0, |(count,)| *count))
}

/// Gives the lines to their orders; those of none stay behind.
fn join(orders: &mut [Order], mut lines: Vec<OrderLine>) {
    lines.sort_by_key(|line| line.id);
    let mut of: HashMap<i64, Vec<OrderLine>> = HashMap::new();
    for line in lines {
        if let Some(order) = line.order_id {
            of.entry(order).or_default().push(line);
        }
    }
    for order in orders {
        order.lines = of.remove(&order.id).unwrap_or_default();
    }
}

/// Only tables that are nothing but rows are read: one that SQLite says it wrote as `CREATE TABLE` is no view and no virtual table, and
/// one of whose columns none is hidden or generated computes nothing.
async fn check(file: &mut Foreign) -> Result<()> {
    let refused = |what: &str, tables: Vec<&str>| {
        let detail = format!("{what}: {}", tables.join(", "));
        if tables.is_empty() { Ok(()) } else { Err(Error::Broken { table: "legacy", detail }) }
    };
    let found: Vec<(String,)> = file.all(ORDINARY).await?;
    let is_in = |found: &[(String,)], table: &str| found.iter().any(|(name,)| name == table);
    refused("the file lacks the tables", TABLES.into_iter().filter(|table| !is_in(&found, table)).collect())?;
    let computed: Vec<(String,)> = file.all(COMPUTED).await?;
    refused("the file computes columns of", TABLES.into_iter().filter(|table| is_in(&computed, table)).collect())
}

const ORDINARY: &str = "SELECT CAST(SUBSTR(name, 1, 100) AS TEXT) FROM sqlite_schema
  WHERE type = 'table' AND rootpage > 0 AND LOWER(SUBSTR(sql, 1, 13)) = 'create table '";

// Named one by one: of the others nothing is asked, not even what columns they have.
const COMPUTED: &str = "SELECT 'proveedores' FROM pragma_table_xinfo('proveedores') WHERE hidden <> 0
  UNION SELECT 'categorias' FROM pragma_table_xinfo('categorias') WHERE hidden <> 0
  UNION SELECT 'productos' FROM pragma_table_xinfo('productos') WHERE hidden <> 0
  UNION SELECT 'pedidos' FROM pragma_table_xinfo('pedidos') WHERE hidden <> 0
  UNION SELECT 'detalle_pedidos' FROM pragma_table_xinfo('detalle_pedidos') WHERE hidden <> 0
  UNION SELECT 'movimientos_stock' FROM pragma_table_xinfo('movimientos_stock') WHERE hidden <> 0
  UNION SELECT 'facturas_ocr' FROM pragma_table_xinfo('facturas_ocr') WHERE hidden <> 0
  UNION SELECT 'configuracion_sistema' FROM pragma_table_xinfo('configuracion_sistema') WHERE hidden <> 0";

/// A value as what we expect: SQLite keeps whatever was written whatever the column says. Texts are cut just past what one may have.
macro_rules! value {
    (number $column:literal) => {
        concat!("CAST(", $column, " AS INTEGER)")
    };
    (number_or_0 $column:literal) => {
        concat!("COALESCE(CAST(", $column, " AS INTEGER), 0)")
    };
    (number_or_1 $column:literal) => {
        concat!("COALESCE(CAST(", $column, " AS INTEGER), 1)")
    };
    (text $column:literal) => {
        concat!("SUBSTR(CAST(", $column, " AS TEXT), 1, 32769)")
    };
    (text_or_empty $column:literal) => {
        concat!("COALESCE(SUBSTR(CAST(", $column, " AS TEXT), 1, 32769), '')")
    };
}

/// Every row of a table: kind and name of each column there, and what we call it. The first column is so that the others follow a comma.
macro_rules! rows_of {
    ($table:literal: $($kind:ident $column:literal => $name:literal,)+) => {
        concat!("SELECT 1" $(, ", ", value!($kind $column), " AS ", $name)+, " FROM ", $table)
    };
}

const SUPPLIERS: &str = rows_of! { "proveedores":
    number "id" => "id", text_or_empty "codigo" => "code", text_or_empty "nombre" => "name",
    text_or_empty "contacto" => "contact", text_or_empty "telefono" => "phone", text_or_empty "email" => "email",
    text_or_empty "direccion" => "address", text_or_empty "configuracion_json" => "rules", number_or_1 "activo" => "active",
};

const CATEGORIES: &str = rows_of! { "categorias": number "id" => "id", text_or_empty "nombre" => "name", };

const PRODUCTS: &str = rows_of! { "productos":
    number "id" => "id", text_or_empty "nombre" => "name", number "categoria_id" => "category",
    number "proveedor_id" => "supplier", text_or_empty "codigo_barras" => "barcode", text "precio_compra" => "cost",
    text "precio_venta" => "price", text "stock_actual" => "stock", text "stock_minimo" => "minimum", number_or_1 "activo" => "active",
};

const ORDERS: &str = rows_of! { "pedidos":
    number "id" => "id", number_or_0 "proveedor_id" => "supplier", text_or_empty "numero_pedido" => "number",
    text_or_empty "fecha_pedido" => "ordered_at", text_or_empty "estado" => "status", text_or_empty "observaciones" => "note",
};

const LINES: &str = rows_of! { "detalle_pedidos":
    number "pedido_id" => "order_id", number "id" => "id", text "producto_nombre" => "product", text "cantidad" => "quantity",
    text "precio_unitario" => "unit_cost", text_or_empty "observaciones" => "note",
};

const MOVEMENTS: &str = rows_of! { "movimientos_stock":
    number "id" => "id", number "producto_id" => "product_id", text_or_empty "producto_nombre" => "product",
    text_or_empty "tipo_movimiento" => "kind", text_or_empty "cantidad" => "quantity", text "precio_unitario" => "unit_price",
    number "proveedor_id" => "supplier", text_or_empty "origen" => "from_place", text_or_empty "destino" => "to_place",
    text_or_empty "observaciones" => "note", text_or_empty "fecha_movimiento" => "at", text_or_empty "usuario" => "actor",
};

#[cfg(test)]
mod tests {
    use testkit::older;

    use super::*;

    const WIDE: Bounds = Bounds { time: Duration::from_secs(3600), rows: 1000, value_bytes: 100, bytes: 100_000 };

    async fn read(bounds: Bounds, sql: &'static str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ajeno #1 100%.db");
        let rows = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            INSERT INTO t SELECT printf('%050d', i) FROM n;";
        older::make(&path, &format!("CREATE TABLE t (a TEXT); {rows}")).unwrap();
        let mut file = Foreign::open(&path, bounds).await.unwrap();
        let read = file.all::<(String,)>(sql).await;
        file.close().await.unwrap();
        read.map_or_else(|error| error.to_string(), |rows| rows.len().to_string())
    }

    #[tokio::test]
    async fn a_file_that_wants_more_than_it_may_is_refused() {
        let all = "SELECT a FROM t";
        assert_eq!(read(WIDE, all).await, "1000");
        for (bounds, told) in [
            (Bounds { time: Duration::ZERO, ..WIDE }, "legacy: it takes too long to read"),
            (Bounds { rows: 999, ..WIDE }, "legacy: a table has more than 999 rows"),
            (Bounds { value_bytes: 49, ..WIDE }, "legacy: a value of a has more than 49 bytes"),
            (Bounds { bytes: 49_999, ..WIDE }, "legacy: it holds more than 49999 bytes of text"),
        ] {
            assert_eq!(read(bounds, all).await, told);
        }
    }

    #[tokio::test]
    async fn nothing_is_written() {
        for change in ["INSERT INTO t VALUES ('x') RETURNING a", "DELETE FROM t RETURNING a", "CREATE TABLE u (a)"] {
            let told = read(WIDE, change).await;
            assert!(told.parse::<usize>().is_err(), "{change}: {told}");
        }
    }
}
