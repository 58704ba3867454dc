//! Kinds of posting and of location, and which movements a kind may make.
//!
//! Invariant: codes are stored and hashed; they never change meaning and are never reused.

/// Where goods can be. All but `Internal` are virtual counterparts that make every movement balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LocationKind {
    /// A place inside the site that holds stock.
    Internal,
    /// Where receipts come from.
    Supplier,
    /// Where sales go.
    Customer,
    /// Known losses.
    Waste,
    /// Unknown losses and what is found again.
    Loss,
    /// Where opening stock comes from.
    Opening,
    /// Between two sites.
    Transit,
    /// Where ingredients go and products come from.
    Production,
}

impl LocationKind {
    /// Every kind with its code and name.
    pub const ALL: [(LocationKind, i64, &'static str); 8] = [
        (LocationKind::Internal, 0, "internal"),
        (LocationKind::Supplier, 1, "supplier"),
        (LocationKind::Customer, 2, "customer"),
        (LocationKind::Waste, 3, "waste"),
        (LocationKind::Loss, 4, "loss"),
        (LocationKind::Opening, 5, "opening"),
        (LocationKind::Transit, 6, "transit"),
        (LocationKind::Production, 7, "production"),
    ];

    /// The virtual kinds, of which every site has one location each.
    pub fn virtuals() -> impl Iterator<Item = LocationKind> {
        LocationKind::ALL.into_iter().map(|(kind, ..)| kind).filter(|kind| *kind != LocationKind::Internal)
    }

    /// The stored code.
    pub fn code(self) -> i64 {
        LocationKind::ALL.iter().find(|(kind, ..)| *kind == self).map_or(0, |(_, code, _)| *code)
    }

    /// The name in documents; also the code of a virtual location.
    pub fn name(self) -> &'static str {
        LocationKind::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., name)| name)
    }

    /// The kind with that stored code.
    pub fn from_code(code: i64) -> Option<LocationKind> {
        LocationKind::ALL.into_iter().find(|(_, c, _)| *c == code).map(|(kind, ..)| kind)
    }
}

macro_rules! posting_kinds {
    ($($variant:ident = $code:literal $name:literal $from:pat => $to:pat, $doc:literal;)*) => {
        /// What kind of event a posting records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum PostingKind { $(#[doc = $doc] $variant,)* }

        impl PostingKind {
            /// Every kind.
            pub const ALL: &'static [PostingKind] = &[$(PostingKind::$variant),*];

            /// The stored code.
            pub const fn code(self) -> i64 {
                match self { $(PostingKind::$variant => $code,)* }
            }

            /// The name in documents.
            pub const fn name(self) -> &'static str {
                match self { $(PostingKind::$variant => $name,)* }
            }

            /// The kind with that stored code.
            pub const fn from_code(code: i64) -> Option<PostingKind> {
                match code { $($code => Some(PostingKind::$variant),)* _ => None }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<PostingKind> {
                PostingKind::ALL.iter().copied().find(|kind| kind.name() == name)
            }

            /// Whether this kind may move goods between locations of these kinds.
            pub fn allows(self, from: LocationKind, to: LocationKind) -> bool {
                use LocationKind::*;
                let found_by_count = self == PostingKind::Count && (from, to) == (Loss, Internal);
                found_by_count || match self { $(PostingKind::$variant => matches!((from, to), ($from, $to)),)* }
            }
        }
    };
}

posting_kinds! {
    Opening = 1 "opening" Opening => Internal, "Stock a site begins with.";
    Receipt = 2 "receipt" Supplier => Internal, "Goods from a supplier.";
    Sale = 3 "sale" Internal => Customer, "Goods to a customer.";
    CustomerReturn = 4 "customer_return" Customer => Internal, "Goods back from a customer.";
    SupplierReturn = 5 "supplier_return" Internal => Supplier, "Goods back to a supplier.";
    Move = 6 "move" Internal => Internal, "Goods between two places of the site.";
    TransferOut = 7 "transfer_out" Internal => Transit, "Goods sent to another site.";
    TransferIn = 8 "transfer_in" Transit => Internal, "Goods that came from another site.";
    Waste = 9 "waste" Internal => Waste, "Known loss: expired, broken.";
    Loss = 10 "loss" Internal => Loss, "Unknown loss.";
    Found = 11 "found" Loss => Internal, "Goods found again.";
    Count = 12 "count" Internal => Loss, "A count's difference, either way.";
    Production = 13 "production" Production => Internal, "Made in the shop.";
    Consumption = 14 "consumption" Internal => Production, "Used up in making or running.";
    Correction = 15 "correction" _ => _, "Undoes or mends an earlier posting, and links to it.";
}

impl PostingKind {
    /// The counterpart a kind moves goods from when a line names none, unless it is internal.
    pub fn default_from(self) -> LocationKind {
        self.default_pair().0
    }

    /// The counterpart a kind moves goods to when a line names none, unless it is internal.
    pub fn default_to(self) -> LocationKind {
        self.default_pair().1
    }

    fn default_pair(self) -> (LocationKind, LocationKind) {
        use LocationKind::{Customer, Internal, Loss, Opening, Production, Supplier, Transit, Waste};
        match self {
            PostingKind::Opening => (Opening, Internal),
            PostingKind::Receipt => (Supplier, Internal),
            PostingKind::Sale => (Internal, Customer),
            PostingKind::CustomerReturn => (Customer, Internal),
            PostingKind::SupplierReturn => (Internal, Supplier),
            PostingKind::Move | PostingKind::Correction => (Internal, Internal),
            PostingKind::TransferOut => (Internal, Transit),
            PostingKind::TransferIn => (Transit, Internal),
            PostingKind::Waste => (Internal, Waste),
            PostingKind::Loss | PostingKind::Count => (Internal, Loss),
            PostingKind::Found => (Loss, Internal),
            PostingKind::Production => (Production, Internal),
            PostingKind::Consumption => (Internal, Production),
        }
    }

    /// Whether a posting of this kind may link to one of that kind, to take back or take in what that one moved.
    pub const fn may_link_to(self, original: PostingKind) -> bool {
        match self {
            PostingKind::Correction => true,
            PostingKind::CustomerReturn => matches!(original, PostingKind::Sale),
            PostingKind::SupplierReturn => matches!(original, PostingKind::Receipt),
            PostingKind::TransferIn => matches!(original, PostingKind::TransferOut),
            PostingKind::Loss => matches!(original, PostingKind::TransferIn),
            _ => false,
        }
    }

    /// Whether a posting of this kind means nothing without the one it links to.
    pub const fn must_link(self) -> bool {
        matches!(self, PostingKind::Correction | PostingKind::TransferIn)
    }

    /// Whether a posting of this kind says that the books were wrong, or that goods are gone without having been sold. What goes back to
    /// a supplier is one unless it is linked to what came from them.
    pub const fn is_adjustment(self, is_linked: bool) -> bool {
        match self {
            PostingKind::Waste
            | PostingKind::Loss
            | PostingKind::Found
            | PostingKind::Count
            | PostingKind::Consumption
            | PostingKind::Correction => true,
            PostingKind::SupplierReturn => !is_linked,
            _ => false,
        }
    }

    /// Whether lines of this kind carry a cost given by the caller.
    pub const fn takes_cost(self) -> bool {
        matches!(
            self,
            PostingKind::Opening
                | PostingKind::Receipt
                | PostingKind::TransferIn
                | PostingKind::Production
                | PostingKind::Found
                | PostingKind::CustomerReturn
        )
    }

    /// Whether lines of this kind carry a selling price.
    pub const fn takes_price(self) -> bool {
        matches!(self, PostingKind::Sale | PostingKind::CustomerReturn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back() {
        for kind in PostingKind::ALL {
            assert_eq!(PostingKind::from_code(kind.code()), Some(*kind));
            assert_eq!(PostingKind::from_name(kind.name()), Some(*kind));
            assert!(kind.allows(kind.default_from(), kind.default_to()), "{} allows its own default", kind.name());
        }
    }

    #[test]
    fn a_sale_cannot_go_to_waste() {
        assert!(!PostingKind::Sale.allows(LocationKind::Internal, LocationKind::Waste));
        assert!(PostingKind::Count.allows(LocationKind::Loss, LocationKind::Internal));
    }
}
