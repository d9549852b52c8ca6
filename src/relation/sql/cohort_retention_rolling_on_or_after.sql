-- Rolling clock, mode 'on_or_after': how many came in the k-th period counted from their own first
-- event, or later.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        first_value($by) OVER (PARTITION BY $customer ORDER BY $time, $by NULLS LAST) AS segment
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND is_before_as_of($time)
),

-- The first and the latest event of a customer say it all.
customer AS (
    SELECT
        segment,
        customer,
        min(time) AS first,
        max(time) AS latest
    FROM event
    GROUP BY segment, customer
),

-- The last moment that is known: a period that begins after it has not begun.
moment AS (
    SELECT
        segment, first, latest,
        moment_after(max(latest) OVER ()) - INTERVAL '1 microsecond' AS known
    FROM customer
),

dated AS (
    SELECT
        segment, first, latest, known,
        month_number(first) AS first_month,
        month_offset(first) AS first_offset
    FROM moment
),

-- The latest period in which the customer came, and the latest one that had begun.
placed AS (
    SELECT
        segment,
        calendar_start(calendar_period(first)) AS cohort,
        periods_since_first(latest) AS reached,
        periods_since_first(known) AS begun
    FROM dated
),

reach AS (
    SELECT
        segment,
        cohort,
        least(reached, $periods) AS reached,
        least(begun, $periods) AS begun,
        count(*) AS customers
    FROM placed
    GROUP BY segment, cohort, least(reached, $periods), least(begun, $periods)
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
        FROM reach
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
