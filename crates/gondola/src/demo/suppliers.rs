//! The twelve suppliers, what they sell and when they come.
//!
//! Invariant: codes and words are those a shop starts with; people, telephones and addresses are invented.

use access::supplier::Contact;

/// Where a supplier unloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unloads {
    /// At each shop.
    Shops,
    /// At the depot, which serves the shops.
    Depot,
}

/// One supplier.
#[derive(Debug)]
pub(crate) struct Supplier {
    /// Stable short code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Who takes the order.
    pub contact: &'static str,
    /// Telephone, of the range kept for fiction.
    pub phone: &'static str,
    /// Words of categories it sells.
    pub words: &'static [&'static str],
    /// Its own brands.
    pub brands: &'static [&'static str],
    /// Brands it distributes.
    pub distributes: &'static [&'static str],
    /// Where it unloads.
    pub unloads: Unloads,
    /// Weekdays on which it comes, Monday first.
    pub comes: [bool; 7],
    /// Days of sales each visit must cover.
    pub covers_days: i64,
    /// Day of the month on which its price list changes.
    pub list_day: i8,
}

/// How each is reached, by its code.
pub(crate) fn contacts() -> impl Iterator<Item = (&'static str, Contact)> {
    SUPPLIERS.iter().map(|supplier| {
        let email = format!("pedidos@{}.example", supplier.code.to_lowercase());
        let (contact, phone) = (supplier.contact.to_owned(), supplier.phone.to_owned());
        (supplier.code, Contact { contact, phone, email, address: "Mar del Plata".to_owned() })
    })
}

const fn weekdays(mask: &str) -> [bool; 7] {
    let bytes = mask.as_bytes();
    let mut days = [false; 7];
    let mut i = 0;
    while i < 7 {
        days[i] = bytes[i] == b'x';
        i += 1;
    }
    days
}

const NOBODY: Supplier = Supplier {
    code: "",
    name: "",
    contact: "",
    phone: "",
    words: &[],
    brands: &[],
    distributes: &[],
    unloads: Unloads::Depot,
    comes: weekdays("-------"),
    covers_days: 14,
    list_day: 1,
};

/// The twelve.
pub(crate) const SUPPLIERS: [Supplier; 12] = [
    Supplier {
        code: "BC",
        name: "Bodega Cedeira",
        contact: "Inés Cedeira",
        phone: "+54 223 555-0101",
        words: &["vino", "fernet", "whisky", "vodka", "ron", "licor", "champagne", "bebida alcohólica"],
        brands: &["bodega cedeira"],
        distributes: &["elementos", "santa julia"],
        comes: weekdays("--x----"),
        list_day: 4,
        ..NOBODY
    },
    Supplier {
        code: "CO",
        name: "Coca Cola",
        contact: "Preventa zona sur",
        phone: "+54 223 555-0102",
        words: &["gaseosa", "bebida sin alcohol"],
        brands: &["coca-cola", "coca"],
        distributes: &["sprite", "fanta", "aquarius", "ades", "cepita", "monster", "schweppes"],
        unloads: Unloads::Shops,
        comes: weekdays("-x--x--"),
        covers_days: 4,
        list_day: 3,
    },
    Supplier {
        code: "Q",
        name: "Quilmes",
        contact: "Diego Funes",
        phone: "+54 223 555-0103",
        words: &["cerveza"],
        brands: &["quilmes"],
        distributes: &[
            "brahma",
            "stella artois",
            "andes",
            "corona",
            "gatorade",
            "glaciar",
            "pepsi",
            "7up",
            "seven up",
            "paso de los toros",
            "eco de los andes",
            "red bull",
        ],
        unloads: Unloads::Shops,
        comes: weekdays("x--x---"),
        covers_days: 4,
        list_day: 2,
    },
    Supplier {
        code: "FA",
        name: "Fargo",
        contact: "Distribuidora del Puerto",
        phone: "+54 223 555-0104",
        words: &["panificado", "pan", "congelado"],
        brands: &["fargo"],
        distributes: &[
            "levite",
            "baggio",
            "natura",
            "luchetti",
            "lucchetti",
            "matarazzo",
            "don vicente",
            "cabrales",
            "arlistan",
            "barfy",
            "friar",
            "granja del sol",
            "veggies",
            "mccain",
            "paulina",
            "ilolay",
            "jet food",
            "paladini",
            "fela",
        ],
        unloads: Unloads::Shops,
        comes: weekdays("-x-x-x-"),
        covers_days: 3,
        list_day: 6,
    },
    Supplier {
        code: "LS",
        name: "La Serenísima",
        contact: "Mónica Ibarra",
        phone: "+54 223 555-0105",
        words: &["lácteo", "leche", "yogur", "queso"],
        brands: &["la serenísima"],
        distributes: &["yogurísimo", "ser", "casancrem", "finlandia", "cremón", "cindor"],
        unloads: Unloads::Shops,
        comes: weekdays("x-x-x--"),
        covers_days: 3,
        list_day: 8,
    },
    Supplier {
        code: "ACE",
        name: "Aceitumar (MDP)",
        contact: "Aceitumar ventas",
        phone: "+54 223 555-0106",
        words: &["fruto seco", "semilla", "snack", "aceite gourmet", "especia", "salsa", "conserva"],
        brands: &["aceitumar"],
        distributes: &[
            "chocolart",
            "cris-jor",
            "laur",
            "tau delta",
            "cumaná",
            "zoraida",
            "el ruedo",
            "contraviento",
            "sakanashi",
            "shun yuan",
            "healthy boy",
            "marvavic",
            "la delfina",
        ],
        comes: weekdays("---x---"),
        list_day: 10,
        ..NOBODY
    },
    Supplier {
        code: "TER",
        name: "Terrabusi (Mondelez)",
        contact: "Pablo Arce",
        phone: "+54 223 555-0107",
        words: &["galletita", "chocolate", "golosina", "chicle", "alfajor"],
        brands: &["terrabusi"],
        distributes: &["oreo", "pepitos", "milka", "beldent", "infinit", "rhodesia", "tita"],
        comes: weekdays("-x-----"),
        list_day: 12,
        ..NOBODY
    },
    Supplier {
        code: "LV",
        name: "La Virginia",
        contact: "Susana Roca",
        phone: "+54 223 555-0108",
        words: &["café", "té", "yerba mate", "infusión"],
        brands: &["la virginia"],
        comes: weekdays("--x----"),
        list_day: 15,
        ..NOBODY
    },
    Supplier {
        code: "FR",
        name: "Frutas y Verduras (Bicho)",
        contact: "Bicho",
        phone: "+54 223 555-0109",
        words: &[
            "fruta",
            "verdura",
            "fresco",
            "banana",
            "manzana",
            "naranja",
            "mandarina",
            "pera",
            "limón",
            "durazno",
            "uva",
            "frutilla",
            "palta",
            "tomate",
            "papa",
            "cebolla",
            "zanahoria",
            "lechuga",
            "morrón",
            "calabaza",
            "zapallo",
        ],
        brands: &["bicho"],
        unloads: Unloads::Shops,
        comes: weekdays("x-x-xx-"),
        covers_days: 2,
        list_day: 7,
        ..NOBODY
    },
    Supplier {
        code: "MU",
        name: "Multienvase (MDP)",
        contact: "Multienvase ventas",
        phone: "+54 223 555-0110",
        words: &["envase", "descartable", "vaso plástico", "plato descartable"],
        brands: &["multienvase"],
        comes: weekdays("---x---"),
        list_day: 18,
        ..NOBODY
    },
    Supplier {
        code: "GA",
        name: "Galletitera (MDP)",
        contact: "Horno de la Galletitera",
        phone: "+54 223 555-0111",
        words: &["galletería artesanal", "panadería local"],
        brands: &["galletitera"],
        unloads: Unloads::Shops,
        comes: weekdays("xxxxxx-"),
        covers_days: 1,
        list_day: 9,
        ..NOBODY
    },
    Supplier {
        code: "MAX",
        name: "Maxiconsumo",
        contact: "Sucursal mayorista",
        phone: "+54 223 555-0112",
        words: &["mayorista", "general"],
        brands: &["maxiconsumo"],
        comes: weekdays("x--x---"),
        covers_days: 10,
        list_day: 5,
        ..NOBODY
    },
];

/// The place of a supplier in [`SUPPLIERS`].
pub(crate) fn index_of(code: &str) -> usize {
    SUPPLIERS.iter().position(|supplier| supplier.code == code).unwrap_or(SUPPLIERS.len() - 1)
}
