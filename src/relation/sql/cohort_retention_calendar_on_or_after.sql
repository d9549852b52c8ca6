-- Calendar clock, mode 'on_or_after': of those whose first event lies in a calendar period, how many
-- came in the k-th calendar period after it, or later.
-- The first and the latest event of a customer say it all.
customer AS (
    SELECT segment, min(time) AS first, max(time) AS latest
    FROM event
    GROUP BY segment, customer
),

-- Calendar periods are whole numbers from here on.
span AS (
    SELECT
        segment,
        calendar_period(first) AS cohort,
        calendar_period(latest) AS until,
        latest
    FROM customer
),

reach AS (
    SELECT
        segment,
        cohort,
        least(until - cohort, $periods) AS reached,
        count(*) AS customers,
        max(latest) AS latest
    FROM span
    GROUP BY segment, cohort, least(until - cohort, $periods)
),

moment AS (
    SELECT
        segment, cohort, reached, customers,
        moment_after(max(latest) OVER ()) AS as_of
    FROM reach
),

-- The latest period of the cohort that had begun before then: of one that only begins then, no time
-- has passed.
elapsed AS (
    SELECT
        segment, cohort, reached, customers,
        calendar_period(as_of - INTERVAL '1 microsecond') - cohort AS begun
    FROM moment
),

cell AS (
    SELECT
        segment,
        cohort,
        cell AS period,
        coalesce(sum(customers) FILTER (WHERE cell <= begun), 0) AS eligible,
        coalesce(sum(customers) FILTER (WHERE cell <= begun AND cell <= reached), 0) AS retained,
        sum(customers) AS cohort_size
    FROM (
        SELECT
            segment, cohort, reached, customers, begun,
            unnest(generate_series(0, $periods)) AS cell
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
