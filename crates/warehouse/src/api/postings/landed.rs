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

/// The weight of a line in kilograms, for costs spread by weight. `None` when the line tells none, not when it cannot be read.
pub(super) fn weight(fields: &mut Fields<'_>) -> Option<Quantity> {
    let told = fields.has("weight");
    let weight = fields.optional("weight", unsigned_quantity);
    told.then(|| weight.unwrap_or(Quantity::ONE))
}

/// Adds the costs of a receipt to its lines.
pub(super) fn add(
    fields: &mut Fields<'_>,
    kind: Option<PostingKind>,
    lines: &mut [LineDraft],
    weights: &[Option<Quantity>],
) {
    let taken = kind.is_none_or(|kind| kind == PostingKind::Receipt);
    if fields.has("landed_costs") && !taken {
        let _: Option<()> = fields.fail("landed_costs", Fault::new("cost_not_taken"));
    }
    let costs = fields.optional_list("landed_costs", 0..=MOST_COSTS, cost).unwrap_or_default();
    if !taken || (costs.iter().any(|(_, by)| *by == Spread::Weight) && !all_weighed(fields, weights)) {
        return;
    }
    let share = |(line, weight): (&LineDraft, &Option<Quantity>)| Share {
        cost: line.line_cost.unwrap_or_default(),
        quantity: line.quantity,
        weight_grams: weight.map_or(0, |weight| weight.milli().unsigned_abs()),
    };
    let shares: Vec<Share> = lines.iter().zip(weights).map(share).collect();
    if shares.len() < lines.len() {
        return;
    }
    for (index, (amount, by)) in costs.into_iter().enumerate() {
        if !shares.is_empty() && shares.iter().all(|share| by.basis(share) == 0) {
            let _: Option<()> = fields.fail(&format!("landed_costs[{index}].by"), Fault::new("nothing_to_go_by"));
        }
        for (line, part) in lines.iter_mut().zip(spread(amount, by, &shares)) {
            *line.line_cost.get_or_insert_default() += part;
        }
    }
}

/// Whether every line tells its weight: one that tells none would bear nothing, and nobody would notice.
fn all_weighed(fields: &mut Fields<'_>, weights: &[Option<Quantity>]) -> bool {
    let missing: Vec<usize> = (0..weights.len()).filter(|index| weights[*index].is_none()).collect();
    for index in &missing {
        let _: Option<()> = fields.fail(&format!("lines[{index}].weight"), Fault::new("required"));
    }
    missing.is_empty()
}

fn cost(fields: &mut Fields<'_>) -> Option<(Money, Spread)> {
    let names: Vec<&'static str> = Spread::ALL.iter().map(|(_, name)| *name).collect();
    let amount = fields.required("amount", unsigned_money);
    let by = fields.required("by", one_of(&names, Spread::from_name));
    Some((amount?, by?))
}
