/*---
title: Customers at risk by segment
description: Which share of the subscribers shows a sign of leaving, and how many of them do leave?
params:
  # Six months of orders must be known, and the month after.
  month:
    type: date
    default: 2025-11-01
    min: 2024-06-01
    max: 2025-11-01
    description: first day of the month
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: at_risk <= subscribers
  - assert: at_risk <= renewal_outstanding + falling_orders
  # More than one in five shows a sign, even at the lower end: call them, those first whose
  # renewal is outstanding (churn/at_risk_customers).
  - {assert: at_risk_share_low <= 20, severity: warn}
---*/
WITH subscribers AS (
    SELECT
        customer_id,
        month,
        mrr,
        -- In the first month of a subscription there is nothing to renew yet.
        renewed_on IS NULL AND COALESCE(LAG(month) OVER life = month - INTERVAL '1 month', FALSE)
            AS renewal_outstanding,
        COALESCE(LEAD(month) OVER life > month + INTERVAL '1 month', TRUE) AS left_after
    FROM (
        SELECT customer_id, CAST(month || '-01' AS DATE) AS month, mrr, renewed_on
        FROM subscriptions
    ) AS subscriptions
    WINDOW life AS (PARTITION BY customer_id ORDER BY month)
),

asked AS (
    SELECT
        *,
        month = $month AS in_period,
        month = $month - INTERVAL '1 month' AS in_previous,
        month = $month - INTERVAL '1 year' AS a_year_before
    FROM subscribers
    WHERE month IN ($month, $month - INTERVAL '1 month', $month - INTERVAL '1 year')
),

ordered AS (
    SELECT
        asked.customer_id,
        asked.month,
        COUNT(*) FILTER (WHERE ordered_at >= month - INTERVAL '2 months') AS orders_lately,
        COUNT(*) FILTER (WHERE ordered_at < month - INTERVAL '2 months') AS orders_before
    FROM asked
    JOIN orders
        ON orders.customer_id = asked.customer_id
        AND ordered_at >= month - INTERVAL '5 months'
        AND ordered_at < month + INTERVAL '1 month'
    GROUP BY asked.customer_id, asked.month
),

signs AS (
    SELECT
        asked.*,
        -- Less than half of the orders of the three months before, which were two or more.
        COALESCE(orders_before >= 2 AND orders_lately * 2 < orders_before, FALSE) AS falling_orders
    FROM asked
    LEFT JOIN ordered
        ON ordered.customer_id = asked.customer_id
        AND ordered.month = asked.month
),

warned AS (
    SELECT *, renewal_outstanding OR falling_orders AS at_risk
    FROM signs
),

counted AS (
    SELECT
        $by AS segment,
        proportion_ci(at_risk) FILTER (WHERE in_period) AS at_risk_share,
        COUNT(*) FILTER (WHERE in_period AND renewal_outstanding) AS renewal_outstanding,
        COUNT(*) FILTER (WHERE in_period AND falling_orders) AS falling_orders,
        SUM(mrr) FILTER (WHERE in_period AND at_risk) AS mrr_at_risk,
        churn_rate_ci(left_after) FILTER (WHERE in_period AND renewal_outstanding) AS unpaid,
        churn_rate_ci(left_after)
            FILTER (WHERE in_period AND falling_orders AND NOT renewal_outstanding) AS falling,
        churn_rate_ci(left_after) FILTER (WHERE in_period AND NOT at_risk) AS others,
        proportion_ci(at_risk) FILTER (WHERE in_previous) AS before,
        proportion_ci(at_risk) FILTER (WHERE a_year_before) AS a_year_before
    FROM warned
    JOIN customers USING (customer_id)
    GROUP BY $by
)

-- Which sign is worth a call shows in the churn that follows it: that of an outstanding renewal is
-- many times that of the others, that of falling orders alone hardly differs from it.
SELECT
    segment,
    at_risk_share['estimate'] AS at_risk_share,
    at_risk_share['low'] AS at_risk_share_low,
    at_risk_share['high'] AS at_risk_share_high,
    COALESCE(at_risk_share['n'], 0) AS subscribers,
    COALESCE(at_risk_share['hits'], 0) AS at_risk,
    renewal_outstanding,
    falling_orders,
    mrr_at_risk,
    unpaid['estimate'] AS churn_renewal_outstanding,
    unpaid['low'] AS churn_renewal_outstanding_low,
    unpaid['high'] AS churn_renewal_outstanding_high,
    falling['estimate'] AS churn_falling_orders_only,
    falling['low'] AS churn_falling_orders_only_low,
    falling['high'] AS churn_falling_orders_only_high,
    others['estimate'] AS churn_of_others,
    others['low'] AS churn_of_others_low,
    others['high'] AS churn_of_others_high,
    before['estimate'] AS at_risk_share_previous,
    before['n'] AS subscribers_previous,
    a_year_before['estimate'] AS at_risk_share_a_year_before,
    a_year_before['n'] AS subscribers_a_year_before
FROM counted
ORDER BY segment
