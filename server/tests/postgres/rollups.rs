//! Sums of hours and days: right or not there, whoever changes what they sum up.

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use upload_server::{
    analytics::Worker,
    domain::{
        analytics::{Analytics, AnalyticsQuery, EventPage, EventType, Retention},
        ports::{AnalyticsStore, SessionStore, SystemClock},
    },
    postgres::{Check, Period},
};

use crate::support::*;

const SUMS: &str = "select count(*) from upload_session_rollups";

/// A day that is over, with 300 sessions and their events, by hand.
async fn with_history() -> (World, DateTime<Utc>) {
    let world = World::new().await;
    let day = (Utc::now() - TimeDelta::days(10)).duration_trunc(TimeDelta::days(1)).unwrap();
    let sql = "
        insert into upload_sessions (user_id, status, created_at, expires_at, finalized_at, failure_reason, failure_step)
        select 'user-' || n % 7, (array['completed', 'failed', 'completed'])[1 + n % 3], at, at + interval '1 day',
          case when n % 3 <> 1 then at + n * interval '10 seconds' end,
          case when n % 3 = 1 then 'reason-' || n % 5 end, case when n % 3 = 1 then 'file_registered' end
        from generate_series(1, 300) n, lateral (select $1::timestamptz + n * interval '4 minutes' as at) t";
    let client = world.database.client().await;
    client.execute(sql, &[&day]).await.unwrap();
    let sql = "
        insert into upload_session_analytics (session_id, event_type, created_at)
        select id, t, created_at + interval '1 second'
        from upload_sessions, unnest(array['session_created', 'session_finalized']) t";
    client.batch_execute(sql).await.unwrap();
    (world, day)
}

async fn answer(world: &World, query: &AnalyticsQuery) -> Analytics {
    world.database.database.analytics().query(query).await.unwrap()
}

/// The same answer but for the quantiles, which come from buckets once there are sums.
fn without_quantiles(mut answer: Analytics) -> Analytics {
    let (p50, p95) = (&mut answer.metrics.p50_upload_time_ms, &mut answer.metrics.p95_upload_time_ms);
    (*p50, *p95) = (None, None);
    answer
}

fn questions(day: DateTime<Utc>) -> Vec<AnalyticsQuery> {
    let edges = [None, Some(day), Some(day + TimeDelta::minutes(90)), Some(day + TimeDelta::minutes(1234))];
    let mut questions = Vec::new();
    for from in edges {
        for to in edges {
            for event_type in [None, Some(EventType::SessionFinalized)] {
                questions.push(AnalyticsQuery { from, to, event_type, limit: 3, ..AnalyticsQuery::default() });
            }
        }
    }
    questions
}

#[tokio::test]
async fn sums_change_no_answer_but_for_one_percent_of_the_quantiles() {
    let (world, day) = with_history().await;
    let questions = questions(day);
    let mut before = Vec::new();
    for question in &questions {
        before.push(answer(&world, question).await);
    }
    // 300 sessions, one every four minutes, and the day itself.
    assert_eq!(world.database.database.rollups().make(1000).await.unwrap(), 21 + 1);
    for (question, before) in questions.iter().zip(before) {
        let after = answer(&world, question).await;
        for (exact, rolled) in [
            (before.metrics.p50_upload_time_ms, after.metrics.p50_upload_time_ms),
            (before.metrics.p95_upload_time_ms, after.metrics.p95_upload_time_ms),
        ] {
            assert_eq!(exact.is_some(), rolled.is_some());
            let (exact, rolled) = (exact.unwrap_or(1.0), rolled.unwrap_or(1.0));
            assert!((exact - rolled).abs() <= exact * 0.01, "{exact} {rolled}");
        }
        assert_eq!(without_quantiles(after), without_quantiles(before), "{question:?}");
    }
}

#[tokio::test]
async fn whoever_changes_what_was_summed_up_removes_its_sums() {
    let (world, _) = with_history().await;
    let rollups = world.database.database.rollups();
    let client = world.database.client().await;
    let one = "(select id from upload_sessions order by created_at, id limit 1)";
    for change in [
        format!("insert into upload_session_analytics (session_id, event_type, created_at) select id, 'session_failed', created_at + interval '3 hours' from upload_sessions where id = {one}"),
        format!("delete from upload_session_analytics where session_id = {one}"),
        format!("update upload_sessions set created_at = created_at + interval '5 hours' where id = {one}"),
        format!("delete from upload_sessions where id = {one}"),
        "insert into upload_sessions (user_id, created_at, expires_at, status) select user_id, created_at, expires_at, 'failed' from upload_sessions limit 5".to_owned(),
    ] {
        rollups.make(1000).await.unwrap();
        let sums = world.count(SUMS, &[]).await;
        client.batch_execute(&change).await.unwrap();
        let left = world.count(SUMS, &[]).await;
        assert!(0 < left && left < sums, "{left} of {sums}: {change}");
        assert_eq!(rollups.check().await.unwrap().wrong, [], "{change}");
        rollups.make(1000).await.unwrap();
        assert_eq!(rollups.check().await.unwrap().wrong, [], "{change}");
    }
    client.batch_execute("truncate upload_sessions cascade").await.unwrap();
    assert_eq!(world.count(SUMS, &[]).await, 0);
}

#[tokio::test]
async fn times_that_never_come_do_not_keep_others_from_being_summed_up() {
    let (world, _) = with_history().await;
    let sql = "insert into upload_sessions (user_id, created_at, expires_at)
        values ('ada', '-infinity', now()), ('ada', 'infinity', now())";
    world.database.client().await.batch_execute(sql).await.unwrap();
    let rollups = world.database.database.rollups();
    assert_eq!(rollups.make(1000).await.unwrap(), 22);
    assert_eq!(rollups.check().await.unwrap().wrong, []);
}

#[tokio::test]
async fn a_session_that_ends_late_counts_before_and_after_its_event_is_moved() {
    let (world, _) = with_history().await;
    let late = world.session().await;
    world.completed_file(&late, "a").await;
    let client = world.database.client().await;
    let sql = "update upload_sessions set created_at = created_at - interval '9 days' where id = $1";
    client.execute(sql, &[&late.session.0]).await.unwrap();
    let (rollups, outbox) = (world.database.database.rollups(), world.database.database.outbox());
    world.record().await;
    outbox.move_events(100).await.unwrap();
    rollups.make(1000).await.unwrap();
    let query = AnalyticsQuery { limit: 1, ..AnalyticsQuery::default() };
    let metrics = answer(&world, &query).await.metrics;
    assert_eq!((metrics.finalized, metrics.open), (200, 1));
    world.store.finalize_session(&late, world.now).await.unwrap();
    for _ in 0..2 {
        let metrics = answer(&world, &query).await.metrics;
        assert_eq!((metrics.finalized, metrics.open), (201, 0));
        assert_eq!(rollups.check().await.unwrap().wrong, []);
        outbox.move_events(100).await.unwrap();
        rollups.make(1000).await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_sum_is_found_and_rebuilding_mends_it() {
    let (world, day) = with_history().await;
    let rollups = world.database.database.rollups();
    rollups.make(1000).await.unwrap();
    let spoil = "update upload_session_rollups set finalized = finalized + 1 where starts_at = $1";
    world.database.client().await.execute(spoil, &[&day]).await.unwrap();
    let check = rollups.check().await.unwrap();
    assert_eq!((check.compared, check.wrong), (22, vec![Period::Hour(day), Period::Day(day)]));
    assert_eq!(rollups.rebuild().await.unwrap(), 22);
    assert_eq!(rollups.check().await.unwrap().wrong, []);
}

/// Somebody always changes sums beside running servers: who rebuilds waits for them, and does not take it for the end.
#[tokio::test(flavor = "multi_thread")]
async fn rebuilding_beside_those_who_change_sums_makes_all_of_them() {
    let (world, _) = with_history().await;
    let rollups = world.database.database.rollups();
    rollups.make(1000).await.unwrap();
    let change = "begin; select pg_advisory_xact_lock_shared(8462382925460304690)";
    let (first, second) = (world.database.client().await, world.database.client().await);
    first.batch_execute(change).await.unwrap();
    let rebuilding = tokio::spawn({
        let rollups = rollups.clone();
        async move { rollups.rebuild().await }
    });
    let waiting = async |wanted| {
        let sql = "select count(*) from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())";
        while world.count(sql, &[]).await < wanted && !rebuilding.is_finished() {
            breathe().await;
        }
    };
    waiting(1).await;
    // Queued behind the one who rebuilds, so that it changes sums between their removal and their making.
    let changing = async {
        second.batch_execute(change).await.unwrap();
        waiting(1).await;
        second.batch_execute("commit").await.unwrap();
    };
    let go_on = async {
        waiting(2).await;
        first.batch_execute("commit").await.unwrap();
    };
    tokio::join!(changing, go_on);
    assert_eq!(rebuilding.await.unwrap().unwrap(), 22);
    assert_eq!(rollups.check().await.unwrap(), Check { compared: 22, wrong: vec![] });
}

#[tokio::test]
async fn old_events_go_and_the_metrics_of_their_sessions_stay() {
    let (world, day) = with_history().await;
    let (rollups, outbox) = (world.database.database.rollups(), world.database.database.outbox());
    rollups.make(1000).await.unwrap();
    let question = AnalyticsQuery { limit: 500, ..AnalyticsQuery::default() };
    let before = answer(&world, &question).await;
    let noon = day + TimeDelta::hours(12);
    let mut forgotten = 0;
    loop {
        let batch = outbox.forget_events(noon, 70).await.unwrap();
        assert_eq!(rollups.check().await.unwrap().wrong, []);
        if batch == 0 {
            break;
        }
        forgotten += batch;
    }
    let kept: Vec<_> = before.events.items.iter().filter(|event| event.created_at >= noon).cloned().collect();
    assert!(!kept.is_empty() && forgotten > 0);
    assert_eq!(forgotten, before.events.total - kept.len() as i64);
    for made in ["as they are", "again", "by rebuilding"] {
        let after = answer(&world, &question).await;
        let expected = EventPage { items: kept.clone(), total: kept.len() as i64, next: None };
        assert_eq!(after.events, expected, "sums {made}");
        let expected = Analytics { events: after.events.clone(), ..before.clone() };
        assert_eq!(without_quantiles(after), without_quantiles(expected), "sums {made}");
        match made {
            "as they are" => assert!(rollups.make(1000).await.unwrap() > 0),
            _ => assert_eq!(rollups.rebuild().await.unwrap(), 22),
        }
        assert_eq!(rollups.check().await.unwrap(), Check { compared: 22, wrong: vec![] }, "sums {made}");
    }
}

#[tokio::test]
async fn events_are_kept_for_whole_days() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let now = at("2026-03-10T17:45:00Z");
    assert_eq!(Retention { days: None }.ends_at(now), None);
    assert_eq!(Retention { days: Some(1) }.ends_at(now), Some(at("2026-03-09T00:00:00Z")));
    assert_eq!(Retention { days: Some(30) }.ends_at(now), Some(at("2026-02-08T00:00:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_removes_what_is_kept_no_longer_and_nothing_else() {
    let (world, _) = with_history().await;
    let young = world.session().await;
    assert_eq!(world.record().await, 1);
    let retention = Retention { days: Some(3) };
    let worker = Worker::start_with(&world.database.database, Arc::new(SystemClock), retention);
    while world.count("select count(*) from upload_session_analytics", &[]).await > 1 {
        breathe().await;
    }
    worker.stop().await;
    let left = "select count(*) from upload_session_analytics where session_id = $1";
    assert_eq!(world.count(left, &[&young.session.0]).await, 1);
    assert_eq!(answer(&world, &AnalyticsQuery::default()).await.metrics.created, 301);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_recorded_as_expired_keeps_nothing_else_from_being_done() {
    let (world, _) = with_history().await;
    let sql = "insert into upload_sessions (user_id, expires_at) values ('stuck', now());
        create function refuse() returns trigger language plpgsql as $$ begin raise 'stuck'; end $$;
        create trigger refuse before update on upload_sessions
          for each row when (old.user_id = 'stuck') execute function refuse()";
    world.database.client().await.batch_execute(sql).await.unwrap();
    let outbox = world.database.database.outbox();
    outbox.expire_due(Utc::now(), 1).await.unwrap_err();
    world.session().await;
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    while world.database.database.events().depth().0 > 0 || world.count(SUMS, &[]).await < 22 {
        breathe().await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_stay_right_while_many_change_what_they_sum_up() {
    let (world, _) = with_history().await;
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    many(6, |number| {
        let (database, url) = (world.database.another(), world.database.url.clone());
        async move {
            let client = crate::database::connect(&url).await;
            for round in 0..20_i64 {
                database.rollups().make(5 + round).await.unwrap();
                let sql = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
                    select gen_random_uuid(), id, 'session_failed', created_at from upload_sessions
                    order by id limit 10 offset $1";
                client.execute(sql, &[&(round * 10 + number as i64)]).await.unwrap();
                database.outbox().move_events(7).await.unwrap();
                assert_eq!(database.rollups().check().await.unwrap().wrong, []);
            }
        }
    })
    .await;
    worker.stop().await;
    let rollups = world.database.database.rollups();
    while world.database.database.outbox().move_events(1000).await.unwrap() > 0 {}
    while rollups.make(1000).await.unwrap() > 0 {}
    let check = rollups.check().await.unwrap();
    assert_eq!((check.compared, check.wrong), (22, vec![]));
}
