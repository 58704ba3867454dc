//! Beer, wine and spirits.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const WINE: Section = Section {
    path: &["Bebidas con alcohol", "Vinos"],
    prefix: "VIN",
    supplier: "BC",
    season: Season::Winter,
    rhythm: Rhythm::Evening,
    case: 6,
    markup_per_mille: 420,
    ..BASE
};
const SPIRIT: Section = Section {
    path: &["Bebidas con alcohol", "Aperitivos y destilados"],
    season: Season::Party,
    markup_per_mille: 380,
    prefix: "ALC",
    ..WINE
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Bebidas con alcohol", "Cervezas"],
        prefix: "CER",
        supplier: "Q",
        season: Season::Beer,
        rhythm: Rhythm::Evening,
        case: 12,
        markup_per_mille: 320,
        basket: Basket::Many,
        items: &[
            ("Cerveza Quilmes retornable 1 L", "Quilmes", 3300, 70),
            ("Cerveza Quilmes lata 473 ml", "Quilmes", 2050, 54),
            ("Cerveza Brahma retornable 1 L", "Brahma", 3100, 44),
            ("Cerveza Brahma lata 473 ml", "Brahma", 1900, 48),
            ("Cerveza Stella Artois retornable 1 L", "Stella Artois", 4300, 30),
            ("Cerveza Stella Artois lata 473 ml", "Stella Artois", 2700, 34),
            ("Cerveza Andes Origen Rubia lata 473 ml", "Andes", 2350, 32),
            ("Cerveza Andes Origen Roja lata 473 ml", "Andes", 2350, 20),
            ("Cerveza Corona 710 ml", "Corona", 4800, 18),
            ("Cerveza Corona 330 ml", "Corona", 2900, 16),
            ("Cerveza Patagonia Amber Lager lata 473 ml", "Patagonia", 3200, 14),
            ("Cerveza Heineken lata 473 ml", "Heineken", 2850, 22),
        ],
        ..BASE
    },
    Section {
        items: &[
            ("Vino Bodega Cedeira Malbec 750 ml", "Bodega Cedeira", 6900, 9),
            ("Vino Bodega Cedeira Torrontés 750 ml", "Bodega Cedeira", 6500, 5),
            ("Vino Elementos Malbec 750 ml", "Elementos", 5900, 13),
            ("Vino Elementos Cabernet Sauvignon 750 ml", "Elementos", 5900, 8),
            ("Vino Elementos Chardonnay 750 ml", "Elementos", 5900, 4),
            ("Vino Santa Julia Malbec 750 ml", "Santa Julia", 7200, 12),
            ("Vino Santa Julia Chenin Dulce 750 ml", "Santa Julia", 6900, 9),
            ("Vino Santa Julia Syrah 750 ml", "Santa Julia", 7200, 4),
            ("Vino Toro Clásico Tinto 1,125 L", "Toro", 3200, 20),
            ("Vino Termidor Tinto tetra 1 L", "Termidor", 2300, 22),
            ("Vino Termidor Blanco tetra 1 L", "Termidor", 2300, 10),
            ("Vino Norton Malbec DOC 750 ml", "Norton", 9800, 5),
            ("Vino Trumpeter Malbec 750 ml", "Trumpeter", 12500, 3),
        ],
        ..WINE
    },
    Section {
        items: &[
            ("Fernet Branca 750 ml", "Branca", 15900, 22),
            ("Fernet Branca 450 ml", "Branca", 10900, 11),
            ("Fernet 1882 750 ml", "1882", 9800, 8),
            ("Aperitivo Gancia Americano 950 ml", "Gancia", 8200, 8),
            ("Aperitivo Campari 750 ml", "Campari", 12400, 6),
            ("Aperitivo Cynar 750 ml", "Cynar", 8900, 3),
            ("Vodka Smirnoff 700 ml", "Smirnoff", 10900, 6),
            ("Ron Bacardi Carta Blanca 750 ml", "Bacardi", 14900, 3),
            ("Whisky Johnnie Walker Red Label 750 ml", "Johnnie Walker", 42900, 4),
            ("Whisky Blenders Pride 1 L", "Blenders", 13900, 3),
            ("Licor Tía María 690 ml", "Tía María", 16900, 2),
            ("Gin Gordon's 700 ml", "Gordon's", 15900, 4),
        ],
        ..SPIRIT
    },
    Section {
        path: &["Bebidas con alcohol", "Espumantes y sidras"],
        season: Season::Festive,
        items: &[
            ("Sidra Real 720 ml", "Real", 4200, 12),
            ("Sidra 1888 710 ml", "1888", 5600, 6),
            ("Champagne Chandon Extra Brut 750 ml", "Chandon", 18900, 5),
            ("Champagne Federico de Alvear Extra Brut 750 ml", "Federico de Alvear", 7900, 7),
        ],
        ..SPIRIT
    },
];
