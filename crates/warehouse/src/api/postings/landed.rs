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

/// What a line tells that costs are spread by. What is told but cannot be read is a fault of its own.
pub(super) struct Told {
    /// Kilograms of the whole line.
    weight: Option<Quantity>,
    cost: bool,
}

impl Told {
    /// By the line being read, before its costs are.
    pub(super) fn of(fields: &mut Fields<'_>) -> Told {
        let cost = fields.has("unit_cost") || fields.has("line_cost");
        let told = fields.has("weight");
        let weight = fields.optional("weight", unsigned_quantity);
        Told { weight: told.then(|| weight.unwrap_or(Quantity::ONE)), cost }
    }
}

/// Adds the costs of a receipt to its lines.
pub(super) fn add(fields: &mut Fields<'_>, kind: Option<PostingKind>, lines: &mut [LineDraft], told: &[Told]) {
    let taken = kind.is_none_or(|kind| kind == PostingKind::Receipt);
    if fields.has("landed_costs") && !taken {
        let _: Option<()> = fields.fail("landed_costs", Fault::new("cost_not_taken"));
    }
    let costs = fields.optional_list("landed_costs", 0..=MOST_COSTS, cost).unwrap_or_default();
    if !taken || costs.is_empty() || !tell_enough(fields, &costs, told) || told.len() != lines.len() {
        return;
    }
    let share = |(line, told): (&LineDraft, &Told)| Share {
        cost: line.line_cost.unwrap_or_default(),
        quantity: line.quantity,
        weight_grams: told.weight.map_or(0, |weight| weight.milli().unsigned_abs()),
    };
    let shares: Vec<Share> = lines.iter().zip(told).map(share).collect();
    for (index, (amount, by)) in costs.into_iter().enumerate() {
        if !shares.is_empty() && shares.iter().all(|share| by.basis(share) == 0) {
            let _: Option<()> = fields.fail(&format!("landed_costs[{index}].by"), Fault::new("nothing_to_go_by"));
        }
        for (place, (line, part)) in lines.iter_mut().zip(spread(amount, by, &shares)).enumerate() {
            line.line_cost = line.line_cost.unwrap_or_default().checked_add(part);
            if line.line_cost.is_none() {
                let _: Option<()> = fields.fail(&format!("lines[{place}].line_cost"), Fault::new("out_of_range"));
            }
        }
    }
}

/// Whether every line says what it takes. One without its weight would bear nothing, and nobody would notice; one without its cost
/// would be worth its freight alone, where without freight the ledger takes the average or the last cost.
fn tell_enough(fields: &mut Fields<'_>, costs: &[(Money, Spread)], told: &[Told]) -> bool {
    let by_weight = costs.iter().any(|(_, by)| *by == Spread::Weight);
    let mut enough = true;
    for (index, told) in told.iter().enumerate() {
        let faults = [
            (by_weight && told.weight.is_none(), "weight", Fault::new("required")),
            (!told.cost, "unit_cost", Fault::new("cost_required")),
        ];
        for (_, field, fault) in faults.into_iter().filter(|(wrong, ..)| *wrong) {
            enough = false;
            let _: Option<()> = fields.fail(&format!("lines[{index}].{field}"), fault);
        }
    }
    enough
}

fn cost(fields: &mut Fields<'_>) -> Option<(Money, Spread)> {
    let names: Vec<&'static str> = Spread::ALL.iter().map(|(_, name)| *name).collect();
    let amount = fields.required("amount", unsigned_money);
    let by = fields.required("by", one_of(&names, Spread::from_name));
    Some((amount?, by?))
}
