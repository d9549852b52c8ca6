-- Calendar clock, mode 'bracket': of those whose first event lies in a calendar period, how many came
-- in any of the periods from one bound to before the next, counted from it.
-- Calendar periods are whole numbers from here on.
bucketed AS (
    SELECT
        segment,
        customer,
        time,
        calendar_period(time) AS bucket
    FROM event
),

-- The brackets; the last bound only ends one. The caller's bounds rise.
slot AS (
    SELECT start, until
    FROM (
        SELECT start, lead(start) OVER (ORDER BY start) AS until
        FROM (SELECT CAST(unnest($brackets) AS BIGINT) AS start)
    )
    WHERE until IS NOT NULL
),

-- 32 periods are bits of one number, so that the events collapse at once into one or a few rows per
-- customer. Only 32, so that the masks below cannot overflow.
word AS (
    SELECT
        segment,
        customer,
        bucket >> 5 AS word,
        bit_or(1 << (bucket & 31)) AS bits,
        min(bucket) AS first,
        max(time) AS last
    FROM bucketed
    GROUP BY segment, customer, bucket >> 5
),

customer AS (
    SELECT
        segment,
        customer,
        min(first) AS cohort,
        max(last) AS last,
        array_agg(word) AS words,
        array_agg(bits) AS bits
    FROM word
    GROUP BY segment, customer
),

spread AS (
    SELECT
        segment, customer, cohort, last, bits, start, until,
        greatest(cohort + start - (word << 5), 0) AS low,
        least(cohort + until - (word << 5), 32) AS high
    FROM slot
    CROSS JOIN (
        SELECT segment, customer, cohort, last, unnest(words) AS word, unnest(bits) AS bits
        FROM customer
    )
),

-- A bracket may reach over several words: whoever was there in any of them is counted once.
hit AS (
    SELECT
        segment, cohort, start, until, last,
        active
    FROM (
        SELECT
            segment, customer, cohort, start, until,
            max(last) AS last,
            bool_or(low < high AND (bits & (((1 << (high - low)) - 1) << low)) <> 0) AS active
        FROM spread
        GROUP BY segment, customer, cohort, start, until
    )
),

active AS (
    SELECT
        segment, cohort, start, until,
        count(*) AS cohort_size,
        count(*) FILTER (WHERE active) AS customers,
        max(last) AS last
    FROM hit
    GROUP BY segment, cohort, start, until
),

moment AS (
    SELECT
        segment, cohort, start, until, cohort_size, customers,
        moment_after(max(last) OVER ()) AS as_of
    FROM active
),

elapsed AS (
    SELECT
        segment, cohort, start, until, cohort_size, customers,
        calendar_period(as_of) - cohort AS complete
    FROM moment
),

cell AS (
    SELECT
        segment,
        cohort,
        start AS period,
        until,
        CASE WHEN until <= complete THEN cohort_size ELSE 0 END AS eligible,
        CASE WHEN until <= complete THEN customers ELSE 0 END AS retained,
        cohort_size
    FROM elapsed
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM cell
    GROUP BY segment, cohort, period, until, eligible, retained, cohort_size
)

SELECT
    segment,
    calendar_start(cohort) AS cohort,
    period,
    until,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
