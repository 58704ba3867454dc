//! The fields each kind of file may have, and the names people give to their columns.
//!
//! Invariant: names are compared folded and whole, so `Código de Barras` is `codigo de barras` and `productos_ean`, which
//! is a flag, is not `ean`; no two fields of a kind share a name.

/// A field of a kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in mappings.
    pub name: &'static str,
    /// Names of columns, folded, the best first: when several columns fit, the best name wins.
    pub names: &'static [&'static str],
    /// Whether a file without it makes no sense.
    pub needed: bool,
}

const fn field(name: &'static str, names: &'static [&'static str]) -> Field {
    Field { name, names, needed: false }
}

const fn needed(name: &'static str, names: &'static [&'static str]) -> Field {
    Field { name, names, needed: true }
}

const CODE: &[&str] = &[
    "sku",
    "codigo interno",
    "codigo",
    "cod",
    "stockcode",
    "stock code",
    "id producto",
    "codigo producto",
    "codigo de producto",
    "cod producto",
    "codigo articulo",
    "cod articulo",
    "articulo",
    "item",
    "item code",
    "item id",
    "product code",
    "product id",
    "producto id",
    "plu",
    "code",
    "referencia",
    "ean",
    "gtin",
    "codigo de barras",
    "codigo barras",
    "codigo barra",
    "cod barra",
    "cod barras",
    "barcode",
];

/// The columns of a product list.
pub const PRODUCTS: &[Field] = &[
    needed(
        "sku",
        &[
            "sku",
            "codigo interno",
            "codigo",
            "cod",
            "stockcode",
            "stock code",
            "id producto",
            "codigo producto",
            "codigo de producto",
            "cod producto",
            "codigo articulo",
            "cod articulo",
            "item code",
            "item id",
            "product code",
            "product id",
            "plu",
            "code",
        ],
    ),
    field(
        "barcode",
        &[
            "barcode",
            "barcodes",
            "codigo de barras",
            "codigos de barras",
            "codigo barras",
            "codigo barra",
            "cod barra",
            "cod barras",
            "ean",
            "ean13",
            "ean 13",
            "gtin",
            "upc",
        ],
    ),
    needed(
        "name",
        &[
            "name",
            "nombre",
            "productos descripcion",
            "descripcion",
            "description",
            "producto",
            "product",
            "articulo",
            "denominacion",
            "detalle",
            "product name",
            "nombre producto",
        ],
    ),
    field("brand", &["brand", "marca", "productos marca", "manufacturer", "fabricante"]),
    field("unit", &["unit", "unidad", "unidad de medida", "unidad medida", "um", "uom", "unidad de venta"]),
    field("presentation", &["presentation", "presentacion", "productos cantidad presentacion", "contenido", "size"]),
    field("presentation_unit", &["presentation unit", "productos unidad medida presentacion"]),
    field("category", &["category", "categoria", "rubro", "familia", "department", "departamento", "seccion"]),
    field("subcategory", &["subcategory", "subcategoria", "subrubro", "sub rubro", "subfamilia"]),
    field("supplier", &["supplier", "proveedor", "vendor", "distribuidor"]),
    field(
        "price",
        &[
            "price",
            "precio",
            "precio venta",
            "precio de venta",
            "productos precio lista",
            "precio lista",
            "pvp",
            "unitprice",
            "unit price",
            "precio unitario",
            "precio sugerido",
        ],
    ),
    field("minimum", &["minimum", "minimo", "stock minimo", "min stock", "minimum stock", "punto de pedido"]),
    field("maximum", &["maximum", "maximo", "stock maximo", "max stock", "maximum stock"]),
    field("vat_rate", &["vat rate", "vat", "iva", "alicuota", "alicuota iva", "tasa iva", "tax", "tax rate"]),
    field("pack", &["pack", "units per pack", "unidades por bulto", "unidades x bulto", "bulto", "uxb", "case size"]),
    field("tracks_lots", &["tracks lots", "lotes", "lleva lotes", "usa lotes"]),
    field("tracks_expiry", &["tracks expiry", "vencimiento", "lleva vencimiento", "vence", "perecedero"]),
    field("active", &["active", "activo", "habilitado", "enabled"]),
    field("is_gtin", &["gtin valid", "productos ean", "is gtin", "es ean"]),
    field("branch", &["id sucursal", "sucursal", "branch", "store", "tienda"]),
];

/// The columns of a file of sales.
pub const SALES: &[Field] = &[
    field(
        "invoice",
        &[
            "invoice",
            "invoiceno",
            "invoice no",
            "invoice number",
            "ticket",
            "comprobante",
            "factura",
            "numero de ticket",
            "nro ticket",
            "nro comprobante",
            "numero comprobante",
            "numero factura",
            "nro factura",
            "receipt",
            "transaction id",
            "basket id",
            "id ticket",
        ],
    ),
    needed("sku", CODE),
    field("description", &["description", "descripcion", "producto", "product", "nombre", "name", "detalle"]),
    needed("quantity", &["quantity", "cantidad", "cant", "qty", "unidades", "units"]),
    needed(
        "at",
        &[
            "at",
            "invoicedate",
            "invoice date",
            "fecha y hora",
            "fecha hora",
            "fecha",
            "date",
            "datetime",
            "timestamp",
            "transaction timestamp",
            "momento",
        ],
    ),
    field("time", &["time", "hora"]),
    field("unit_price", &["unit price", "unitprice", "precio unitario", "precio", "price", "precio venta"]),
];

/// The columns of a list of stock.
pub const STOCK: &[Field] = &[
    needed("sku", CODE),
    needed(
        "quantity",
        &[
            "quantity",
            "cantidad",
            "cant",
            "stock",
            "existencia",
            "existencias",
            "stock actual",
            "saldo",
            "qty",
            "on hand",
        ],
    ),
    field("location", &["location", "ubicacion", "deposito", "lugar"]),
    field("lot", &["lot", "lote", "batch", "partida"]),
    field(
        "expires_on",
        &["expires on", "vencimiento", "fecha de vencimiento", "fecha vencimiento", "expiry", "vto", "vence"],
    ),
    field(
        "unit_cost",
        &["unit cost", "costo", "costo unitario", "precio de costo", "precio costo", "cost", "precio compra"],
    ),
    field("name", &["name", "nombre", "descripcion", "description", "producto", "product", "detalle"]),
];

/// The columns of a list of prices.
pub const PRICES: &[Field] = &[
    needed("sku", CODE),
    needed(
        "price",
        &[
            "price",
            "precio",
            "precio venta",
            "precio de venta",
            "precio nuevo",
            "nuevo precio",
            "productos precio lista",
            "precio lista",
            "pvp",
            "unitprice",
            "unit price",
            "precio unitario",
            "precio final",
        ],
    ),
    field("valid_from", &["valid from", "vigencia", "desde", "vigente desde", "fecha", "date"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_belong_to_one_field() {
        for fields in [PRODUCTS, SALES, STOCK, PRICES] {
            let mut all: Vec<&str> = fields.iter().flat_map(|field| field.names).copied().collect();
            for name in &all {
                assert_eq!(domain::fold::fold(name), *name);
            }
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count);
        }
    }
}
