//! Cold cuts, frozen food and ice cream.
//!
//! Invariant: cold cuts keep lots; what is frozen does not.

use domain::Unit;

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const CUTS: Section = Section {
    path: &["Fiambrería", "Fiambres"],
    prefix: "FIA",
    supplier: "FA",
    unit: Unit::Kilogram,
    case: 1,
    life_days: 30,
    markup_per_mille: 450,
    basket: Basket::Sliced,
    rhythm: Rhythm::Evening,
    ..BASE
};
const FROZEN: Section = Section {
    path: &["Congelados", "Comidas"],
    prefix: "CON",
    supplier: "FA",
    case: 8,
    markup_per_mille: 360,
    rhythm: Rhythm::Evening,
    ..BASE
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        items: &[
            ("Jamón Cocido Paladini por kg", "Paladini", 19900, 36),
            ("Paleta Sandwichera Paladini por kg", "Paladini", 11900, 28),
            ("Salame Milán Paladini por kg", "Paladini", 21900, 19),
            ("Mortadela Paladini por kg", "Paladini", 8900, 16),
            ("Jamón Crudo Paladini por kg", "Paladini", 38900, 7),
            ("Bondiola Paladini por kg", "Paladini", 34900, 6),
            ("Panceta Ahumada Paladini por kg", "Paladini", 24900, 8),
            ("Salchichón Fela por kg", "Fela", 9900, 7),
        ],
        ..CUTS
    },
    Section {
        path: &["Fiambrería", "Salchichas y embutidos"],
        unit: Unit::Piece,
        basket: Basket::Single,
        life_days: 45,
        items: &[
            ("Salchichas Paladini x 6", "Paladini", 1950, 28),
            ("Salchichas Paladini x 12", "Paladini", 3600, 15),
            ("Chorizo Parrillero Paladini x 6", "Paladini", 7900, 12),
            ("Morcilla Paladini x 4", "Paladini", 4600, 5),
        ],
        ..CUTS
    },
    Section {
        items: &[
            ("Hamburguesas Paty Clásicas x 4", "Paty", 6200, 20),
            ("Hamburguesas Friar x 4", "Friar", 5600, 9),
            ("Hamburguesas Barfy x 4", "Barfy", 5200, 12),
            ("Medallones de Pollo Granja del Sol x 4", "Granja del Sol", 4900, 13),
            ("Bocaditos de Pollo Granja del Sol 380 g", "Granja del Sol", 5900, 9),
            ("Filet de Merluza Granja del Sol 400 g", "Granja del Sol", 7900, 6),
            ("Papas McCain Tradicionales 720 g", "McCain", 5400, 15),
            ("Papas Noisette McCain 500 g", "McCain", 5200, 7),
            ("Medallones Veggies de Lentejas x 4", "Veggies", 5300, 4),
            ("Pizza Jet Food Mozzarella 500 g", "Jet Food", 6100, 7),
            ("Espinaca Granja del Sol 500 g", "Granja del Sol", 3900, 4),
        ],
        ..FROZEN
    },
    Section {
        path: &["Congelados", "Helados"],
        prefix: "HEL",
        supplier: "MAX",
        season: Season::IceCream,
        items: &[
            ("Helado Frigor Dulce de Leche 1 L", "Frigor", 8900, 11),
            ("Helado Frigor Chocolate 1 L", "Frigor", 8900, 9),
            ("Palito Frigor Frutilla", "Frigor", 1100, 22),
            ("Bombón Helado Frigor", "Frigor", 2100, 16),
            ("Torpedo Frigor Limón", "Frigor", 1000, 18),
            ("Hielo en cubos 2 kg", "Rolito", 2200, 20),
        ],
        ..FROZEN
    },
];
