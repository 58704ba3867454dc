//! From a request to drafts.
//!
//! Invariant: a draft holds only what its caller said; whatever breaks a rule of form is told with all the others.

use domain::{
    Money, Quantity,
    ledger::{Draft, Limits, LineDraft, LotDraft, PostingKind, Reference},
};
use platform::http::fields::{
    Fault, Fields, FromFields, Value, day, instant, one_of, paragraph, positive_quantity, text, unsigned_money, uuid,
};
use utoipa::ToSchema;

use super::landed::{self, LandedCostBody};
use crate::api::{
    inputs::{Positive, Price},
    kinds,
    shapes::NewKindName,
};

/// Lines a request may have over all its postings.
pub const MOST_LINES: usize = 5000;
/// Postings a request may have.
pub const MOST_POSTINGS: usize = 5000;

/// Postings to make, in order. Each is accepted or refused by itself.
#[derive(Debug, ToSchema)]
#[schema(as = NewPostings)]
#[serde(deny_unknown_fields)]
pub struct PostingsBody {
    /// At most 5000 lines over all of them.
    #[schema(min_items = 1, max_items = 5000)]
    pub postings: Vec<PostingBody>,
}

/// One event to record, whole or not at all.
#[derive(Debug, ToSchema)]
#[schema(as = NewPosting)]
#[serde(deny_unknown_fields)]
pub struct PostingBody {
    /// Chosen by the caller; sent again with the same content it changes nothing and gets the first answer.
    pub id: uuid::Uuid,
    /// Kind of event. `count`, `transfer_out` and `transfer_in` come of their documents. A cashier posts sales and customer
    /// returns, a stock keeper neither these nor openings nor corrections; openings and corrections take a manager or the owner.
    pub kind: NewKindName,
    /// Code of the site.
    #[schema(min_length = 1, max_length = 64)]
    pub site: String,
    /// When it happened; now when absent.
    #[schema(nullable, format = DateTime)]
    pub effective_at: Option<String>,
    /// The document it comes from.
    #[schema(nullable)]
    pub reference: Option<ReferenceBody>,
    /// On which device.
    #[schema(nullable, max_length = 64)]
    pub device: Option<String>,
    /// Free words.
    #[schema(nullable, max_length = 500)]
    pub note: Option<String>,
    /// The posting a correction undoes or mends, or from which goods are returned at the cost they had there.
    #[schema(nullable)]
    pub corrects: Option<uuid::Uuid>,
    /// Freight and the like, on receipts: spread over the lines and added to their costs.
    #[schema(nullable, max_items = 20)]
    pub landed_costs: Option<Vec<LandedCostBody>>,
    /// What moves. A correction without lines takes back everything its original moved.
    #[schema(nullable, max_items = 5000)]
    pub lines: Option<Vec<LineBody>>,
}

/// The document a posting comes from.
#[derive(Debug, ToSchema)]
#[schema(as = NewReference)]
#[serde(deny_unknown_fields)]
pub struct ReferenceBody {
    /// What kind of document: `ticket`, `invoice`…
    #[schema(min_length = 1, max_length = 64)]
    pub r#type: String,
    /// Its number.
    #[schema(min_length = 1, max_length = 128)]
    pub number: String,
}

/// One product that moves.
#[derive(Debug, ToSchema)]
#[schema(as = NewLine)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    /// Code of the product.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// How much, above zero.
    pub quantity: Positive,
    /// Location it leaves; by kind when absent.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub from: Option<String>,
    /// Location it enters; by kind when absent.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub to: Option<String>,
    /// Code of the lot; when absent, what expires first leaves first.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(nullable, format = Date)]
    pub expires_on: Option<String>,
    /// Cost of one unit, on kinds that bring goods in; not together with `line_cost`.
    #[schema(nullable)]
    pub unit_cost: Option<Price>,
    /// Cost of the whole line, on kinds that bring goods in.
    #[schema(nullable)]
    pub line_cost: Option<Price>,
    /// Selling price of one unit, on sales and customer returns.
    #[schema(nullable)]
    pub unit_price: Option<Price>,
    /// Weight of the whole line in kilograms, for landed costs spread by weight.
    #[schema(nullable)]
    pub weight: Option<Price>,
}

/// The drafts of a request, not yet signed by who asks.
#[derive(Debug, Clone)]
pub struct Postings(pub Vec<Draft>);

impl FromFields for Postings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Postings> {
        let drafts = fields.list("postings", 1..=MOST_POSTINGS, posting)?;
        let lines: usize = drafts.iter().map(|draft| draft.lines.len()).sum();
        if lines > MOST_LINES {
            return fields.fail("postings", Fault::new("too_many_lines").arg("most", MOST_LINES));
        }
        Some(Postings(drafts))
    }
}

fn posting(fields: &mut Fields<'_>) -> Option<Draft> {
    let id = fields.required("id", uuid);
    let kind = fields.required("kind", new_kind);
    let site = fields.required("site", text(1..=64));
    let effective_at = fields.optional("effective_at", instant);
    let reference = fields.optional_object("reference", reference);
    let device = fields.optional("device", text(0..=64));
    let note = fields.optional("note", paragraph(0..=500));
    let corrects = fields.optional("corrects", uuid);
    let least = usize::from(kind.is_some_and(|kind| kind != PostingKind::Correction));
    let mut told = Vec::new();
    let mut read = |line_fields: &mut Fields<'_>| {
        told.push(landed::Told::of(line_fields));
        line(line_fields, kind)
    };
    let lines = if least == 0 {
        Some(fields.optional_list("lines", 0..=MOST_LINES, &mut read).unwrap_or_default())
    } else {
        fields.list("lines", least..=MOST_LINES, &mut read)
    };
    let mut lines = lines.unwrap_or_default();
    landed::add(fields, kind, &mut lines, &told);
    if lines.len() < least {
        return None;
    }
    if kind == Some(PostingKind::Correction) && corrects.is_none() && !fields.has("corrects") {
        return fields.fail("corrects", Fault::new("required"));
    }
    Some(Draft {
        id: id?,
        site: site?,
        kind: kind?,
        effective_at,
        reference: reference.unwrap_or_default(),
        actor: String::new(),
        device: device.unwrap_or_default(),
        note: note.unwrap_or_default(),
        corrects,
        lines,
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    })
}

/// The name of a kind of posting.
pub fn kind(value: &Value<'_>) -> Result<PostingKind, Fault> {
    let names: Vec<&'static str> = PostingKind::ALL.iter().map(|kind| kind.name()).collect();
    one_of(&names, PostingKind::from_name)(value)
}

/// The name of a kind that is posted by itself.
fn new_kind(value: &Value<'_>) -> Result<PostingKind, Fault> {
    let kind = kind(value)?;
    match kinds::document_of(kind) {
        Some(path) => Err(Fault::new("kind_of_document").arg("kind", kind.name()).arg("path", path)),
        None => Ok(kind),
    }
}

fn reference(fields: &mut Fields<'_>) -> Option<Reference> {
    let kind = fields.required("type", text(1..=64));
    let number = fields.required("number", text(1..=128));
    Some(Reference { kind: kind?, number: number? })
}

fn line(fields: &mut Fields<'_>, kind: Option<PostingKind>) -> Option<LineDraft> {
    let sku = fields.required("sku", text(1..=64));
    let quantity = fields.required("quantity", positive_quantity);
    let from = fields.optional("from", text(1..=64));
    let to = fields.optional("to", text(1..=64));
    let lot = lot(fields);
    let line_cost = cost(fields, kind, quantity);
    let unit_price = price(fields, kind);
    Some(LineDraft { sku: sku?, quantity: quantity?, from, to, lot, unit_price, line_cost })
}

/// The lot of a line, named by its code, its expiry or both.
pub fn lot(fields: &mut Fields<'_>) -> Option<LotDraft> {
    let code = fields.optional("lot", text(1..=64));
    let expires_on = fields.optional("expires_on", day);
    (code.is_some() || expires_on.is_some()).then(|| LotDraft { code: code.unwrap_or_default(), expires_on })
}

/// What the whole line costs, from either way of saying it.
fn cost(fields: &mut Fields<'_>, kind: Option<PostingKind>, quantity: Option<Quantity>) -> Option<Money> {
    let taken = kind.is_none_or(PostingKind::takes_cost);
    for name in ["unit_cost", "line_cost"] {
        if fields.has(name) && !taken {
            let _: Option<()> = fields.fail(name, Fault::new("cost_not_taken"));
        }
    }
    if fields.has("unit_cost") && fields.has("line_cost") {
        let _: Option<()> = fields.fail("line_cost", Fault::new("both_costs"));
    }
    let unit_cost = fields.optional("unit_cost", unsigned_money);
    let line_cost = fields.optional("line_cost", unsigned_money);
    match (unit_cost, quantity) {
        (Some(unit_cost), Some(quantity)) => match unit_cost.times(quantity) {
            Some(cost) => Some(cost),
            None => fields.fail("unit_cost", Fault::new("out_of_range")),
        },
        _ => line_cost,
    }
}

fn price(fields: &mut Fields<'_>, kind: Option<PostingKind>) -> Option<Money> {
    if fields.has("unit_price") && !kind.is_none_or(PostingKind::takes_price) {
        let _: Option<()> = fields.fail("unit_price", Fault::new("price_not_taken"));
    }
    fields.optional("unit_price", unsigned_money)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<Draft>, Vec<String>> {
        let postings = Fields::parse(body.as_bytes()).and_then(|fields| fields.read(Postings::from_fields));
        let faults = |problem: platform::http::Problem| {
            problem.errors().iter().map(|error| format!("{} {}", error.field, error.code)).collect()
        };
        postings.map(|postings| postings.0).map_err(faults)
    }

    fn posting(kind: &str, rest: &str) -> String {
        format!(
            r#"{{"postings":[{{"id":"01936f6e-0000-7000-8000-000000000001","kind":"{kind}","site":"centro",{rest}}}]}}"#
        )
    }

    #[test]
    fn a_unit_cost_becomes_the_cost_of_the_line() {
        let drafts = read(&posting("receipt", r#""lines":[{"sku":"A","quantity":0.3,"unit_cost":"10.01"}]"#)).unwrap();
        assert_eq!(drafts[0].lines[0].line_cost, Some(Money::from_minor(30_030)));
        assert_eq!(drafts[0].lines[0].lot, None);
    }

    #[test]
    fn freight_is_spread_over_the_lines_of_a_receipt() {
        let lines = r#""lines":[{"sku":"A","quantity":1,"line_cost":100,"weight":2},{"sku":"B","quantity":1,"line_cost":300,"weight":1}]"#;
        let freight = r#""landed_costs":[{"amount":"40","by":"value"},{"amount":"9","by":"weight"}],"#;
        let drafts = read(&posting("receipt", &format!("{freight}{lines}"))).unwrap();
        let costs: Vec<_> = drafts[0].lines.iter().map(|line| line.line_cost.unwrap().to_string()).collect();
        assert_eq!(costs, ["116.00", "333.00"]);
        let refused = read(&posting("sale", &format!("{freight}\"lines\":[{{\"sku\":\"A\",\"quantity\":1}}]")));
        assert_eq!(refused, Err(vec!["postings[0].landed_costs cost_not_taken".to_owned()]));
    }

    #[test]
    fn a_correction_needs_no_lines_but_its_original() {
        assert!(read(&posting("correction", r#""corrects":"01936f6e-0000-7000-8000-000000000002""#)).is_ok());
        assert_eq!(
            read(&posting("correction", r#""lines":[]"#)),
            Err(vec!["postings[0].corrects required".to_owned()])
        );
        assert_eq!(read(&posting("sale", r#""lines":[]"#)), Err(vec!["postings[0].lines too_few_items".to_owned()]));
    }

    #[test]
    fn a_cost_is_spread_only_by_what_the_lines_tell() {
        let receipt = |by: &str, lines: &str| {
            posting("receipt", &format!(r#""landed_costs":[{{"amount":"40","by":"{by}"}}],"lines":[{lines}]"#))
        };
        let (light, heavy) = (
            r#"{"sku":"A","quantity":"2","unit_cost":1,"weight":0}"#,
            r#"{"sku":"B","quantity":"2","line_cost":3,"weight":"2.5"}"#,
        );
        let unweighed = r#"{"sku":"C","quantity":"2","unit_cost":5}"#;
        let (untold, free) = (r#"{"sku":"C","quantity":"2"}"#, r#"{"sku":"C","quantity":"2","unit_cost":0}"#);
        assert!(read(&receipt("weight", &format!("{light},{heavy}"))).is_ok());
        assert!(read(&receipt("quantity", free)).is_ok());
        for (by, lines, expected) in [
            ("weight", format!("{heavy},{unweighed}"), "postings[0].lines[1].weight required"),
            ("quantity", format!("{free},{untold}"), "postings[0].lines[1].unit_cost cost_required"),
            ("evenly", untold.to_owned(), "postings[0].lines[0].unit_cost cost_required"),
            ("weight", light.to_owned(), "postings[0].landed_costs[0].by nothing_to_go_by"),
            ("value", free.to_owned(), "postings[0].landed_costs[0].by nothing_to_go_by"),
            (
                "weight",
                r#"{"sku":"A","quantity":"2","line_cost":1,"weight":"x"}"#.to_owned(),
                "postings[0].lines[0].weight not_a_number",
            ),
            (
                "value",
                r#"{"sku":"A","quantity":"2","unit_cost":"x"}"#.to_owned(),
                "postings[0].lines[0].unit_cost not_a_number",
            ),
        ] {
            assert_eq!(read(&receipt(by, &lines)).unwrap_err()[0], expected, "{by} {lines}");
        }
        assert_eq!(read(&receipt("weight", untold)).unwrap_err().len(), 2, "both at once");
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let body = posting(
            "sale",
            r#""lines":[{"sku":"A","quantity":0,"unit_cost":1,"line_cost":2},{"sku":"","quantity":"1","colour":"red"}]"#,
        );
        let expected = [
            "postings[0].lines[0].quantity not_positive",
            "postings[0].lines[0].unit_cost cost_not_taken",
            "postings[0].lines[0].line_cost cost_not_taken",
            "postings[0].lines[0].line_cost both_costs",
            "postings[0].lines[1].sku blank",
            "postings[0].lines[1].colour unknown_field",
        ];
        assert_eq!(read(&body).unwrap_err(), expected);
    }

    #[test]
    fn more_than_five_thousand_lines_in_all_are_refused() {
        let line = r#"{"sku":"A","quantity":1}"#;
        let one = |lines: usize| {
            let lines = vec![line; lines].join(",");
            format!(r#"{{"id":"01936f6e-0000-7000-8000-000000000001","kind":"sale","site":"s","lines":[{lines}]}}"#)
        };
        let body = |a, b| format!(r#"{{"postings":[{},{}]}}"#, one(a), one(b));
        assert!(read(&body(2500, 2500)).is_ok());
        assert_eq!(read(&body(2500, 2501)), Err(vec!["postings too_many_lines".to_owned()]));
    }
}
