//! Milk, yoghurt, cheese and butter: everything with a lot and a day after which it is not sold.
//!
//! Invariant: every section here keeps lots.

use domain::Unit;

use super::{BASE, Basket, Section};
use crate::demo::seasons::Rhythm;

const DAIRY: Section = Section {
    prefix: "LAC",
    supplier: "LS",
    rhythm: Rhythm::Morning,
    case: 1,
    life_days: 20,
    markup_per_mille: 300,
    basket: Basket::Few,
    ..BASE
};
const CHEESE: Section = Section {
    path: &["Lácteos", "Quesos"],
    unit: Unit::Kilogram,
    life_days: 40,
    basket: Basket::Sliced,
    markup_per_mille: 420,
    rhythm: Rhythm::Even,
    ..DAIRY
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Lácteos", "Leches"],
        life_days: 8,
        items: &[
            ("Leche La Serenísima Entera sachet 1 L", "La Serenísima", 1950, 92),
            ("Leche La Serenísima Descremada sachet 1 L", "La Serenísima", 1950, 50),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Leches"],
        life_days: 120,
        case: 12,
        items: &[
            ("Leche La Serenísima Larga Vida Entera 1 L", "La Serenísima", 2350, 36),
            ("Leche La Serenísima Zero Lactosa 1 L", "La Serenísima", 2600, 14),
            ("Leche Chocolatada Cindor 1 L", "Cindor", 3300, 14),
            ("Leche Chocolatada Cindor 250 ml", "Cindor", 1500, 17),
            ("Leche en polvo La Serenísima 400 g", "La Serenísima", 6900, 5),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Yogures"],
        life_days: 26,
        items: &[
            ("Yogurísimo Bebible Frutilla 900 g", "Yogurísimo", 3300, 24),
            ("Yogurísimo Bebible Vainilla 900 g", "Yogurísimo", 3300, 20),
            ("Yogurísimo Firme Vainilla 190 g", "Yogurísimo", 1350, 20),
            ("Yogurísimo Firme Frutilla 190 g", "Yogurísimo", 1350, 19),
            ("Yogurísimo con Cereales 160 g", "Yogurísimo", 1750, 15),
            ("Yogur Ser Frutilla 190 g", "Ser", 1400, 13),
            ("Yogur Ser Bebible Vainilla 900 g", "Ser", 3350, 10),
            ("Yogur La Serenísima Natural 190 g", "La Serenísima", 1300, 8),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Postres"],
        life_days: 30,
        items: &[
            ("Postre Serenito Chocolate 100 g", "La Serenísima", 1050, 17),
            ("Postre Ser Dulce de Leche 100 g", "Ser", 1150, 7),
            ("Flan La Serenísima Vainilla 100 g", "La Serenísima", 1050, 8),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Mantecas y cremas"],
        life_days: 60,
        basket: Basket::Single,
        items: &[
            ("Manteca La Serenísima 200 g", "La Serenísima", 3400, 24),
            ("Manteca La Serenísima 100 g", "La Serenísima", 1850, 16),
            ("Crema La Serenísima 200 ml", "La Serenísima", 2100, 18),
            ("Crema La Serenísima 350 ml", "La Serenísima", 3400, 8),
            ("Dulce de Leche La Serenísima Clásico 400 g", "La Serenísima", 3200, 20),
            ("Dulce de Leche La Serenísima Colonial 1 kg", "La Serenísima", 6900, 6),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Mantecas y cremas"],
        supplier: "FA",
        life_days: 60,
        basket: Basket::Single,
        items: &[
            ("Manteca Paulina 200 g", "Paulina", 3000, 9),
            ("Crema Ilolay 200 ml", "Ilolay", 1900, 7),
            ("Dulce de Leche Ilolay 400 g", "Ilolay", 2850, 9),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Quesos untables"],
        life_days: 45,
        basket: Basket::Single,
        items: &[
            ("Queso Casancrem Clásico 290 g", "Casancrem", 4300, 20),
            ("Queso Casancrem Light 290 g", "Casancrem", 4300, 15),
            ("Queso Finlandia Clásico 180 g", "Finlandia", 3500, 11),
            ("Queso Finlandia Light 180 g", "Finlandia", 3500, 8),
        ],
        ..DAIRY
    },
    Section {
        path: &["Lácteos", "Quesos rallados"],
        life_days: 90,
        basket: Basket::Single,
        items: &[
            ("Queso Rallado La Serenísima 40 g", "La Serenísima", 1450, 24),
            ("Queso Rallado La Serenísima 130 g", "La Serenísima", 3900, 10),
            ("Ricota La Serenísima 500 g", "La Serenísima", 3600, 6),
        ],
        ..DAIRY
    },
    Section {
        items: &[
            ("Queso Cremoso La Serenísima por kg", "La Serenísima", 11900, 30),
            ("Queso Cremón por kg", "Cremón", 13200, 15),
            ("Queso Port Salut Light La Serenísima por kg", "La Serenísima", 13900, 9),
            ("Queso Mozzarella La Serenísima por kg", "La Serenísima", 13600, 15),
            ("Queso Pategrás La Serenísima por kg", "La Serenísima", 18900, 8),
            ("Queso Sardo La Serenísima por kg", "La Serenísima", 22500, 5),
            ("Queso Tybo en fetas La Serenísima por kg", "La Serenísima", 16900, 20),
        ],
        ..CHEESE
    },
];
