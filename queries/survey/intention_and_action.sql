/*---
title: Intention and action
description: Do those who say that they would recommend us also bring new customers?
params:
  # Recommendations are rare, so a period has to be long; the year before is the one to compare.
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: referrers <= subscribers
  # Promoters who bring nobody: make it easier for them to recommend us.
  - {assert: nps IS NULL OR nps_low < 30 OR referral_rate_high >= 5, severity: warn}
---*/
WITH periods AS (
    SELECT FALSE AS a_year_before, $from AS starts, $to AS ends
    UNION ALL
    SELECT TRUE, $from - INTERVAL '1 year', $to - INTERVAL '1 year'
),

subscribers AS (
    SELECT DISTINCT a_year_before, customer_id
    FROM subscriptions
    JOIN periods
        ON CAST(month || '-01' AS DATE) >= starts
        AND CAST(month || '-01' AS DATE) < ends
),

-- Only a recommendation after which somebody signed up is an action that counts.
referrers AS (
    SELECT DISTINCT a_year_before, referrer_customer_id AS customer_id
    FROM referrals
    JOIN periods ON referred_at >= starts AND referred_at < ends
    WHERE referred_customer_id IS NOT NULL
),

actions AS (
    SELECT
        a_year_before,
        $by AS segment,
        referral_rate_ci(referrers.customer_id IS NOT NULL) AS referral_rate
    FROM subscribers
    LEFT JOIN referrers USING (a_year_before, customer_id)
    JOIN customers USING (customer_id)
    GROUP BY a_year_before, $by
),

intentions AS (
    SELECT a_year_before, $by AS segment, nps_ci(score) AS nps
    FROM survey_responses
    JOIN periods ON sent_at >= starts AND sent_at < ends
    JOIN customers USING (customer_id)
    WHERE survey = 'nps'
    GROUP BY a_year_before, $by
),

joined AS (
    SELECT actions.a_year_before, actions.segment, nps, referral_rate
    FROM actions
    LEFT JOIN intentions
        ON intentions.a_year_before = actions.a_year_before
        AND intentions.segment IS NOT DISTINCT FROM actions.segment
)

SELECT
    segment,
    MAX(nps['estimate']) FILTER (WHERE NOT a_year_before) AS nps,
    MAX(nps['low']) FILTER (WHERE NOT a_year_before) AS nps_low,
    MAX(nps['high']) FILTER (WHERE NOT a_year_before) AS nps_high,
    MAX(nps['n']) FILTER (WHERE NOT a_year_before) AS answers,
    MAX(referral_rate['estimate']) FILTER (WHERE NOT a_year_before) AS referral_rate,
    MAX(referral_rate['low']) FILTER (WHERE NOT a_year_before) AS referral_rate_low,
    MAX(referral_rate['high']) FILTER (WHERE NOT a_year_before) AS referral_rate_high,
    MAX(referral_rate['hits']) FILTER (WHERE NOT a_year_before) AS referrers,
    MAX(referral_rate['n']) FILTER (WHERE NOT a_year_before) AS subscribers,
    MAX(nps['estimate']) FILTER (WHERE a_year_before) AS nps_a_year_before,
    MAX(nps['n']) FILTER (WHERE a_year_before) AS answers_a_year_before,
    MAX(referral_rate['estimate']) FILTER (WHERE a_year_before) AS referral_rate_a_year_before,
    MAX(referral_rate['n']) FILTER (WHERE a_year_before) AS subscribers_a_year_before
FROM joined
GROUP BY segment
ORDER BY segment
