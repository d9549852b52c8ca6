-- Which channels brought the conversions. A row with a channel is a touch; a row that meets the
-- condition is a conversion; a row may be both.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        CAST($channel AS VARCHAR) AS channel,
        coalesce($conversion, false) AS converts,
        CAST($value AS DOUBLE) AS value
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
),

touch AS (
    SELECT customer, time, channel
    FROM event
    WHERE channel IS NOT NULL
),

conversion AS (
    SELECT row_number() OVER () AS conversion, customer, time, value
    FROM event
    WHERE converts
),

-- A touch counts from exactly the lookback before a conversion to the very moment of it. Conversions
-- without one stay, with a channel of NULL.
credited AS (
    SELECT
        conversion.conversion,
        conversion.value,
        touch.channel,
        touch.time
    FROM conversion
    LEFT JOIN touch
        ON touch.customer = conversion.customer
        AND touch.time <= conversion.time
        AND touch.time >= conversion.time - $lookback
),

-- Touches of the same moment are in the order of their names.
placed AS (
    SELECT
        conversion, value, channel, time,
        row_number() OVER (PARTITION BY conversion ORDER BY time, channel) AS place,
        count(*) OVER (PARTITION BY conversion) AS touches,
        max(time) OVER (PARTITION BY conversion) AS latest
    FROM credited
),

-- Counted from the latest touch instead of the conversion, which gives the same shares, and keeps
-- touches that are many half-lives old from all becoming 0.
weighed AS (
    SELECT
        conversion, value, channel, place, touches,
        coalesce(
            power(
                2.0,
                (CAST(time AS BIGINT) - CAST(latest AS BIGINT))
                    / greatest(date_part('epoch', $half_life) * 1000000.0, 1.0)
            ),
            1.0
        ) AS weight
    FROM placed
),

decayed AS (
    SELECT
        value, channel, place, touches,
        weight / sum(weight) OVER (PARTITION BY conversion) AS share
    FROM weighed
),

-- Every model has a share of its own for the same touches.
shared AS (
    SELECT
        model, value, channel,
        CASE model
            WHEN 'first' THEN CASE WHEN place = 1 THEN 1.0 ELSE 0.0 END
            WHEN 'last' THEN CASE WHEN place = touches THEN 1.0 ELSE 0.0 END
            WHEN 'linear' THEN 1.0 / touches
            WHEN 'position_based' THEN CASE
                WHEN touches <= 2 THEN 1.0 / touches
                WHEN place = 1 OR place = touches THEN 0.4
                ELSE 0.2 / (touches - 2)
            END
            WHEN 'time_decay' THEN share
        END AS credit
    FROM (SELECT unnest(make_array($model)) AS model)
    CROSS JOIN decayed
)

SELECT
    model,
    coalesce(channel, $unattributed) AS channel,
    -- Sums of decimals do not depend on the order of the rows.
    CAST(sum(CAST(credit AS DECIMAL(38, 18))) AS DOUBLE) AS conversions,
    CAST(coalesce(sum(CAST(credit * value AS DECIMAL(38, 18))), 0) AS DOUBLE) AS value
FROM shared
WHERE credit > 0
GROUP BY model, coalesce(channel, $unattributed)
