/*---
title: What the price increase did
description: How did the higher price of team in April 2025 show in churn, NPS and tickets?
params:
  # A month of churn is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first day}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel]
    default: segment
    description: what to compare
checks:
  - assert: customers_lost <= customer_months
  - {assert: monthly_churn < 6, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

followed_up AS (
    SELECT
        before.customer_id,
        before.month + INTERVAL '1 month' AS month,
        after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

churn AS (
    SELECT
        CAST(date_trunc('quarter', month) AS DATE) AS quarter,
        $by AS segment,
        churn_rate(churned) AS monthly_churn,
        COUNT(*) AS customer_months,
        COUNT(*) FILTER (WHERE churned) AS customers_lost
    FROM followed_up
    JOIN customers USING (customer_id)
    WHERE month >= $from AND month < $to
    GROUP BY quarter, $by
),

surveys AS (
    SELECT
        CAST(date_trunc('quarter', sent_at) AS DATE) AS quarter,
        $by AS segment,
        nps(score) AS nps,
        COUNT(score) AS answers
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'nps' AND sent_at >= $from AND sent_at < $to
    GROUP BY quarter, $by
),

tickets AS (
    SELECT
        CAST(date_trunc('quarter', opened_at) AS DATE) AS quarter,
        $by AS segment,
        COUNT(*) AS tickets
    FROM support_tickets
    JOIN customers USING (customer_id)
    WHERE opened_at >= $from AND opened_at < $to
    GROUP BY quarter, $by
)

SELECT
    churn.quarter,
    churn.segment,
    monthly_churn,
    customer_months,
    customers_lost,
    nps,
    answers,
    COALESCE(tickets, 0) AS tickets
FROM churn
LEFT JOIN surveys
    ON surveys.quarter = churn.quarter
    AND surveys.segment = churn.segment
LEFT JOIN tickets
    ON tickets.quarter = churn.quarter
    AND tickets.segment = churn.segment
ORDER BY quarter, segment
