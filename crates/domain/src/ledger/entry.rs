//! A posting as it stands in the ledger.
//!
//! Invariant: complete by itself: with the hash before it, nothing else is needed to check its link in the chain.

use std::sync::Arc;

use uuid::Uuid;

use super::{PostingKind, Reference};
use crate::{Day, Money, Quantity, Timestamp};

/// A quantity of one product (and lot) from one location to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Number of the product.
    pub product: i64,
    /// Its code.
    pub sku: Arc<str>,
    /// Number of the lot, 0 when none.
    pub lot: i64,
    /// Number of the location it leaves.
    pub from: i64,
    /// Number of the location it enters.
    pub to: i64,
    /// How much, above zero.
    pub quantity: Quantity,
    /// Book value moved.
    pub value: Money,
    /// The part of the value of goods coming in that belongs to goods sold before they came.
    pub settled: Money,
    /// Sold for, below zero when given back.
    pub revenue: Money,
    /// What the site holds of the product afterwards.
    pub on_hand_after: Quantity,
}

/// A posting with its movements and its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number of the site.
    pub site: i64,
    /// Place in the site's chain, from 1 without gaps.
    pub seq: i64,
    /// Identity chosen by the caller.
    pub id: Uuid,
    /// Kind of event.
    pub kind: PostingKind,
    /// The document it comes from.
    pub reference: Reference,
    /// Who.
    pub actor: String,
    /// On which device.
    pub device: String,
    /// Free words.
    pub note: String,
    /// The posting it corrects or takes back from.
    pub corrects: Option<Uuid>,
    /// When it happened.
    pub effective_at: Timestamp,
    /// When the ledger learned of it.
    pub recorded_at: Timestamp,
    /// Day of `effective_at` in the site's zone.
    pub business_day: Day,
    /// Digest of what the caller asked for.
    pub digest: [u8; 32],
    /// SHA-256 of the hash before it and of everything above and below.
    pub hash: [u8; 32],
    /// What it moved.
    pub movements: Vec<Movement>,
}
