//! Databases of the older system, as its files are.
//!
//! Invariant: made by the interpreter that system runs on, not by what reads them here.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::binary::run;

/// Its tables.
pub const SCHEMA: &str = "
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
CREATE TABLE configuracion_sistema (id INTEGER PRIMARY KEY, clave TEXT, valor TEXT);
";

/// Makes a file in which these statements were run.
pub fn make(path: &Path, statements: &str) -> Result<()> {
    let script = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])\ndb.commit()\ndb.close()";
    let ran = run(Command::new("python3").args(["-c", script]).arg(path).arg(statements))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    Ok(())
}
