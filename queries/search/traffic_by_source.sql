/*---
title: Traffic by source
description: How many sessions come from organic search, from referrals and from every other source?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a session began}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  by:
    type: identifier
    enum: [everybody, landing, known]
    default: everybody
    description: what to compare; a source's share is that of its segment
grain: [segment, source]
checks:
  - assert: sessions <= sessions_of_segment
  # Organic search sends a tenth fewer sessions than a year before: see search/keyword_positions.
  - assert: source <> 'organic_search' OR sessions >= 0.9 * sessions_a_year_before
    severity: warn
---*/
WITH events AS (
    SELECT
        *,
        -- More than 30 minutes without an event: a new session begins.
        occurred_at > LAG(occurred_at) OVER visitor + INTERVAL '30 minutes' AS opens
    FROM web_events
    WINDOW visitor AS (PARTITION BY visitor_id ORDER BY occurred_at, event_id)
),

numbered AS (
    SELECT *, COUNT(*) FILTER (WHERE opens) OVER visitor AS session
    FROM events
    WINDOW visitor AS (PARTITION BY visitor_id ORDER BY occurred_at, event_id)
),

sessions AS (
    SELECT
        visitor_id,
        MIN(occurred_at) AS started_at,
        -- Of the first event: another referrer within the half hour opens no session of its own.
        CASE FIRST_VALUE(referrer ORDER BY occurred_at, event_id)
            WHEN 'search.example' THEN 'organic_search'
            WHEN 'ads.example' THEN 'paid_search'
            WHEN 'social.example' THEN 'social'
            WHEN 'mail.example' THEN 'email'
            WHEN 'partner.example' THEN 'partner'
            WHEN 'friends.example' THEN 'referral'
            ELSE 'direct'
        END AS source,
        'everybody' AS everybody,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        '/' || FIRST_VALUE(split_part(page, '/', 2) ORDER BY occurred_at, event_id) AS landing
    FROM numbered
    GROUP BY visitor_id, session
),

counted AS (
    SELECT
        $by AS segment,
        source,
        COUNT(*) FILTER (WHERE started_at >= $from AND started_at < $to) AS sessions,
        COUNT(DISTINCT visitor_id) FILTER (WHERE started_at >= $from AND started_at < $to)
            AS visitors,
        COUNT(*) FILTER (WHERE started_at >= $from - ($to - $from) AND started_at < $from)
            AS sessions_previous,
        COUNT(*) FILTER (
            WHERE started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
        ) AS sessions_a_year_before
    FROM sessions
    GROUP BY $by, source
),

totals AS (
    SELECT
        *,
        SUM(sessions) OVER of_segment AS all_sessions,
        SUM(sessions_previous) OVER of_segment AS all_previous,
        SUM(sessions_a_year_before) OVER of_segment AS all_a_year_before
    FROM counted
    WINDOW of_segment AS (PARTITION BY segment)
),

summed AS (
    SELECT
        segment,
        source,
        MAX(visitors) AS visitors,
        MAX(all_sessions) AS all_sessions,
        proportion_ci(sessions, all_sessions) AS share,
        proportion_ci(sessions_previous, all_previous) AS share_previous,
        proportion_ci(sessions_a_year_before, all_a_year_before) AS share_a_year_before
    FROM totals
    WHERE all_sessions > 0
    GROUP BY segment, source
)

SELECT
    segment,
    source,
    share['hits'] AS sessions,
    visitors,
    all_sessions AS sessions_of_segment,
    share['estimate'] AS share,
    share['low'] AS share_low,
    share['high'] AS share_high,
    share_previous['hits'] AS sessions_previous,
    share_previous['estimate'] AS share_previous,
    share_a_year_before['hits'] AS sessions_a_year_before,
    share_a_year_before['estimate'] AS share_a_year_before,
    change_from(share['hits'], share_a_year_before['hits']) AS change_from_a_year_before
FROM summed
ORDER BY segment, source
