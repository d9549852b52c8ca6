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

-- Everybody has an event, so HAVING keeps all of them; it says to the engine that they are fewer than
-- the events, so that it keeps these in memory and not those.
converted AS (
    SELECT customer
    FROM event
    WHERE converts
    GROUP BY customer
    HAVING count(*) > 0
),

-- What customers did who never converted is of no use. A conversion stays whoever made it, so that
-- credits add up even where the input is not the same when it is read again.
journey AS (
    SELECT event.*
    FROM converted
    RIGHT JOIN event ON event.customer = converted.customer
    WHERE converts OR (channel IS NOT NULL AND converted.customer IS NOT NULL)
),

-- A touch counts from exactly the lookback before a conversion to the very moment of it. Touches of
-- the same moment are in the order of their names. Conversions without a touch are credited to
-- themselves, and have no channel.
credited AS (
    SELECT
        coalesce(channel, $unattributed) AS credited_to,
        touch_credits(
            time,
            CASE WHEN converts THEN time - $lookback END,
            channel IS NOT NULL,
            converts,
            value,
            $half_life,
            array_to_string(make_array($model), ',')
        ) OVER (PARTITION BY customer ORDER BY time, channel) AS credits
    FROM journey
),

credit AS (
    SELECT credited_to, unnest(credits) AS credit
    FROM credited
)

SELECT
    credit['model'] AS model,
    credited_to AS channel,
    -- Sums of decimals do not depend on the order of the rows.
    CAST(sum(CAST(credit['conversions'] AS DECIMAL(38, 18))) AS DOUBLE) AS conversions,
    CAST(sum(CAST(credit['value'] AS DECIMAL(38, 18))) AS DOUBLE) AS value
FROM credit
GROUP BY credit['model'], credited_to
