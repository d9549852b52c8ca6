-- Rolling clock, mode 'bracket': how many came in any of the periods from one bound to before the
-- next, counted from their own first event.
-- The brackets; the last bound only ends one. The caller's bounds rise.
slot AS (
    SELECT start, until
    FROM (
        SELECT start, lead(start) OVER (ORDER BY start) AS until
        FROM (SELECT CAST(unnest($brackets) AS BIGINT) AS start)
    )
    WHERE until IS NOT NULL
),

-- 32 periods are bits of one number, so that the masks below cannot overflow. No filter here: every
-- customer keeps the row of the first event, and so is counted in the cohort.
word AS (
    SELECT
        segment,
        customer,
        min(cohort) AS cohort,
        min(complete) AS complete,
        period >> 5 AS word,
        bit_or(1 << (period & 31)) AS bits
    FROM placed
    GROUP BY segment, customer, period >> 5
),

spread AS (
    SELECT
        segment, customer, cohort, complete, bits, start, until,
        greatest(start - (word << 5), 0) AS low,
        least(until - (word << 5), 32) AS high
    FROM slot
    CROSS JOIN word
),

-- A bracket may reach over several words: whoever was there in any of them is counted once.
hit AS (
    SELECT
        segment, cohort, start, until,
        min(complete) AS complete,
        bool_or(low < high AND (bits & (((1 << (high - low)) - 1) << low)) <> 0) AS active
    FROM spread
    GROUP BY segment, customer, cohort, start, until
),

cell AS (
    SELECT
        segment,
        cohort,
        start AS period,
        until,
        count(*) FILTER (WHERE until <= complete) AS eligible,
        count(*) FILTER (WHERE until <= complete AND active) AS retained,
        count(*) AS cohort_size
    FROM hit
    GROUP BY segment, cohort, start, until
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM cell
    GROUP BY segment, cohort, period, until, eligible, retained, cohort_size
)

SELECT
    segment,
    cohort,
    period,
    until,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
