/*---
title: Survival of subscriptions
description: How long does a subscription live, those counted that have not ended yet?
params:
  # Who signed up earlier is in the lake only if he stayed.
  from: {type: date, default: 2024-01-01, min: 2024-01-01, description: first month of a start}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: channel
    description: what to compare
checks:
  - assert: ended <= at_risk
  - assert: survival_low <= survival AND survival <= survival_high
  # Half of the subscriptions end within a year: do not pay more for such a customer than a year
  # brings.
  - {assert: median_months IS NULL OR median_months > 12, severity: warn}
---*/
WITH subscribers AS (
    SELECT
        customer_id,
        CAST(month || '-01' AS DATE) AS month,
        MIN(CAST(month || '-01' AS DATE)) OVER (PARTITION BY customer_id) AS first_month
    FROM subscriptions
),

-- Months from the first on, as one number, so that a gap shows: the first life ends there, and
-- who comes back does not lengthen it.
numbered AS (
    SELECT
        customer_id,
        first_month,
        12 * (date_part('year', month) - date_part('year', first_month))
            + date_part('month', month) - date_part('month', first_month) + 1 AS month_number,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY month) AS present
    FROM subscribers
),

followed AS (
    SELECT
        customer_id,
        MAX(month_number) AS months,
        MIN(first_month) + CAST(MAX(month_number) || ' months' AS INTERVAL) < '2026-01-01' AS ended
    FROM numbered
    JOIN customers USING (customer_id)
    WHERE month_number = present
        AND first_month >= $from AND first_month < $to
        AND signed_up_on >= '2024-01-01'
    GROUP BY customer_id
),

-- Whether a subscription of the last month of the lake goes on after it is not known, so that is
-- not a month it got through.
lives AS (
    SELECT
        customer_id,
        CAST(CASE WHEN ended THEN months ELSE months - 1 END AS BIGINT) AS months,
        ended
    FROM followed
),

counted AS (
    SELECT
        $by AS segment,
        months,
        COUNT(*) AS seen_last,
        COUNT(*) FILTER (WHERE ended) AS ended
    FROM lives
    JOIN customers USING (customer_id)
    GROUP BY $by, months
),

at_risk AS (
    SELECT
        segment,
        months,
        SUM(seen_last) OVER (PARTITION BY segment ORDER BY months DESC) AS at_risk,
        ended
    FROM counted
),

-- Kaplan and Meier: the product of the shares that got through each month, and the sum of
-- Greenwood's formula for its variance.
survival AS (
    SELECT
        segment,
        months,
        at_risk,
        ended,
        EXP(SUM(LN(1 - CAST(ended AS DOUBLE) / at_risk)) OVER so_far) AS survival,
        SUM(CAST(ended AS DOUBLE) / at_risk / NULLIF(at_risk - ended, 0)) OVER so_far AS greenwood
    FROM at_risk
    WINDOW so_far AS (PARTITION BY segment ORDER BY months)
),

-- The interval is taken on the scale of log(-log), on which it stays within 0 and 1.
spread AS (
    SELECT
        *,
        EXP(1.959963984540054 * SQRT(greenwood) / ABS(LN(NULLIF(NULLIF(survival, 0), 1)))) AS spread
    FROM survival
)

SELECT
    segment,
    months,
    at_risk,
    ended,
    at_risk - ended - COALESCE(LEAD(at_risk) OVER (PARTITION BY segment ORDER BY months), 0)
        AS seen_no_longer,
    100 * survival AS survival,
    COALESCE(100 * POWER(survival, spread), 100 * survival) AS survival_low,
    COALESCE(100 * POWER(survival, 1 / spread), 100 * survival) AS survival_high,
    MIN(months) FILTER (WHERE survival <= 0.5) OVER (PARTITION BY segment) AS median_months
FROM spread
WHERE months > 0
ORDER BY segment, months
