//! What was wrong, or worth knowing, about a row.
//!
//! Invariant: every issue names its row as a person sees it in the file, a stable code, and says the same in Spanish and
//! English; whether a row was taken follows from the code alone.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row was not taken.
    Error,
    /// The row was taken, but not all it said.
    Warning,
    /// Understood and left aside on purpose.
    Notice,
}

macro_rules! codes {
    ($($variant:ident $severity:ident $code:literal $es:literal $en:literal;)*) => {
        /// What kind of issue. In the texts `{value}` stands for what the file says and `{detail}` for what is added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $en] $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            const fn texts(self) -> (&'static str, &'static str) {
                match self { $(Code::$variant => ($es, $en),)* }
            }
        }
    };
}

codes! {
    Missing Error "missing_value" "falta el valor" "the value is missing";
    NotANumber Error "not_a_number" "«{value}» no es un número" "'{value}' is not a number";
    AmbiguousNumber Error "ambiguous_number"
        "«{value}» puede ser mil o uno con decimales: indicá el separador decimal"
        "'{value}' may be thousands or a fraction: say which decimal mark the file has";
    OutOfRange Error "out_of_range" "«{value}» está fuera de rango" "'{value}' is out of range";
    TooPrecise Error "too_precise" "«{value}» tiene más decimales de los que se guardan" "'{value}' has more decimals than are kept";
    Negative Error "negative" "«{value}» no puede ser negativo" "'{value}' cannot be negative";
    Zero Error "zero" "la cantidad no puede ser cero" "the quantity cannot be zero";
    Formula Error "formula" "«{value}» es una fórmula, no un valor" "'{value}' is a formula, not a value";
    NotADate Error "not_a_date" "«{value}» no es una fecha y hora" "'{value}' is not a date and time";
    InFuture Error "in_future" "«{value}» todavía no llegó" "'{value}' is in the future";
    ControlCharacter Error "control_character" "«{value}» tiene caracteres de control" "'{value}' has control characters";
    TooLong Error "too_long" "«{value}» es demasiado largo ({detail})" "'{value}' is too long ({detail})";
    BadCode Error "bad_code" "«{value}» no sirve como código: {detail}" "'{value}' cannot be a code: {detail}";
    LostDigits Error "lost_digits"
        "«{value}» perdió cifras en una planilla de cálculo" "'{value}' lost digits in a spreadsheet";
    ExtraCells Error "extra_cells" "la fila tiene más celdas que el encabezado" "the row has more cells than the header";
    UnclosedQuote Error "unclosed_quote" "comillas sin cerrar" "a quote is not closed";
    RowTooLong Error "row_too_long" "la fila es demasiado larga" "the row is too long";
    UnknownProduct Error "unknown_product" "no existe el producto «{value}»" "there is no product '{value}'";
    InactiveProduct Error "inactive_product" "el producto «{value}» no está activo" "the product '{value}' is not active";
    UnknownLocation Error "unknown_location" "no existe la ubicación «{value}»" "there is no location '{value}'";
    UnknownVat Error "unknown_vat" "«{value}» no es una alícuota de IVA" "'{value}' is not a VAT rate";
    UnknownUnit Error "unknown_unit" "«{value}» no es una unidad" "'{value}' is not a unit";
    UnknownYesNo Error "unknown_yes_no" "«{value}» no es sí ni no" "'{value}' is neither yes nor no";
    FractionOfPiece Error "fraction_of_piece" "se cuenta por unidad: «{value}» no es entero" "it is counted in pieces: '{value}' is not whole";
    PositiveReturn Error "positive_return"
        "una devolución con cantidad positiva: «{value}»" "a return with a positive quantity: '{value}'";
    UnknownMovement Error "unknown_movement" "no se conoce el tipo de movimiento «{value}»" "unknown kind of movement '{value}'";
    Rejected Error "rejected" "el libro no lo aceptó: {detail}" "the ledger did not accept it: {detail}";
    WithRejected Error "with_rejected"
        "el comprobante «{value}» no se asentó por otra de sus líneas" "the document '{value}' was not posted because of another of its lines";
    ChangedDocument Error "changed_document"
        "el comprobante «{value}» ya se importó y ahora dice otra cosa: lo asentado queda como está; si está mal, corregilo con un asiento"
        "the document '{value}' was imported and says otherwise now: what was posted stays; if it is wrong, correct it with a posting";
    NotAGtin Warning "not_a_gtin" "«{value}» no es un GTIN válido ({detail}): queda como código interno"
        "'{value}' is not a valid GTIN ({detail}): kept as an internal code";
    PlaceholderPrice Warning "placeholder_price" "precio {value}: no se toma como precio" "price {value}: not taken as a price";
    PricesDiffer Warning "prices_differ" "«{value}» se repite con otros precios ({detail})" "'{value}' is repeated at other prices ({detail})";
    NamesDiffer Warning "names_differ" "«{value}» se repite con otro nombre: {detail}" "'{value}' is repeated with another name: {detail}";
    BarcodeTaken Warning "barcode_taken" "el código de barras «{value}» ya es de {detail}" "the barcode '{value}' belongs to {detail} already";
    KeptCounting Warning "kept_counting"
        "«{value}» ya tiene movimientos: sigue contándose como antes" "'{value}' has movements already: it is counted as before";
    KeptActive Warning "kept_active" "«{value}» tiene stock: sigue activo" "'{value}' has stock: it stays active";
    Oversold Warning "oversold"
        "de «{value}» salió más de lo que entró: se saldó con una apertura de {detail}"
        "more of '{value}' went out than came in: settled by an opening of {detail}";
    NotOpened Warning "not_opened"
        "de «{value}» no se pudo abrir el stock que falta: {detail}" "the stock of '{value}' that is lacking could not be opened: {detail}";
    StatedStock Warning "stated_stock"
        "el sistema anterior decía {value}, sus movimientos dan otra cosa: {detail}"
        "the older system said {value}, its movements say otherwise: {detail}";
    ContactsLeftOut Warning "contacts_left_out"
        "no se migra cómo se llega a {value} proveedores: hace falta una clave de cifrado («gondola key init»); después, importalo otra vez"
        "how {value} suppliers are reached is not migrated: it needs an encryption key (“gondola key init”); import it again afterwards";
    LeftOut Warning "left_out" "no se migra: {detail}" "not migrated: {detail}";
    MergedNames Notice "merged_names" "«{value}» y {detail} son el mismo producto" "'{value}' and {detail} are one product";
    ControlRemoved Warning "control_removed"
        "«{value}» tiene caracteres ilegibles: se quitaron" "'{value}' has unreadable characters: they were left out";
    RepeatedColumn Warning "repeated_column"
        "hay {detail} columnas «{value}»: se toma la primera" "there are {detail} columns '{value}': the first is taken";
    Footer Notice "footer" "pie de planilla: «{value}»" "footer: '{value}'";
    HeaderAgain Notice "header_again" "encabezado repetido" "the header again";
}

/// One issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Row in the file, from 1, counting the header and what is above it.
    pub row: u64,
    /// Column as the file calls it; empty for the row as a whole.
    pub column: String,
    /// What kind.
    pub code: Code,
    /// What the file says there, cut to what can be shown.
    pub value: String,
    /// What else is to be said.
    pub detail: Message,
}

/// A message in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Spanish.
    pub es: String,
    /// English.
    pub en: String,
}

/// The most characters of a value that are repeated.
const SHOWN_CHARS: usize = 80;

impl Issue {
    /// An issue about a row.
    pub fn new(row: u64, code: Code) -> Issue {
        Issue { row, column: String::new(), code, value: String::new(), detail: Message::default() }
    }

    /// In that column.
    pub fn at(mut self, column: &str) -> Issue {
        column.clone_into(&mut self.column);
        self
    }

    /// About that value; what cannot be shown is replaced.
    pub fn value(mut self, value: &str) -> Issue {
        let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        self.value = value.trim().chars().take(SHOWN_CHARS).map(shown).collect();
        if value.trim().chars().nth(SHOWN_CHARS).is_some() {
            self.value.push('…');
        }
        self
    }

    /// With that said too.
    pub fn detail(mut self, detail: impl Into<Message>) -> Issue {
        self.detail = detail.into();
        self
    }

    /// What to tell people.
    pub fn message(&self) -> Message {
        let fill = |text: &str, detail: &str| text.replace("{detail}", detail).replace("{value}", &self.value);
        let (es, en) = self.code.texts();
        Message { es: fill(es, &self.detail.es), en: fill(en, &self.detail.en) }
    }

    /// Whether it keeps the row from being taken.
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }
}

impl Serialize for Issue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut fields = serializer.serialize_struct("Issue", 6)?;
        fields.serialize_field("row", &self.row)?;
        fields.serialize_field("column", &self.column)?;
        fields.serialize_field("severity", &self.code.severity())?;
        fields.serialize_field("code", self.code.name())?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("message", &self.message())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_same_in_both_languages() {
        let issue = Issue::new(7, Code::NotAGtin).at("ean").value("123\0").detail("gtin_length");
        let message = issue.message();
        assert!(message.es.contains("«123\u{fffd}»") && message.es.contains("gtin_length"), "{}", message.es);
        assert!(message.en.contains("'123\u{fffd}'") && message.en.contains("gtin_length"), "{}", message.en);
        assert!(!issue.is_error());
    }

    #[test]
    fn names_are_unique_and_texts_use_the_same_places() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let (es, en) = code.texts();
            for place in ["{value}", "{detail}"] {
                assert_eq!(es.contains(place), en.contains(place), "{}", code.name());
            }
        }
    }

    #[test]
    fn huge_values_are_cut() {
        assert_eq!(Issue::new(1, Code::TooLong).value(&"x".repeat(100_000)).value.chars().count(), SHOWN_CHARS + 1);
    }
}
