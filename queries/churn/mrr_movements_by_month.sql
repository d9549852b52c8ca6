/*---
title: Movements of recurring revenue by month
description: What moved the recurring revenue from one month to the next?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  # The account balances, within the month and with the month before.
  - assert: closing = opening + new + expansion + reactivated - contraction - churned
  - assert: closing_previous IS NULL OR opening = closing_previous
  # More recurring revenue was lost than won: look into the largest part of the loss.
  - {assert: net >= 0, severity: warn}
---*/
WITH subscribers AS (
    SELECT
        customer_id,
        CAST(month || '-01' AS DATE) AS month,
        MIN(CAST(month || '-01' AS DATE)) OVER (PARTITION BY customer_id) AS first_month,
        mrr
    FROM subscriptions
),

paid AS (
    SELECT
        COALESCE(after.customer_id, before.customer_id) AS customer_id,
        COALESCE(after.month, before.month + INTERVAL '1 month') AS month,
        COALESCE(after.first_month, before.first_month) AS first_month,
        COALESCE(before.mrr, 0) AS mrr_before,
        COALESCE(after.mrr, 0) AS mrr_after
    FROM subscribers AS before
    FULL JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

monthly AS (
    SELECT
        month,
        $by AS segment,
        mrr_movements(mrr_before, mrr_after, first_month < month) AS mrr,
        COUNT(*) FILTER (WHERE mrr_before > 0) AS customers_before,
        COUNT(*) FILTER (WHERE mrr_after > 0) AS customers_after
    FROM paid
    JOIN customers USING (customer_id)
    -- In the first month of the lake all look as if they were new.
    WHERE month >= GREATEST($from - INTERVAL '1 year', DATE '2024-02-01') AND month < $to
    GROUP BY month, $by
),

-- Cents again, so that the account balances to the last of them.
in_cents AS (
    SELECT
        month,
        segment,
        CAST(mrr['opening'] AS DECIMAL(14, 2)) AS opening,
        CAST(mrr['new'] AS DECIMAL(14, 2)) AS new,
        CAST(mrr['expansion'] AS DECIMAL(14, 2)) AS expansion,
        CAST(mrr['reactivated'] AS DECIMAL(14, 2)) AS reactivated,
        CAST(mrr['contraction'] AS DECIMAL(14, 2)) AS contraction,
        CAST(mrr['churned'] AS DECIMAL(14, 2)) AS churned,
        CAST(mrr['closing'] AS DECIMAL(14, 2)) AS closing,
        CAST(mrr['closing'] AS DECIMAL(14, 2)) - CAST(mrr['opening'] AS DECIMAL(14, 2)) AS net,
        customers_before,
        customers_after
    FROM monthly
),

compared AS (
    SELECT
        *,
        change_from(closing, opening) AS growth,
        FIRST_VALUE(closing) OVER month_before AS closing_previous,
        FIRST_VALUE(net) OVER month_before AS net_previous,
        FIRST_VALUE(closing) OVER a_year_before AS closing_a_year_before,
        FIRST_VALUE(net) OVER a_year_before AS net_a_year_before
    FROM in_cents
    WINDOW month_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE month >= $from
ORDER BY month, segment
