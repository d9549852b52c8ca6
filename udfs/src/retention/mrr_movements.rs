//! Where does the change in recurring revenue come from? An account that balances by construction.

use super::revenue::{ERRORS, ROWS, revenue};
use crate::kernel::{Flags, Fold, Invalid, Numbers};
use crate::math::{MovementSums, Movements};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "mrr_movements",
    aliases: &[],
    family: Family::Retention,
    summary: "Recurring revenue before and after, with new, expansion, contraction, churned and reactivated between them.",
    formula: "closing = opening + new + expansion + reactivated - contraction - churned",
    forms: &[Form::rows::<Account>(
        ROWS,
        &[
            Arg::number("mrr_before", "recurring revenue in the earlier period; 0 if none"),
            Arg::number("mrr_after", "recurring revenue in the later period; 0 if none"),
            Arg::flag("paid_earlier", "the customer had paid at any time before the later period"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted, so a customer whom a join left without \
            revenue must come as 0: coalesce(mrr, 0). No customers give NULL.",
    errors: ERRORS,
    source: "The usual account of subscription revenue. Without paid_earlier a customer who comes \
             back looks new, which is the most common mistake in it.",
    example: Example {
        sql: "SELECT mrr_movements(mrr_before, mrr_after, paid_earlier)['closing'] FROM (VALUES \
              (100, 130, true), (50, 30, true), (80, 0, true), (20, 20, true), (0, 60, false), \
              (0, 40, true)) AS customer (mrr_before, mrr_after, paid_earlier)",
        result: "280.0",
    },
    related: &["net_revenue_retention", "gross_revenue_retention", "quick_ratio"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Account;

impl Fold for Account {
    type Input = (Numbers, Numbers, Flags);
    type State = MovementSums;
    type Output = Movements;

    const STATE: &'static [&'static str] = &[
        "opening",
        "opening_compensation",
        "new",
        "new_compensation",
        "expansion",
        "expansion_compensation",
        "contraction",
        "contraction_compensation",
        "churned",
        "churned_compensation",
        "reactivated",
        "reactivated_compensation",
        "customers",
    ];

    fn update(
        &self,
        sums: &mut MovementSums,
        (before, after, paid_earlier): (f64, f64, bool),
    ) -> Result<(), Invalid> {
        let (before, after) = revenue((before, after))?;
        sums.record(before, after, paid_earlier);
        Ok(())
    }

    fn finish(&self, sums: &MovementSums) -> Option<Movements> {
        sums.account()
    }
}
