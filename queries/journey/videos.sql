/*---
title: Videos and how far they are watched
description: Which videos are watched to the end, and is that more or less than before?
params:
  from: {type: date, default: 2025-07-01, description: first day of a play}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [video_id, length, place]
    default: video_id
    description: what to compare
grain: [segment]
checks:
  - assert: completed <= plays_reported
  # Fewer than one play in ten reaches the end: cut the video shorter, or see in
  # journey/video_retention_curve where the audience leaves.
  - {assert: plays_reported = 0 OR completion_rate_high >= 10, severity: warn}
---*/
WITH plays AS (
    SELECT
        video_id,
        CASE
            WHEN video_seconds <= 90 THEN 'up to 90 seconds'
            WHEN video_seconds <= 300 THEN 'up to 5 minutes'
            ELSE 'over 5 minutes'
        END AS length,
        CASE WHEN visitors.visitor_id IS NULL THEN 'elsewhere' ELSE 'our site' END AS place,
        plays.visitor_id,
        watched_seconds,
        video_seconds,
        watched_seconds >= video_seconds AS completed,
        started_at >= $from AND started_at < $to AS in_period,
        started_at >= $from - ($to - $from) AND started_at < $from AS in_previous,
        started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM video_plays AS plays
    LEFT JOIN (SELECT DISTINCT visitor_id FROM web_events) AS visitors
        ON visitors.visitor_id = plays.visitor_id
),

-- A player that was closed before it reported (NULL) is a play, but in no rate.
summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS plays,
        COUNT(DISTINCT visitor_id) FILTER (WHERE in_period) AS viewers,
        COUNT(watched_seconds) FILTER (WHERE in_period) AS plays_reported,
        COUNT(*) FILTER (WHERE in_period AND completed) AS completed,
        play_through_rate(watched_seconds, video_seconds) FILTER (WHERE in_period)
            AS play_through_rate,
        mean_ci(100.0 * watched_seconds / video_seconds) FILTER (WHERE in_period) AS watched,
        completion_rate_ci(completed) FILTER (WHERE in_period) AS completion,
        play_through_rate(watched_seconds, video_seconds) FILTER (WHERE in_previous)
            AS play_through_rate_previous,
        completion_rate_ci(completed) FILTER (WHERE in_previous) AS completion_previous,
        play_through_rate(watched_seconds, video_seconds) FILTER (WHERE a_year_before)
            AS play_through_rate_a_year_before,
        completion_rate_ci(completed) FILTER (WHERE a_year_before) AS completion_a_year_before
    FROM plays
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    plays,
    viewers,
    plays_reported,
    play_through_rate,
    watched['low'] AS play_through_rate_low,
    watched['high'] AS play_through_rate_high,
    completed,
    completion['estimate'] AS completion_rate,
    completion['low'] AS completion_rate_low,
    completion['high'] AS completion_rate_high,
    play_through_rate_previous,
    completion_previous['estimate'] AS completion_rate_previous,
    completion_previous['n'] AS plays_reported_previous,
    play_through_rate_a_year_before,
    completion_a_year_before['estimate'] AS completion_rate_a_year_before,
    completion_a_year_before['n'] AS plays_reported_a_year_before
FROM summed
ORDER BY segment
