//! Names of groceries as a shop writes them, and what people type when they look for one.
//!
//! Invariant: the i-th name is always the same, and no two of the first three million are.

use crate::dice::Dice;

const GOODS: [&str; 50] = [
    "Aceite",
    "Aceitunas",
    "Agua mineral",
    "Alfajor",
    "Arroz",
    "Arvejas",
    "Atún",
    "Azúcar",
    "Bizcochos",
    "Café",
    "Caldo",
    "Caramelos",
    "Cerveza",
    "Chocolate",
    "Choclo",
    "Crema de leche",
    "Detergente",
    "Dulce de batata",
    "Dulce de leche",
    "Duraznos",
    "Fideos",
    "Galletitas",
    "Garbanzos",
    "Gaseosa",
    "Harina",
    "Jabón",
    "Jugo",
    "Ketchup",
    "Lavandina",
    "Leche",
    "Lentejas",
    "Manteca",
    "Mayonesa",
    "Mermelada",
    "Milanesas",
    "Mostaza",
    "Ñoquis",
    "Pan lactal",
    "Papel higiénico",
    "Polenta",
    "Puré de tomate",
    "Queso",
    "Sal",
    "Salchichas",
    "Shampoo",
    "Té",
    "Tostadas",
    "Vinagre",
    "Yerba mate",
    "Yogur",
];
const KINDS: [&str; 40] = [
    "clásico",
    "light",
    "integral",
    "sin TACC",
    "sin azúcar",
    "orgánico",
    "extra",
    "premium",
    "casero",
    "suave",
    "intenso",
    "bajo en sodio",
    "con vitaminas",
    "descremado",
    "entero",
    "de campo",
    "serrano",
    "patagónico",
    "criollo",
    "ahumado",
    "picante",
    "dulce",
    "salado",
    "de limón",
    "de naranja",
    "de frutilla",
    "de vainilla",
    "de cacao",
    "de almendras",
    "con miel",
    "con pasas",
    "de girasol",
    "de oliva",
    "de maíz",
    "de arroz",
    "multicereal",
    "tradicional",
    "de montaña",
    "ultra",
    "línea económica",
];
const BRANDS: [&str; 40] = [
    "Don Fermín",
    "La Pradera",
    "Tres Álamos",
    "El Ceibo",
    "Doña Inés",
    "Cumbres",
    "San Benito",
    "Río Manso",
    "Ñandú",
    "La Güera",
    "El Hornero",
    "Santa Lucía",
    "Aurora",
    "Molino Viejo",
    "Campo Lindo",
    "La Cigüeña",
    "Buen Año",
    "Estancia Sur",
    "El Jacarandá",
    "Lapacho",
    "Quebracho",
    "Los Teros",
    "Puna",
    "Delta",
    "Litoral",
    "Altiplano",
    "La Ñata",
    "Peñón",
    "Calafate",
    "Mburucuyá",
    "Tía Elvira",
    "El Zorzal",
    "Pampero",
    "Cuyanita",
    "Chañar",
    "Bahía",
    "Las Lilas del Sur",
    "Maitén",
    "Coirón",
    "Arrayán",
];
const SIZES: [&str; 40] = [
    "50 g", "75 g", "90 g", "100 g", "120 g", "150 g", "170 g", "180 g", "200 g", "220 g", "250 g", "300 g", "330 g",
    "350 g", "400 g", "450 g", "500 g", "750 g", "1 kg", "1,5 kg", "2 kg", "5 kg", "125 ml", "200 ml", "250 ml",
    "354 ml", "473 ml", "500 ml", "600 ml", "750 ml", "900 ml", "1 l", "1,5 l", "2 l", "2,25 l", "3 l", "5 l", "x 6 u",
    "x 12 u", "x 24 u",
];
/// All that can be combined, and a step that meets each once.
const ALL: u64 = 50 * 40 * 40 * 40;
const STEP: u64 = 1_234_567;

/// A product as a shop names it.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    good: &'static str,
    kind: &'static str,
    brand: &'static str,
    size: &'static str,
}

impl Name {
    /// The i-th.
    pub fn of(i: u64) -> Name {
        let mut left = i * STEP % ALL;
        let mut next = |all: &[&'static str]| {
            let count = all.len() as u64;
            let place = usize::try_from(left % count).unwrap_or(0);
            left /= count;
            all[place]
        };
        Name { good: next(&GOODS), kind: next(&KINDS), brand: next(&BRANDS), size: next(&SIZES) }
    }

    /// As it stands on the shelf.
    pub fn text(self) -> String {
        format!("{} {} {} {}", self.good, self.kind, self.brand, self.size)
    }

    /// Its brand.
    pub fn brand(self) -> &'static str {
        self.brand
    }
}

/// How somebody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// As it is written.
    Right,
    /// The last word begun.
    Begun,
    /// Accents where there are none, or none where there are, in capitals.
    Accented,
    /// A letter missing or two in the wrong order.
    Misspelt,
}

impl Typed {
    /// Every way.
    pub const ALL: [Typed; 4] = [Typed::Right, Typed::Begun, Typed::Accented, Typed::Misspelt];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Typed::Right => "as written",
            Typed::Begun => "begun",
            Typed::Accented => "with other accents and capitals",
            Typed::Misspelt => "misspelt",
        }
    }
}

/// One to three words of a product, typed in that way.
pub fn query(name: Name, typed: Typed, dice: &mut Dice) -> String {
    let text = name.text();
    let words: Vec<&str> = text.split(' ').filter(|word| word.chars().count() > 2).collect();
    let count = 1 + dice.below(3);
    let mut said: Vec<String> = (0..count).map(|_| (*dice.one_of(&words)).to_owned()).collect();
    said.dedup();
    if let Some(last) = said.last_mut() {
        *last = match typed {
            Typed::Right => last.clone(),
            Typed::Begun => last.chars().take(3).collect(),
            Typed::Accented => accented(last),
            Typed::Misspelt => misspelt(last, dice),
        };
    }
    said.join(" ")
}

fn accented(word: &str) -> String {
    let other = |c: char| match c {
        'a' => 'Á',
        'e' => 'É',
        'o' => 'Ó',
        'á' | 'Á' => 'A',
        'é' => 'E',
        'í' => 'I',
        'ó' => 'O',
        'ú' | 'ü' => 'U',
        'ñ' | 'Ñ' => 'N',
        c => c.to_ascii_uppercase(),
    };
    word.chars().map(other).collect()
}

fn misspelt(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let last = letters.len() as u64 - 1;
    let place = usize::try_from(1 + dice.below(last)).unwrap_or(1);
    if dice.below(2) == 0 {
        letters.remove(place);
    } else {
        letters.swap(place - 1, place);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_differ() {
        let names: HashSet<String> = (0..68_000).map(|i| Name::of(i).text()).collect();
        assert_eq!(names.len(), 68_000);
    }

    #[test]
    fn people_type_in_their_own_way() {
        assert_eq!(accented("Café"), "CÁFE");
        let typed = |typed| query(Name::of(3), typed, &mut Dice::new(5));
        assert_ne!(typed(Typed::Misspelt), typed(Typed::Right));
        assert!(typed(Typed::Begun).chars().count() <= typed(Typed::Right).chars().count());
        assert_eq!(typed(Typed::Right), typed(Typed::Right));
    }
}
