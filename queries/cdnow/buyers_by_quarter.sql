/*---
title: Buyers at CDNOW who came back, by quarter
description: Of the buyers of a quarter, how many bought in each quarter after?
params:
  from: {type: date, default: 1997-01-01, min: 1997-01-01, max: 1997-04-01, description: first day of the quarter}
grain: [quarter_number]
checks:
  - assert: quarter_number > 0 OR returned = buyers
---*/
WITH counted AS (
    SELECT retention_counts(
        customer_id,
        order_date >= $from AND order_date < $from + INTERVAL '3 months',
        order_date >= $from + INTERVAL '3 months' AND order_date < $from + INTERVAL '6 months',
        order_date >= $from + INTERVAL '6 months' AND order_date < $from + INTERVAL '9 months',
        order_date >= $from + INTERVAL '9 months' AND order_date < $from + INTERVAL '12 months',
        order_date >= $from + INTERVAL '12 months' AND order_date < $from + INTERVAL '15 months'
    ) AS customers
    FROM cdnow_sample_orders
),

rated AS (
    SELECT
        CAST(quarter_number AS BIGINT) AS quarter_number,
        proportion_ci(customers[quarter_number + 1], customers[1]) AS returned
    FROM counted
    CROSS JOIN generate_series(0, 4) AS numbers (quarter_number)
    GROUP BY quarter_number
)

SELECT
    quarter_number,
    returned['estimate'] AS return_rate,
    returned['low'] AS return_rate_low,
    returned['high'] AS return_rate_high,
    returned['hits'] AS returned,
    returned['n'] AS buyers
FROM rated
ORDER BY quarter_number
