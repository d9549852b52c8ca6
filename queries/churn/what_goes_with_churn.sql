/*---
title: What goes with churn
description: Which characteristics of a subscriber go together with leaving, beyond chance?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
checks:
  # Where fewer than 5 are expected, the p-value is not to be trusted.
  - assert: smallest_expected >= 5
    severity: warn
---*/
WITH subscribers AS (
    SELECT customer_id, plan, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

followed_up AS (
    SELECT
        before.customer_id,
        before.plan,
        after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
    WHERE before.month >= $from - INTERVAL '1 month' AND before.month < $to - INTERVAL '1 month'
),

described AS (
    SELECT plan, churned, segment, country, channel, account_manager
    FROM followed_up
    JOIN customers USING (customer_id)
),

tested AS (
    SELECT 'plan' AS characteristic, chi_squared(plan, churned) AS test FROM described
    UNION ALL
    SELECT 'segment', chi_squared(segment, churned) FROM described
    UNION ALL
    SELECT 'country', chi_squared(country, churned) FROM described
    UNION ALL
    SELECT 'channel', chi_squared(channel, churned) FROM described
    UNION ALL
    SELECT 'account_manager', chi_squared(account_manager, churned) FROM described
)

SELECT
    characteristic,
    test['cramers_v'] AS strength,
    test['p_value'] AS p_value,
    test['statistic'] AS chi_squared,
    test['df'] AS degrees_of_freedom,
    test['smallest_expected'] AS smallest_expected,
    test['n'] AS customer_months
FROM tested
ORDER BY strength DESC, characteristic
