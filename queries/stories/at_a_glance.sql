/*---
title: Two years at a glance
description: How did the main metrics go, month by month, and where do they stand now?
params:
  from: {type: date, default: 2024-02-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
checks:
  - not_null: latest
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

churn AS (
    SELECT
        before.month + INTERVAL '1 month' AS month,
        churn_rate(after.customer_id IS NULL) AS value
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
    WHERE before.month < $to - INTERVAL '1 month'
    GROUP BY before.month
),

monthly AS (
    SELECT 'churn' AS metric, month, value, format_percent(value) AS shown FROM churn
    UNION ALL
    SELECT 'NPS', date_trunc('month', sent_at), nps(score), CAST(ROUND(nps(score), 1) AS VARCHAR)
    FROM survey_responses
    WHERE survey = 'nps'
    GROUP BY date_trunc('month', sent_at)
    UNION ALL
    SELECT
        'mails opened',
        date_trunc('month', sent_at),
        open_rate(opened_at IS NOT NULL),
        format_percent(open_rate(opened_at IS NOT NULL))
    FROM email_sends
    GROUP BY date_trunc('month', sent_at)
    UNION ALL
    SELECT
        'average order value',
        date_trunc('month', ordered_at),
        average_order_value(amount),
        CAST(ROUND(average_order_value(amount), 2) AS VARCHAR)
    FROM orders
    GROUP BY date_trunc('month', ordered_at)
)

SELECT
    metric,
    sparkline(value ORDER BY month) AS trend,
    last_value(shown ORDER BY month) AS latest,
    change_from(
        last_value(value ORDER BY month),
        first_value(value ORDER BY month)
    ) AS change_since_first_month,
    COUNT(*) AS months
FROM monthly
WHERE month >= $from AND month < $to
GROUP BY metric
ORDER BY metric
