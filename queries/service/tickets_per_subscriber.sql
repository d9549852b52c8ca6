/*---
title: Tickets per subscriber by month
description: How often does a subscriber need help, and how many need it at all?
params:
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: subscribers_with_tickets <= tickets AND subscribers_with_tickets <= subscribers
  # More than 15 in 100 needed help in a month, even at the lower end: something is broken or
  # unclear, read the tickets.
  - {assert: with_tickets_low <= 15, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

opened AS (
    SELECT
        customer_id,
        CAST(date_trunc('month', opened_at) AS DATE) AS month,
        COUNT(*) AS tickets
    FROM support_tickets
    GROUP BY customer_id, month
),

-- Tickets of those who have no subscription in that month are left out: the base lacks them.
helped AS (
    SELECT subscribers.customer_id, subscribers.month, COALESCE(tickets, 0) AS tickets
    FROM subscribers
    LEFT JOIN opened
        ON opened.customer_id = subscribers.customer_id
        AND opened.month = subscribers.month
),

monthly AS (
    SELECT
        month,
        $by AS segment,
        mean_ci(tickets) AS per_subscriber,
        proportion_ci(tickets > 0) AS with_tickets,
        SUM(tickets) AS tickets,
        COUNT(*) AS subscribers
    FROM helped
    JOIN customers USING (customer_id)
    WHERE month >= $from - INTERVAL '1 year' AND month < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        100 * per_subscriber['estimate'] AS tickets_per_100,
        100 * per_subscriber['low'] AS tickets_per_100_low,
        100 * per_subscriber['high'] AS tickets_per_100_high,
        with_tickets['estimate'] AS with_tickets,
        with_tickets['low'] AS with_tickets_low,
        with_tickets['high'] AS with_tickets_high,
        with_tickets['hits'] AS subscribers_with_tickets,
        tickets,
        subscribers,
        FIRST_VALUE(100 * per_subscriber['estimate']) OVER month_before
            AS tickets_per_100_previous,
        FIRST_VALUE(subscribers) OVER month_before AS subscribers_previous,
        FIRST_VALUE(100 * per_subscriber['estimate']) OVER a_year_before
            AS tickets_per_100_a_year_before,
        FIRST_VALUE(subscribers) OVER a_year_before AS subscribers_a_year_before
    FROM monthly
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
