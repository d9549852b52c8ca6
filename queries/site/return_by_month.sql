/*---
title: Customers who return to the site
description: Of the customers who came to the site in a month, how many came in each month after?
params:
  from: {type: date, default: 2025-06-01, min: 2024-01-01, max: 2025-07-01, description: first day of the month}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
grain: [segment, month_number]
checks:
  - assert: month_number > 0 OR returned = visitors
  # Fewer than six in ten are back in the month after: those who have a reason to come, come.
  - {assert: month_number <> 1 OR return_rate_high >= 60, severity: warn}
---*/
WITH answers AS (
    SELECT
        customer_id,
        retention(
            occurred_at >= $from AND occurred_at < $from + INTERVAL '1 month',
            occurred_at >= $from + INTERVAL '1 month' AND occurred_at < $from + INTERVAL '2 months',
            occurred_at >= $from + INTERVAL '2 months' AND occurred_at < $from + INTERVAL '3 months',
            occurred_at >= $from + INTERVAL '3 months' AND occurred_at < $from + INTERVAL '4 months',
            occurred_at >= $from + INTERVAL '4 months' AND occurred_at < $from + INTERVAL '5 months',
            occurred_at >= $from + INTERVAL '5 months' AND occurred_at < $from + INTERVAL '6 months'
        ) AS came
    FROM web_events
    WHERE customer_id IS NOT NULL
    GROUP BY customer_id
),

rated AS (
    SELECT
        $by AS segment,
        CAST(month_number AS BIGINT) AS month_number,
        retention_rate_ci(came[month_number + 1]) AS returned
    FROM answers
    JOIN customers USING (customer_id)
    CROSS JOIN generate_series(0, 5) AS numbers (month_number)
    WHERE came[1]
    GROUP BY $by, month_number
)

SELECT
    segment,
    month_number,
    returned['estimate'] AS return_rate,
    returned['low'] AS return_rate_low,
    returned['high'] AS return_rate_high,
    returned['hits'] AS returned,
    returned['n'] AS visitors
FROM rated
ORDER BY segment, month_number
