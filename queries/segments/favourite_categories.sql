/*---
title: Favourite categories
description: On which category do most customers of a segment spend the most?
params:
  from: {type: date, default: 2025-10-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: category
  - assert: customers_who_favour <= customers
  # A favourite that moved beyond chance since the year before: see that it is in stock, and write
  # the mails about it.
  - assert: >-
      favoured_by IS NULL OR favoured_by_a_year_before IS NULL
      OR favoured_by_a_year_before BETWEEN favoured_by_low - 3 AND favoured_by_high + 3
    severity: warn
---*/
WITH marked AS (
    SELECT
        order_id,
        customer_id,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
),

spent AS (
    SELECT
        customer_id,
        CAST(category AS VARCHAR) AS category,
        SUM(quantity * unit_price) FILTER (WHERE in_period) AS revenue,
        SUM(quantity * unit_price) FILTER (WHERE in_previous) AS revenue_previous,
        SUM(quantity * unit_price) FILTER (WHERE a_year_before) AS revenue_a_year_before
    FROM order_lines
    JOIN marked USING (order_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY customer_id, category
),

-- The favourite of a customer is the category with the most money; of equals, the first by name.
ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY revenue DESC NULLS LAST, category
        ) AS rank,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY revenue_previous DESC NULLS LAST, category
        ) AS rank_previous,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY revenue_a_year_before DESC NULLS LAST, category
        ) AS rank_a_year_before
    FROM spent
),

compared AS (
    SELECT
        $by AS segment,
        category,
        SUM(revenue) AS revenue,
        COUNT(*) FILTER (WHERE rank = 1 AND revenue IS NOT NULL) AS favours,
        COUNT(*) FILTER (WHERE rank_previous = 1 AND revenue_previous IS NOT NULL)
            AS favours_previous,
        COUNT(*) FILTER (WHERE rank_a_year_before = 1 AND revenue_a_year_before IS NOT NULL)
            AS favours_a_year_before
    FROM ranked
    JOIN customers USING (customer_id)
    GROUP BY $by, category
),

-- Each customer who bought has one favourite.
shares AS (
    SELECT
        *,
        SUM(favours) OVER (PARTITION BY segment) AS customers,
        SUM(revenue) OVER (PARTITION BY segment) AS all_revenue,
        SUM(favours_previous) OVER (PARTITION BY segment) AS customers_previous,
        SUM(favours_a_year_before) OVER (PARTITION BY segment) AS customers_a_year_before
    FROM compared
),

measured AS (
    SELECT
        *,
        proportion_ci(favours, customers) AS favoured,
        proportion_ci(favours_previous, customers_previous) AS favoured_previous,
        proportion_ci(favours_a_year_before, customers_a_year_before) AS favoured_a_year_before
    FROM shares
    GROUP BY ALL
)

SELECT
    segment,
    category,
    RANK() OVER (PARTITION BY segment ORDER BY favours DESC) AS rank,
    favoured['estimate'] AS favoured_by,
    favoured['low'] AS favoured_by_low,
    favoured['high'] AS favoured_by_high,
    favours AS customers_who_favour,
    customers,
    revenue,
    100 * CAST(revenue AS DOUBLE) / CAST(all_revenue AS DOUBLE) AS share_of_revenue,
    favoured_previous['estimate'] AS favoured_by_previous,
    customers_previous,
    favoured_a_year_before['estimate'] AS favoured_by_a_year_before,
    customers_a_year_before
FROM measured
ORDER BY segment, rank, category
