//! Bread and what the two bakeries bring.
//!
//! Invariant: bread keeps lots; what is baked for the day lives two to six days.

use domain::Unit;

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const SLICED: Section = Section {
    path: &["Panadería", "Pan envasado"],
    prefix: "PAN",
    supplier: "FA",
    rhythm: Rhythm::Morning,
    case: 1,
    life_days: 12,
    markup_per_mille: 320,
    ..BASE
};
const LOCAL: Section = Section {
    path: &["Panadería", "Panadería local"],
    supplier: "GA",
    vat_per_mille: 105,
    life_days: 5,
    markup_per_mille: 480,
    ..SLICED
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        items: &[
            ("Pan Lactal Fargo Blanco 560 g", "Fargo", 4100, 36),
            ("Pan Lactal Fargo Blanco 330 g", "Fargo", 2900, 24),
            ("Pan Lactal Fargo Salvado 560 g", "Fargo", 4300, 20),
            ("Pan Fargo Integral 550 g", "Fargo", 4400, 10),
            ("Pan de Hamburguesa Fargo x 4", "Fargo", 2600, 22),
            ("Pan de Panchos Fargo x 6", "Fargo", 2700, 20),
            ("Pan Árabe Fargo x 6", "Fargo", 3100, 7),
            ("Pan Rallado Fargo 500 g", "Fargo", 1900, 10),
        ],
        ..SLICED
    },
    Section {
        unit: Unit::Kilogram,
        life_days: 2,
        basket: Basket::Produce,
        items: &[
            ("Pan Francés por kg", "Galletitera", 3200, 88),
            ("Pan Casero por kg", "Galletitera", 3900, 22),
            ("Chipá por kg", "Galletitera", 11900, 10),
        ],
        ..LOCAL
    },
    Section {
        life_days: 2,
        basket: Basket::Many,
        items: &[("Medialuna de Manteca", "Galletitera", 750, 46), ("Factura Surtida", "Galletitera", 800, 34)],
        ..LOCAL
    },
    Section {
        path: &["Panadería", "Galletería artesanal"],
        life_days: 30,
        items: &[
            ("Bizcochitos de Grasa Galletitera 250 g", "Galletitera", 1900, 20),
            ("Pepas Caseras Galletitera 300 g", "Galletitera", 2300, 13),
            ("Criollitos Galletitera 300 g", "Galletitera", 2000, 11),
            ("Galleta Marinera Galletitera 400 g", "Galletitera", 2400, 6),
            ("Grisines Galletitera 200 g", "Galletitera", 1700, 6),
        ],
        ..LOCAL
    },
    Section {
        life_days: 10,
        items: &[
            ("Prepizza Galletitera x 2", "Galletitera", 3300, 18),
            ("Tapa de Torta Galletitera", "Galletitera", 4200, 3),
        ],
        ..LOCAL
    },
    Section {
        path: &["Panadería", "Budines y pan dulce"],
        season: Season::Festive,
        life_days: 90,
        vat_per_mille: 210,
        items: &[
            ("Pan Dulce con Frutas Galletitera 500 g", "Galletitera", 6900, 12),
            ("Pan Dulce con Chips Galletitera 500 g", "Galletitera", 7200, 9),
            ("Budín Marmolado Galletitera 250 g", "Galletitera", 2900, 11),
        ],
        ..LOCAL
    },
];
