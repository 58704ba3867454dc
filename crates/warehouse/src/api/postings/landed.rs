//! Freight and the like on a receipt, spread over its lines.
//!
//! Invariant: what the lines bear adds up exactly to what was paid.

use domain::{
    Money, Quantity,
    ledger::{
        LineDraft, PostingKind,
        landed::{Share, Spread, spread},
    },
};
use platform::http::fields::{Fault, Fields, one_of, unsigned_money, unsigned_quantity};
use utoipa::ToSchema;

use crate::api::inputs::Price;

/// Costs a receipt may carry besides its goods.
const MOST_COSTS: usize = 20;

/// A cost of bringing goods in.
#[derive(Debug, ToSchema)]
#[schema(as = NewLandedCost)]
#[serde(deny_unknown_fields)]
pub struct LandedCostBody {
    /// What was paid.
    pub amount: Price,
    /// Spread over the lines by what they cost, how many they are, what they weigh, or evenly.
    pub by: SpreadName,
}

/// By what a cost is spread.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum SpreadName {
    /// In proportion to cost.
    Value,
    /// In proportion to quantity.
    Quantity,
    /// In proportion to `weight`.
    Weight,
    /// The same for each line.
    Evenly,
}

/// The weight of a line in kilograms, for costs spread by weight.
pub(super) fn weight(fields: &mut Fields<'_>) -> Option<Quantity> {
    fields.optional("weight", unsigned_quantity)
}

/// Adds the costs of a receipt to its lines.
pub(super) fn add(
    fields: &mut Fields<'_>,
    kind: Option<PostingKind>,
    lines: &mut [LineDraft],
    weights: &[Option<Quantity>],
) {
    if fields.has("landed_costs") && kind.is_some_and(|kind| kind != PostingKind::Receipt) {
        let _: Option<()> = fields.fail("landed_costs", Fault::new("cost_not_taken"));
    }
    let costs = fields.optional_list("landed_costs", 0..=MOST_COSTS, cost).unwrap_or_default();
    let share = |(line, weight): (&LineDraft, &Option<Quantity>)| Share {
        cost: line.line_cost.unwrap_or_default(),
        quantity: line.quantity,
        weight_grams: weight.map_or(0, |weight| weight.milli().unsigned_abs()),
    };
    let shares: Vec<Share> = lines.iter().zip(weights).map(share).collect();
    if shares.len() < lines.len() {
        return;
    }
    for (amount, by) in costs {
        for (line, part) in lines.iter_mut().zip(spread(amount, by, &shares)) {
            *line.line_cost.get_or_insert_default() += part;
        }
    }
}

fn cost(fields: &mut Fields<'_>) -> Option<(Money, Spread)> {
    let names: Vec<&'static str> = Spread::ALL.iter().map(|(_, name)| *name).collect();
    let amount = fields.required("amount", unsigned_money);
    let by = fields.required("by", one_of(&names, Spread::from_name));
    Some((amount?, by?))
}
