/*---
title: Engaged receivers
description: Which share of those who got mails opened or clicked at least one of them?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a mail was sent}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: engaged <= receivers
  # Below it, ask whether these receivers still want mails at all.
  - assert: engagement >= 50
    severity: warn
---*/
WITH sends AS (
    SELECT
        customer_id,
        opened_at IS NOT NULL OR clicked_at IS NOT NULL AS engaged,
        CASE
            WHEN sent_at >= $from AND sent_at < $to THEN 'now'
            WHEN sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year'
                THEN 'a year before'
        END AS period
    FROM email_sends
),

compared AS (
    SELECT
        $by AS segment,
        engagement_rate_ci(customer_id, engaged) FILTER (WHERE period = 'now') AS now,
        engagement_rate_ci(customer_id, engaged) FILTER (WHERE period = 'a year before') AS before
    FROM sends
    JOIN customers USING (customer_id)
    WHERE period IS NOT NULL
    GROUP BY $by
)

SELECT
    segment,
    now['estimate'] AS engagement,
    now['low'] AS engagement_low,
    now['high'] AS engagement_high,
    COALESCE(now['hits'], 0) AS engaged,
    COALESCE(now['n'], 0) AS receivers,
    before['estimate'] AS engagement_a_year_before,
    COALESCE(before['n'], 0) AS receivers_a_year_before
FROM compared
ORDER BY segment
