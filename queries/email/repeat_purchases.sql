/*---
title: Repeat purchases through e-mail
description: How many who order through a mail do so again, and do mails bring the next order?
params:
  from: {type: date, default: 2025-01-01, description: first day of an order}
  to: {type: date, default: 2025-07-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, acquired_through, account_manager]
    default: segment
    description: what to compare
grain: [segment]
checks:
  - assert: email_customers <= customers
  # Sure to bring fewer back than a year before: look at email/mail_by_month.
  - assert: COALESCE(email_repeat_rate_high >= email_repeat_rate_a_year_before, TRUE)
    severity: warn
---*/
WITH purchases AS (
    SELECT
        customer_id,
        COALESCE(channel = 'email', FALSE) AS by_email,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_at, order_id) > 1 AS again,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year' AND ordered_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM orders
),

-- The channel of the customer is the one of acquisition, that of the order the one that led to it.
buyers AS (
    SELECT customer_id, segment, country, account_manager, channel AS acquired_through
    FROM customers
),

summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period AND by_email) AS email_orders,
        repeat_purchase_rate_ci(customer_id) FILTER (WHERE in_period AND by_email) AS email,
        repeat_purchase_rate_ci(customer_id) FILTER (WHERE in_period) AS every,
        share_of_ci(by_email) FILTER (WHERE in_period AND again) AS next_orders,
        repeat_purchase_rate_ci(customer_id) FILTER (WHERE in_previous AND by_email)
            AS email_previous,
        share_of_ci(by_email) FILTER (WHERE in_previous AND again) AS next_orders_previous,
        repeat_purchase_rate_ci(customer_id) FILTER (WHERE a_year_before AND by_email)
            AS email_a_year_before,
        share_of_ci(by_email) FILTER (WHERE a_year_before AND again)
            AS next_orders_a_year_before
    FROM purchases
    JOIN buyers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    email_orders,
    COALESCE(email['n'], 0) AS email_customers,
    email['estimate'] AS email_repeat_rate,
    email['low'] AS email_repeat_rate_low,
    email['high'] AS email_repeat_rate_high,
    COALESCE(every['n'], 0) AS customers,
    every['estimate'] AS repeat_rate,
    every['low'] AS repeat_rate_low,
    every['high'] AS repeat_rate_high,
    next_orders['n'] AS next_orders,
    next_orders['estimate'] AS email_share_of_next_orders,
    next_orders['low'] AS email_share_of_next_orders_low,
    next_orders['high'] AS email_share_of_next_orders_high,
    email_previous['n'] AS email_customers_previous,
    email_previous['estimate'] AS email_repeat_rate_previous,
    next_orders_previous['estimate'] AS email_share_of_next_orders_previous,
    email_a_year_before['n'] AS email_customers_a_year_before,
    email_a_year_before['estimate'] AS email_repeat_rate_a_year_before,
    next_orders_a_year_before['estimate'] AS email_share_of_next_orders_a_year_before
FROM summed
ORDER BY segment
