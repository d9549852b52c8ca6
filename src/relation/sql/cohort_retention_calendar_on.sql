-- Calendar clock, mode 'on': of those whose first event lies in a calendar period, how many came in
-- the k-th calendar period after it.
-- Calendar periods are whole numbers from here on.
bucketed AS (
    SELECT
        segment,
        customer,
        time,
        calendar_period(time) AS bucket
    FROM event
),

-- 64 periods are the bits of one number, so that the events collapse at once into one or a few rows
-- per customer: neither a second scan for the first event, nor a sort, nor a join. A shift to the
-- right rounds down, before 1970 too.
word AS (
    SELECT
        segment,
        customer,
        bucket >> 6 AS word,
        bit_or(1 << (bucket & 63)) AS bits,
        min(bucket) AS first,
        max(time) AS last
    FROM bucketed
    GROUP BY segment, customer, bucket >> 6
),

customer AS (
    SELECT
        segment,
        min(first) AS cohort,
        max(last) AS last,
        array_agg(word) AS words,
        array_agg(bits) AS bits
    FROM word
    GROUP BY segment, customer
),

-- Customers of one cohort with the same pattern are one row.
pattern AS (
    SELECT segment, cohort, word, bits, count(*) AS customers, max(last) AS last
    FROM (SELECT segment, cohort, last, unnest(words) AS word, unnest(bits) AS bits FROM customer)
    WHERE word <= (cohort + $periods) >> 6
    GROUP BY segment, cohort, word, bits
),

active AS (
    SELECT
        segment,
        cohort,
        bucket - cohort AS period,
        sum(customers) AS customers,
        max(last) AS last
    FROM (
        SELECT
            segment, cohort, bits, customers, last,
            unnest(generate_series(
                greatest(cohort, word << 6), least(cohort + $periods, (word << 6) + 63)
            )) AS bucket
        FROM pattern
    )
    WHERE (bits >> (bucket & 63)) & 1 = 1
    GROUP BY segment, cohort, bucket - cohort
),

moment AS (
    SELECT
        segment, cohort, period, customers,
        moment_after(max(last) OVER ()) AS as_of
    FROM active
),

-- How many periods of the cohort were over by then.
elapsed AS (
    SELECT
        segment, cohort, period, customers,
        calendar_period(as_of) - cohort AS complete
    FROM moment
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
    calendar_start(cohort) AS cohort,
    period,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
