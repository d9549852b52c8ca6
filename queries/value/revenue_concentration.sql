/*---
title: Concentration of revenue
description: Which part of the revenue of each segment hangs on its largest customers?
params:
  from: {type: date, default: 2025-10-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: >-
      customers = 0
      OR (top_10_percent_share <= top_20_percent_share AND top_20_percent_share <= 100)
  # More than half of the revenue with a tenth of the customers: give each of them, see
  # `segments/high_value_customers`, somebody who knows them.
  - {assert: top_10_percent_share IS NULL OR top_10_percent_share <= 50, severity: warn}
---*/
WITH marked AS (
    SELECT
        customer_id,
        amount,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
),

totals AS (
    SELECT
        customer_id,
        SUM(amount) FILTER (WHERE in_period) AS revenue,
        SUM(amount) FILTER (WHERE in_previous) AS revenue_previous,
        SUM(amount) FILTER (WHERE a_year_before) AS revenue_a_year_before
    FROM marked
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY customer_id
)

-- Who bought nothing in a period has NULL there, and is no customer of it. The last row, without a
-- segment, is about all customers together; an empty one above it about those who have none.
SELECT
    $by AS segment,
    GROUPING($by) = 1 AS all_together,
    concentration(revenue, 10) AS top_10_percent_share,
    concentration(revenue, 20) AS top_20_percent_share,
    COUNT(revenue) AS customers,
    MAX(revenue) AS largest_customer,
    MEDIAN(CAST(revenue AS DOUBLE)) AS median_customer,
    SUM(revenue) AS revenue,
    concentration(revenue_previous, 10) AS top_10_percent_share_previous,
    concentration(revenue_previous, 20) AS top_20_percent_share_previous,
    COUNT(revenue_previous) AS customers_previous,
    concentration(revenue_a_year_before, 10) AS top_10_percent_share_a_year_before,
    concentration(revenue_a_year_before, 20) AS top_20_percent_share_a_year_before,
    COUNT(revenue_a_year_before) AS customers_a_year_before
FROM totals
JOIN customers USING (customer_id)
GROUP BY ROLLUP ($by)
ORDER BY all_together, segment
