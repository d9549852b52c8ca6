/*---
title: Customers at risk
description: Which subscribers should be called first, because they show a sign of leaving?
params:
  # Six months of orders must be known.
  month:
    type: date
    default: 2025-12-01
    min: 2024-06-01
    max: 2025-12-01
    description: first day of the month
  customers: {type: int64, default: 40, min: 1, description: how many to list}
checks:
  - assert: renewal_outstanding OR falling_orders
  # Nobody looks after a customer who pays much and is about to leave: name somebody.
  - {assert: account_manager IS NOT NULL OR mrr < 500, severity: warn}
---*/
WITH subscribers AS (
    SELECT
        customer_id,
        month,
        plan,
        mrr,
        -- In the first month of a subscription there is nothing to renew yet.
        renewed_on IS NULL AND COALESCE(LAG(month) OVER life = month - INTERVAL '1 month', FALSE)
            AS renewal_outstanding
    FROM (
        SELECT customer_id, CAST(month || '-01' AS DATE) AS month, plan, mrr, renewed_on
        FROM subscriptions
    ) AS subscriptions
    WINDOW life AS (PARTITION BY customer_id ORDER BY month)
),

ordered AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE ordered_at >= $month - INTERVAL '2 months') AS orders_lately,
        COUNT(*) FILTER (WHERE ordered_at < $month - INTERVAL '2 months') AS orders_before,
        CAST(MAX(ordered_at) AS DATE) AS last_order_on
    FROM orders
    WHERE ordered_at >= $month - INTERVAL '5 months' AND ordered_at < $month + INTERVAL '1 month'
    GROUP BY customer_id
),

ordered_a_year_before AS (
    SELECT customer_id, COUNT(*) AS orders
    FROM orders
    WHERE ordered_at >= $month - INTERVAL '14 months'
        AND ordered_at < $month - INTERVAL '11 months'
    GROUP BY customer_id
),

asked AS (
    SELECT customer_id, MIN(score) AS nps_score
    FROM survey_responses
    WHERE survey = 'nps'
        AND sent_at >= $month - INTERVAL '2 months' AND sent_at < $month + INTERVAL '1 month'
    GROUP BY customer_id
),

signs AS (
    SELECT
        subscribers.customer_id,
        plan,
        mrr,
        renewal_outstanding,
        COALESCE(orders_lately, 0) AS orders_lately,
        COALESCE(orders_before, 0) AS orders_before,
        COALESCE(ordered_a_year_before.orders, 0) AS orders_a_year_before,
        -- Less than half of the orders of the three months before, which were two or more.
        COALESCE(orders_before >= 2 AND orders_lately * 2 < orders_before, FALSE) AS falling_orders,
        last_order_on,
        nps_score
    FROM subscribers
    LEFT JOIN ordered ON ordered.customer_id = subscribers.customer_id
    LEFT JOIN ordered_a_year_before
        ON ordered_a_year_before.customer_id = subscribers.customer_id
    LEFT JOIN asked ON asked.customer_id = subscribers.customer_id
    WHERE month = $month
)

-- A renewal that is outstanding is by far the stronger sign (churn/at_risk_by_segment).
SELECT
    customer_id,
    name,
    segment,
    account_manager,
    plan,
    mrr,
    renewal_outstanding,
    falling_orders,
    orders_lately,
    orders_before,
    orders_a_year_before,
    last_order_on,
    nps_score
FROM signs
JOIN customers USING (customer_id)
WHERE renewal_outstanding OR falling_orders
ORDER BY renewal_outstanding DESC, falling_orders DESC, mrr DESC, customer_id
LIMIT $customers
