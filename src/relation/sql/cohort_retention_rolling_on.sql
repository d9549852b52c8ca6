-- Rolling clock, mode 'on': how many came in the k-th period counted from their own first event.
-- 64 periods are the bits of one number: one or a few rows per customer.
word AS (
    SELECT
        segment,
        min(cohort) AS cohort,
        least(min(complete), $periods + 1) AS complete,
        period >> 6 AS word,
        bit_or(1 << (period & 63)) AS bits
    FROM placed
    WHERE period <= $periods
    GROUP BY segment, customer, period >> 6
),

-- Customers of one cohort with the same pattern are one row.
pattern AS (
    SELECT segment, cohort, complete, word, bits, count(*) AS customers
    FROM word
    GROUP BY segment, cohort, complete, word, bits
),

elapsed AS (
    SELECT segment, cohort, complete, period, sum(customers) AS customers
    FROM (
        SELECT
            segment, cohort, complete, bits, customers,
            unnest(generate_series(word << 6, least($periods, (word << 6) + 63))) AS period
        FROM pattern
    )
    WHERE (bits >> (period & 63)) & 1 = 1
    GROUP BY segment, cohort, complete, period
),

-- Everybody is active in period 0, so its row is the cohort, and opens every cell of it.
cell AS (
    SELECT
        segment,
        cohort,
        cell AS period,
        coalesce(sum(customers) FILTER (WHERE period = 0 AND cell < complete), 0) AS eligible,
        coalesce(sum(customers) FILTER (WHERE period = cell AND cell < complete), 0) AS retained,
        sum(customers) FILTER (WHERE period = 0) AS cohort_size
    FROM (
        SELECT
            segment, cohort, period, customers, complete,
            unnest(generate_series(period, CASE WHEN period = 0 THEN $periods ELSE period END))
                AS cell
        FROM elapsed
    )
    GROUP BY segment, cohort, cell
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM cell
    GROUP BY segment, cohort, period, eligible, retained, cohort_size
)

SELECT
    segment,
    cohort,
    period,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
