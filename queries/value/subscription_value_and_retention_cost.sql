/*---
title: Value of a subscriber and the cost of keeping one
description: Is a subscriber worth what mails and support spend on keeping one?
params:
  # A month of churn is known only beside the month before it.
  from: {type: date, default: 2025-04-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2025-07-01, max: 2026-01-01, description: the month after the last}
  margin:
    type: float64
    default: 40
    min: 0
    max: 100
    description: what is left of the monthly payment, in percent
  discount:
    type: float64
    default: 0.8
    min: 0
    description: what money later is worth less, in percent a month
  # Support has no costs in the lake: minutes of work, at what an hour costs.
  cost_per_ticket:
    type: float64
    default: 12
    min: 0
    description: what one support ticket costs
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: customers_lost <= customer_months
  # Keeping one should not eat a quarter of what one earns: look at the tickets first, they cost
  # far more than the mails.
  - {assert: retention_cost_of_margin IS NULL OR retention_cost_of_margin <= 25, severity: warn}
  # A fifth less than a year before: `churn/churn_by_segment` says since when.
  - assert: clv IS NULL OR clv_a_year_before IS NULL OR clv >= 0.8 * clv_a_year_before
    severity: warn
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month, mrr
    FROM subscriptions
),

followed_up AS (
    SELECT
        before.customer_id,
        CAST(before.month + INTERVAL '1 month' AS DATE) AS month,
        before.mrr,
        after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

mails AS (
    -- The mails go to customers, so a campaign by mail is spent on keeping them, as much on each
    -- receiver.
    SELECT
        customer_id,
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        -- A quotient of DECIMALs would be cut after six digits.
        CAST(
            CAST(cost AS DOUBLE) / COUNT(*) OVER (PARTITION BY campaign_id) AS DECIMAL(24, 12)
        ) AS cost
    FROM email_sends
    JOIN campaigns USING (campaign_id)
),

tickets AS (
    SELECT
        customer_id,
        CAST(date_trunc('month', opened_at) AS DATE) AS month,
        CAST($cost_per_ticket AS DECIMAL(24, 12)) AS cost
    FROM support_tickets
),

-- Months differ in length: the months before are those nearest to as many days.
facts AS (
    SELECT customer_id, month, mrr, churned, 0 AS cost, CASE WHEN churned THEN 0 ELSE 1 END AS kept
    FROM followed_up
    UNION ALL
    SELECT customer_id, month, NULL AS mrr, NULL AS churned, cost, 0 AS kept FROM mails
    UNION ALL
    SELECT customer_id, month, NULL AS mrr, NULL AS churned, cost, 0 AS kept FROM tickets
),

marked AS (
    SELECT
        *,
        month >= $from AND month < $to AS in_period,
        month >= date_trunc('month', $from - ($to - $from) + INTERVAL '14 days')
            AND month < $from AS in_previous,
        month >= $from - INTERVAL '1 year'
            AND month < $to - INTERVAL '1 year' AS a_year_before
    FROM facts
),

compared AS (
    SELECT
        $by AS segment,
        churn_rate_ci(churned) FILTER (WHERE in_period) AS churn,
        SUM(mrr) FILTER (WHERE in_period) AS mrr,
        SUM(cost) FILTER (WHERE in_period) AS retention_cost,
        customer_retention_cost(cost, kept) FILTER (WHERE in_period) AS cost_per_kept,
        churn_rate(churned) FILTER (WHERE in_previous) AS churn_previous,
        SUM(mrr) FILTER (WHERE in_previous) AS mrr_previous,
        COUNT(churned) FILTER (WHERE in_previous) AS customer_months_previous,
        customer_retention_cost(cost, kept) FILTER (WHERE in_previous) AS cost_per_kept_previous,
        churn_rate(churned) FILTER (WHERE a_year_before) AS churn_a_year_before,
        SUM(mrr) FILTER (WHERE a_year_before) AS mrr_a_year_before,
        COUNT(churned) FILTER (WHERE a_year_before) AS customer_months_a_year_before,
        customer_retention_cost(cost, kept) FILTER (WHERE a_year_before)
            AS cost_per_kept_a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
),

margins AS (
    SELECT
        *,
        $margin / 100 * CAST(mrr AS DOUBLE) / churn['n'] AS margin,
        $margin / 100 * CAST(mrr_previous AS DOUBLE) / customer_months_previous
            AS margin_previous,
        $margin / 100 * CAST(mrr_a_year_before AS DOUBLE) / customer_months_a_year_before
            AS margin_a_year_before
    FROM compared
)

-- The interval of the value is that of the churn: the more of it, the less a subscriber is worth.
-- The cost is that of a month, and so is held against the margin of a month.
SELECT
    segment,
    clv_subscription(margin, churn['estimate'], $discount) AS clv,
    clv_subscription(margin, churn['high'], $discount) AS clv_low,
    clv_subscription(margin, churn['low'], $discount) AS clv_high,
    margin AS monthly_margin,
    churn['estimate'] AS monthly_churn,
    COALESCE(churn['n'], 0) AS customer_months,
    COALESCE(churn['hits'], 0) AS customers_lost,
    cost_per_kept AS customer_retention_cost,
    100 * cost_per_kept / NULLIF(margin, 0) AS retention_cost_of_margin,
    clv_subscription(margin - cost_per_kept, churn['estimate'], $discount)
        AS clv_after_retention_cost,
    ROUND(retention_cost, 2) AS retention_cost,
    clv_subscription(margin_previous, churn_previous, $discount) AS clv_previous,
    customer_months_previous,
    cost_per_kept_previous AS customer_retention_cost_previous,
    clv_subscription(margin_a_year_before, churn_a_year_before, $discount) AS clv_a_year_before,
    customer_months_a_year_before,
    cost_per_kept_a_year_before AS customer_retention_cost_a_year_before
FROM margins
ORDER BY segment
