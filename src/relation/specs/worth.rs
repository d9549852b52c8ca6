//! What customers are worth.

use super::super::spec::{RelationSpec, Takes};
use super::{AS_OF, CUSTOMER, TIME, TIMEZONE, arg};

pub(super) const RFM: RelationSpec = RelationSpec {
    name: "rfm",
    summary: "How recently, how often and for how much each customer bought, with scores and a segment.",
    args: &[
        CUSTOMER,
        TIME,
        arg("amount", Takes::Number, None, "what was paid"),
        arg(
            "scores",
            Takes::Whole { least: 1, most: 1000 },
            Some("5"),
            "how many scores there are",
        ),
        AS_OF,
        TIMEZONE,
    ],
    columns: &[
        ("customer", "who it is"),
        ("recency", "whole days from the latest event to as_of"),
        ("frequency", "events, those of unknown amount included"),
        ("monetary", "the sum of the amounts"),
        ("r", "the score of recency, from 1 (long ago) up"),
        ("f", "the score of frequency, from 1 (once) up"),
        ("m", "the score of the amounts, from 1 (least) up"),
        ("rfm", "the three scores as text"),
        ("segment", "a name for the fifths of recency and frequency"),
    ],
    rules: "A row whose customer or time is NULL is dropped; an amount that is NULL adds nothing. A \
            score is 1 + floor(scores * customers who are worse / all customers), so equals score \
            the same.",
    source: "Scores as fifths of the customers, after Hughes; segments by the table of recency and \
             frequency that is in wide use. Money is not part of the name.",
    example: "SELECT customer, recency, frequency, monetary, rfm, segment \
              FROM rfm(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05', 10.0), (1, DATE '2025-01-30', 20.0), \
              (2, DATE '2025-01-10', 5.0)) AS o (customer_id, day, amount)), \
              customer => customer_id, time => day, amount => amount, as_of => DATE '2025-02-01') \
              ORDER BY customer",
    either: None,
    only_with: None,
    template: |_| include_str!("../sql/rfm.sql"),
    related: &["concentration", "repeat_purchase_rate", "clv"],
    since: "0.1.0",
};
