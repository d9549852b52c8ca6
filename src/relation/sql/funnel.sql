-- How many customers take each step of a funnel, and how long it takes them.
WITH chain AS (
    SELECT
        $customer AS customer,
        CASE $attribution
            WHEN 'last' THEN first_value($by ORDER BY $by IS NULL, $time DESC, $by)
            ELSE first_value($by ORDER BY $by IS NULL, $time, $by)
        END AS segment,
        funnel_steps($window, $time, $exclude, $steps, concat('exclude_first, ', $mode)) AS chain
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
    GROUP BY $customer
),

-- Whoever has not taken the first step is not in the funnel.
entered AS (
    SELECT segment, chain['level'] AS level, chain['durations'] AS durations
    FROM chain
    WHERE chain['level'] > 0
),

-- Whoever came to a step also came to every step before it.
step AS (
    SELECT
        segment,
        step,
        level,
        CASE WHEN level >= step AND step > 1 THEN durations[step - 1] END AS seconds
    FROM (SELECT unnest(generate_series(1, $count)) AS step)
    CROSS JOIN entered
),

counted AS (
    SELECT
        segment,
        step,
        proportion_ci(level >= step) AS overall,
        proportion_ci(level >= step) FILTER (WHERE level >= step - 1) AS of_step_before,
        array_sort(array_agg(seconds) FILTER (WHERE seconds IS NOT NULL)) AS seconds,
        (count(seconds) - 1) * 0.5 AS middle,
        (count(seconds) - 1) * 0.9 AS ninth_tenth
    FROM step
    GROUP BY segment, step
)

SELECT
    segment,
    step,
    CAST($names[step] AS VARCHAR) AS name,
    overall['hits'] AS customers,
    of_step_before['estimate'] AS step_rate,
    of_step_before['low'] AS step_rate_low,
    of_step_before['high'] AS step_rate_high,
    overall['estimate'] AS overall_rate,
    overall['low'] AS overall_rate_low,
    overall['high'] AS overall_rate_high,
    -- Between two of them in proportion, as medians are.
    seconds[CAST(floor(middle) AS BIGINT) + 1]
        + (middle - floor(middle))
            * (seconds[CAST(ceil(middle) AS BIGINT) + 1] - seconds[CAST(floor(middle) AS BIGINT) + 1]) AS median_seconds,
    seconds[CAST(floor(ninth_tenth) AS BIGINT) + 1]
        + (ninth_tenth - floor(ninth_tenth))
            * (seconds[CAST(ceil(ninth_tenth) AS BIGINT) + 1] - seconds[CAST(floor(ninth_tenth) AS BIGINT) + 1]) AS p90_seconds
FROM counted
