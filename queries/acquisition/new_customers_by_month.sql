/*---
title: New customers by month
description: How many new customers does each channel bring in a month?
params:
  # Of those who signed up before 2024 only those who stayed are known.
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first day of sign-up}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [channel, segment, country]
    default: channel
    description: what to compare
checks:
  - assert: new_customers <= new_customers_of_all
  # Less than half of what the channel brought a year before, and not a handful: see whether its
  # campaigns still run, `campaigns/channel_performance`.
  - assert: >-
      new_customers_a_year_before IS NULL OR new_customers_a_year_before < 20
      OR new_customers >= 0.5 * new_customers_a_year_before
    severity: warn
---*/
WITH subscribers AS (
    SELECT DISTINCT customer_id
    FROM subscriptions
),

sign_ups AS (
    SELECT
        CAST(date_trunc('month', signed_up_on) AS DATE) AS month,
        $by AS segment,
        subscribers.customer_id IS NOT NULL AS has_subscribed
    FROM customers
    LEFT JOIN subscribers
        ON subscribers.customer_id = customers.customer_id
    -- As far back as everybody is known.
    WHERE signed_up_on >= GREATEST(CAST($from - INTERVAL '1 year' AS DATE), DATE '2024-01-01')
        AND signed_up_on < $to
),

months AS (
    SELECT
        month,
        segment,
        COUNT(*) AS new_customers,
        COUNT(*) FILTER (WHERE has_subscribed) AS new_subscribers
    FROM sign_ups
    GROUP BY month, segment
),

totals AS (
    SELECT *, SUM(new_customers) OVER (PARTITION BY month) AS new_customers_of_all
    FROM months
),

measured AS (
    SELECT *, proportion_ci(new_customers, new_customers_of_all) AS share
    FROM totals
    GROUP BY ALL
)

SELECT
    now.month,
    now.segment,
    now.new_customers,
    now.new_customers_of_all,
    now.share['estimate'] AS share_of_new_customers,
    now.share['low'] AS share_of_new_customers_low,
    now.share['high'] AS share_of_new_customers_high,
    now.new_subscribers,
    previous.new_customers AS new_customers_previous,
    previous.share['estimate'] AS share_of_new_customers_previous,
    a_year_before.new_customers AS new_customers_a_year_before,
    a_year_before.share['estimate'] AS share_of_new_customers_a_year_before,
    change_from(now.new_customers, a_year_before.new_customers) AS change_from_a_year_before
FROM measured AS now
LEFT JOIN measured AS previous
    ON previous.month = now.month - INTERVAL '1 month'
    AND previous.segment IS NOT DISTINCT FROM now.segment
LEFT JOIN measured AS a_year_before
    ON a_year_before.month = now.month - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM now.segment
WHERE now.month >= date_trunc('month', $from)
ORDER BY month, segment
