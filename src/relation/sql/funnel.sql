-- How many customers take each step of a funnel, and how long it takes them.
WITH chain AS (
    SELECT
        $customer AS customer,
        CASE $attribution
            WHEN 'last' THEN first_value($by ORDER BY $by IS NULL, $time DESC, $by)
            ELSE first_value($by ORDER BY $by IS NULL, $time, $by)
        END AS segment,
        funnel_steps(
            $window, $time, $exclude, $steps, concat('exclude_first, ', $mode), $optional, $step_windows
        ) AS chain
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

-- Each step, and the last one before it that may not be skipped.
place AS (
    SELECT
        step,
        max(CASE WHEN NOT array_has(string_to_array($optional, ','), CAST(step AS VARCHAR)) THEN step END)
            OVER (ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM (SELECT unnest(generate_series(1, $count)) AS step)
),

-- A step that was skipped took no time, nor did one that was not reached.
step AS (
    SELECT
        segment,
        step,
        level >= coalesce(before, 1) AS took_before,
        CASE WHEN step > 1 THEN durations[step - 1] END AS seconds
    FROM place
    CROSS JOIN entered
),

counted AS (
    SELECT
        segment,
        step,
        proportion_ci(step = 1 OR seconds IS NOT NULL) AS overall,
        proportion_ci(step = 1 OR seconds IS NOT NULL) FILTER (WHERE took_before) AS of_step_before,
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
