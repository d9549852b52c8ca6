//! The committed lake: what the generator writes, whole, and with its promises kept.

use std::path::{Path, PathBuf};

use anyhow::Result;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;

use super::check;

const TABLES: [&str; 15] = [
    "campaigns.parquet",
    "customer_goals.parquet",
    "customers.parquet",
    "email_sends.parquet",
    "loyalty_members.parquet",
    "order_lines.parquet",
    "orders/",
    "referrals.parquet",
    "search_positions.parquet",
    "social_posts.parquet",
    "subscriptions/",
    "support_tickets.parquet",
    "survey_responses/",
    "video_plays.parquet",
    "web_events/",
];

fn lake() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo")
}

async fn open() -> Result<SessionContext> {
    let session = SessionContext::new();
    for table in TABLES {
        let name = table.trim_end_matches(".parquet").trim_end_matches('/');
        let location = lake().join(table);
        let sql = format!(
            "CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION '{}'",
            location.display()
        );
        session.sql(&sql).await?;
    }
    Ok(session)
}

/// Fails with the rows that the query finds.
async fn assert_no_rows(promise: &str, sql: &str) -> Result<()> {
    let found = open().await?.sql(sql).await?.collect().await?;
    let rows: usize = found.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 0, "{promise}:\n{}", pretty_format_batches(&found)?);
    Ok(())
}

/// Of `table.column`: every value that is not NULL is one of `of`.
async fn assert_exists(table: &str, column: &str, of: &str) -> Result<()> {
    let (other, key) = of.split_once('.').unwrap();
    let promise = format!("every {table}.{column} exists in {of}");
    let sql = format!(
        "SELECT {column} FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {other}) LIMIT 5"
    );
    assert_no_rows(&promise, &sql).await
}

/// Another process wrote the committed files, so this also shows that two generations are equal.
#[test]
fn committed_files_are_what_the_generator_writes() -> Result<()> {
    check(&lake())
}

#[tokio::test]
async fn orders_are_the_sum_of_their_lines() -> Result<()> {
    assert_no_rows(
        "amounts and lines agree",
        "SELECT order_id, amount, lines
         FROM orders FULL JOIN (
             SELECT order_id, sum(quantity * unit_price) AS lines FROM order_lines GROUP BY order_id
         ) USING (order_id)
         WHERE amount IS DISTINCT FROM lines LIMIT 5",
    )
    .await
}

#[tokio::test]
async fn every_id_exists() -> Result<()> {
    for table in [
        "subscriptions",
        "orders",
        "survey_responses",
        "web_events",
        "email_sends",
        "loyalty_members",
        "support_tickets",
        "customer_goals",
    ] {
        assert_exists(table, "customer_id", "customers.customer_id").await?;
    }
    for column in ["referrer_customer_id", "referred_customer_id"] {
        assert_exists("referrals", column, "customers.customer_id").await?;
    }
    for table in ["orders", "email_sends", "social_posts"] {
        assert_exists(table, "campaign_id", "campaigns.campaign_id").await?;
    }
    Ok(())
}

#[tokio::test]
async fn ids_are_unique() -> Result<()> {
    for (table, key) in [
        ("customers", "customer_id"),
        ("subscriptions", "month, customer_id"),
        ("orders", "order_id"),
        ("order_lines", "order_id, line_number"),
        ("survey_responses", "response_id"),
        ("web_events", "event_id"),
        ("email_sends", "send_id"),
        ("campaigns", "campaign_id"),
        ("loyalty_members", "customer_id"),
        ("support_tickets", "ticket_id"),
        ("referrals", "referral_id"),
        ("social_posts", "post_id"),
        ("video_plays", "play_id"),
        ("search_positions", "month, keyword"),
    ] {
        let sql = format!("SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1 LIMIT 5");
        assert_no_rows(&format!("{table} has one row per {key}"), &sql).await?;
    }
    Ok(())
}

#[tokio::test]
async fn time_runs_forward() -> Result<()> {
    for (promise, sql) in [
        (
            "nobody orders before signing up",
            "SELECT * FROM orders JOIN customers USING (customer_id)
             WHERE ordered_at::date < signed_up_on LIMIT 5",
        ),
        (
            "nobody is recognised before signing up",
            "SELECT * FROM web_events JOIN customers USING (customer_id)
             WHERE occurred_at::date < signed_up_on LIMIT 5",
        ),
        (
            "a referral comes before the sign-up",
            "SELECT * FROM referrals JOIN customers ON customer_id = referred_customer_id
             WHERE referred_at::date >= signed_up_on LIMIT 5",
        ),
        (
            "mails are sent, opened, clicked",
            "SELECT * FROM email_sends WHERE opened_at < sent_at OR clicked_at < opened_at
             OR clicked_at IS NOT NULL AND opened_at IS NULL LIMIT 5",
        ),
        (
            "no mail follows an unsubscription",
            "SELECT * FROM email_sends AS gone JOIN email_sends AS later USING (customer_id)
             WHERE gone.unsubscribed AND later.sent_at > gone.sent_at LIMIT 5",
        ),
        (
            "a purchase on the web is an order",
            "SELECT * FROM web_events LEFT ANTI JOIN orders
             ON web_events.customer_id = orders.customer_id AND occurred_at = ordered_at
             WHERE event_type = 'purchase' LIMIT 5",
        ),
    ] {
        assert_no_rows(promise, sql).await?;
    }
    Ok(())
}

#[tokio::test]
async fn rows_arrive_late_and_never_early() -> Result<()> {
    assert_no_rows(
        "some events of the two last days of a month stand in the next month, and no others",
        "WITH events AS (
             SELECT to_char(occurred_at, '%Y-%m') AS happened, month AS arrived,
                    to_char(occurred_at + INTERVAL '2 days', '%Y-%m') AS latest
             FROM web_events
         )
         SELECT 'wrong partition' FROM events WHERE arrived <> happened AND arrived <> latest
         UNION ALL
         SELECT 'nothing is late' FROM events
         HAVING count(*) FILTER (WHERE arrived <> happened) NOT BETWEEN 200 AND 600",
    )
    .await?;
    assert_no_rows(
        "some orders of 2024-12-30 and 31 stand in 2025, and no others",
        "SELECT 'wrong partition' FROM orders
         WHERE to_char(ordered_at, '%Y') <> year
         AND ordered_at::date NOT IN ('2024-12-30'::date, '2024-12-31'::date)
         UNION ALL
         SELECT 'nothing is late' FROM orders
         HAVING count(*) FILTER (WHERE to_char(ordered_at, '%Y') <> year) NOT BETWEEN 10 AND 80",
    )
    .await
}
