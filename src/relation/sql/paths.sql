-- The commonest ways that customers take: one path per customer, its first n steps, or n steps from,
-- or up to, the first time that something happens.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        CAST($event AS VARCHAR) AS event
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL AND $event IS NOT NULL
),

-- Events of the same moment are in the order of their names.
marked AS (
    SELECT
        customer, time, event,
        lag(event) OVER (PARTITION BY customer ORDER BY time, event) AS previous
    FROM event
),

-- The same event over and over is one step.
step AS (
    SELECT
        customer, event,
        row_number() OVER (PARTITION BY customer ORDER BY time, event) AS step
    FROM marked
    WHERE NOT $collapse OR previous IS NULL OR event <> previous
),

-- Where the path begins or ends; customers to whom that never happened have none.
anchored AS (
    SELECT
        customer, event, step,
        min(CASE
            WHEN $from IS NOT NULL THEN CASE WHEN event = $from THEN step END
            WHEN $to IS NOT NULL THEN CASE WHEN event = $to THEN step END
            ELSE 1
        END) OVER (PARTITION BY customer) AS anchor
    FROM step
),

path AS (
    SELECT customer, array_agg(event ORDER BY step) AS steps
    FROM anchored
    WHERE CASE
        WHEN $from IS NULL AND $to IS NOT NULL THEN step <= anchor AND step > anchor - $length
        ELSE step >= anchor AND step < anchor + $length
    END
    GROUP BY customer
),

counted AS (
    SELECT steps, count(*) AS customers
    FROM path
    GROUP BY steps
)

SELECT
    array_to_string(steps, ' > ') AS path,
    array_length(steps) AS steps,
    customers,
    -- Of all customers who have a path, those of paths that are not shown included.
    100.0 * customers / sum(customers) OVER () AS share
FROM counted
ORDER BY customers DESC, path
LIMIT $top
