//! Yerba mate, coffee and tea.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Section};
use crate::demo::seasons::{Rhythm, Season};

const INFUSION: Section = Section {
    prefix: "INF",
    supplier: "LV",
    season: Season::Winter,
    rhythm: Rhythm::Morning,
    case: 10,
    markup_per_mille: 310,
    ..BASE
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Almacén", "Yerba mate"],
        items: &[
            ("Yerba Mate Playadito 1 kg", "Playadito", 5600, 34),
            ("Yerba Mate Playadito 500 g", "Playadito", 2950, 28),
            ("Yerba Mate Taragüí 1 kg", "Taragüí", 5500, 20),
            ("Yerba Mate Taragüí 500 g", "Taragüí", 2900, 17),
            ("Yerba Mate Rosamonte 1 kg", "Rosamonte", 5400, 13),
            ("Yerba Mate Unión Suave 500 g", "Unión", 2850, 12),
            ("Yerba Mate La Virginia 500 g", "La Virginia", 2600, 9),
            ("Yerba Mate CBSé Hierbas 500 g", "CBSé", 2900, 9),
        ],
        ..INFUSION
    },
    Section {
        path: &["Almacén", "Café"],
        items: &[
            ("Café La Virginia Molido 500 g", "La Virginia", 9900, 10),
            ("Café La Virginia Molido 250 g", "La Virginia", 5400, 9),
            ("Café La Virginia Instantáneo 170 g", "La Virginia", 8900, 7),
            ("Café La Virginia saquitos x 18", "La Virginia", 4300, 7),
        ],
        ..INFUSION
    },
    Section {
        path: &["Almacén", "Café"],
        supplier: "FA",
        items: &[
            ("Café Cabrales Molido 250 g", "Cabrales", 6200, 7),
            ("Café Cabrales Molido 500 g", "Cabrales", 11500, 4),
            ("Café Arlistán Instantáneo 100 g", "Arlistan", 5600, 10),
            ("Café Arlistán Instantáneo 170 g", "Arlistan", 8600, 5),
        ],
        ..INFUSION
    },
    Section {
        path: &["Almacén", "Té y mate cocido"],
        items: &[
            ("Té La Virginia x 25", "La Virginia", 1250, 16),
            ("Té La Virginia x 50", "La Virginia", 2200, 8),
            ("Té de Manzanilla La Virginia x 25", "La Virginia", 1500, 8),
            ("Té de Boldo La Virginia x 25", "La Virginia", 1500, 5),
            ("Mate Cocido La Virginia x 25", "La Virginia", 1300, 13),
            ("Mate Cocido La Virginia x 50", "La Virginia", 2300, 7),
            ("Té Verde Green Hills x 20", "Green Hills", 2100, 4),
        ],
        ..INFUSION
    },
];
