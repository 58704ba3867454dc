//! The older system's SQLite file, read and never written.
//!
//! Invariant: the file is opened so that not even a journal appears beside it, unless one is there already with changes that
//! have to be read; amounts are read as the decimal text SQLite shows, never through a float of ours.

use std::path::Path;

use sqlx::FromRow;

use crate::{Db, Error, Options, Result};

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

/// A line of an order with its order.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrderLine {
    /// Number of the order there.
    pub order_id: i64,
    /// Number of its supplier.
    pub supplier: i64,
    /// The number people know it by.
    pub number: String,
    /// When it was made, local.
    pub ordered_at: String,
    /// Where it stands.
    pub status: String,
    /// What people noted on the order.
    pub note: String,
    /// Number of the line there; `None` for an order without lines.
    pub line_id: Option<i64>,
    /// Name of the product.
    pub product: Option<String>,
    /// How much.
    pub quantity: Option<String>,
    /// Price of one.
    pub unit_cost: Option<String>,
    /// What people noted on the line.
    pub line_note: String,
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
    /// Orders, line by line.
    pub order_lines: Vec<OrderLine>,
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

/// Reads a file of the older system. A file that is none is [`Error::Broken`] with the tables it lacks.
pub async fn read(path: &Path) -> Result<Legacy> {
    let db = Db::open(&Options { create: false, read_only: true, pool_size: 1, ..Options::new(address(path)) }).await?;
    let legacy = read_all(&db).await;
    db.close().await;
    legacy
}

/// The address of a file that is not to be changed. A journal beside it holds changes that only a normal opening reads.
fn address(path: &Path) -> String {
    let journal = Path::new(&format!("{}-wal", path.display())).metadata().is_ok_and(|about| about.len() > 0);
    let escaped = path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("sqlite://{escaped}?mode=ro{}", if journal { "" } else { "&immutable=true" })
}

async fn read_all(db: &Db) -> Result<Legacy> {
    check(db).await?;
    let count = |sql: &'static str| async move { Ok::<i64, Error>(db.query(sql).scalar().await?.unwrap_or(0)) };
    Ok(Legacy {
        suppliers: db.query(SUPPLIERS).all().await?,
        categories: db.query("SELECT id, CAST(nombre AS TEXT) AS name FROM categorias ORDER BY id").all().await?,
        products: db.query(PRODUCTS).all().await?,
        order_lines: db.query(ORDERS).all().await?,
        movements: db.query(MOVEMENTS).all().await?,
        invoices: count("SELECT COUNT(*) FROM facturas_ocr").await?,
        settings: count("SELECT COUNT(*) FROM configuracion_sistema").await?,
    })
}

async fn check(db: &Db) -> Result<()> {
    let found: Vec<(String,)> = db.query("SELECT name FROM sqlite_schema WHERE type = 'table'").all().await?;
    let missing: Vec<&str> = TABLES.into_iter().filter(|table| !found.iter().any(|(name,)| name == table)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Broken { table: "legacy", detail: format!("the file lacks the tables {}", missing.join(", ")) })
}

// SQLite keeps whatever was written whatever the column says, so every value is asked for as what we expect.
const SUPPLIERS: &str = "SELECT id, CAST(codigo AS TEXT) AS code, CAST(nombre AS TEXT) AS name,
    COALESCE(CAST(contacto AS TEXT), '') AS contact, COALESCE(CAST(telefono AS TEXT), '') AS phone,
    COALESCE(CAST(email AS TEXT), '') AS email, COALESCE(CAST(direccion AS TEXT), '') AS address,
    COALESCE(CAST(configuracion_json AS TEXT), '') AS rules, COALESCE(CAST(activo AS INTEGER), 1) AS active
  FROM proveedores ORDER BY id";

const PRODUCTS: &str = "SELECT id, CAST(nombre AS TEXT) AS name, categoria_id AS category, proveedor_id AS supplier,
    COALESCE(CAST(codigo_barras AS TEXT), '') AS barcode, CAST(precio_compra AS TEXT) AS cost,
    CAST(precio_venta AS TEXT) AS price, CAST(stock_actual AS TEXT) AS stock, CAST(stock_minimo AS TEXT) AS minimum,
    COALESCE(CAST(activo AS INTEGER), 1) AS active
  FROM productos ORDER BY id";

const ORDERS: &str =
    "SELECT p.id AS order_id, p.proveedor_id AS supplier, COALESCE(CAST(p.numero_pedido AS TEXT), '') AS number,
    COALESCE(CAST(p.fecha_pedido AS TEXT), '') AS ordered_at, COALESCE(CAST(p.estado AS TEXT), '') AS status,
    COALESCE(CAST(p.observaciones AS TEXT), '') AS note, d.id AS line_id, CAST(d.producto_nombre AS TEXT) AS product,
    CAST(d.cantidad AS TEXT) AS quantity, CAST(d.precio_unitario AS TEXT) AS unit_cost,
    COALESCE(CAST(d.observaciones AS TEXT), '') AS line_note
  FROM pedidos p LEFT JOIN detalle_pedidos d ON d.pedido_id = p.id ORDER BY p.id, d.id";

const MOVEMENTS: &str = "SELECT id, producto_id AS product_id, CAST(producto_nombre AS TEXT) AS product,
    CAST(tipo_movimiento AS TEXT) AS kind, CAST(cantidad AS TEXT) AS quantity, CAST(precio_unitario AS TEXT) AS unit_price,
    proveedor_id AS supplier, COALESCE(CAST(origen AS TEXT), '') AS from_place, COALESCE(CAST(destino AS TEXT), '') AS to_place,
    COALESCE(CAST(observaciones AS TEXT), '') AS note, COALESCE(CAST(fecha_movimiento AS TEXT), '') AS at,
    COALESCE(CAST(usuario AS TEXT), '') AS actor
  FROM movimientos_stock ORDER BY fecha_movimiento, id";
