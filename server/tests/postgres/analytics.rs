//! Analytics against an oracle that computes the same from the random data itself.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use upload_server::domain::{
    analytics::{AnalyticsQuery, Cursor, Day, EventType, FailurePoint, Metrics},
    ports::AnalyticsStore,
};
use uuid::Uuid;

use crate::support::*;

#[derive(Clone, Debug)]
struct Sample {
    user: u8,
    created_minute: i64,
    /// Minutes until it was finalized.
    finalized_after: Option<i64>,
    failure: Option<(u8, u8)>,
    events: Vec<(usize, i64)>,
}

#[derive(Clone, Debug)]
struct Question {
    from: Option<i64>,
    to: Option<i64>,
    user: Option<u8>,
    event_type: Option<usize>,
    limit: i64,
}

/// Few moments, around the edges of hours and days: edges of questions often are those of what was planted.
fn moment() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![0, 1, 59, 60, 61, 90, 120, 1439, 1440, 1441, 1500, 2880, 4320, 8999])
}

fn sample() -> impl Strategy<Value = Sample> {
    let fate = prop_oneof![
        Just((None, None)),
        (0..600_i64).prop_map(|after| (Some(after), None)),
        (0..3_u8, 0..3_u8).prop_map(|point| (None, Some(point))),
    ];
    let events = prop::collection::vec((0..5_usize, moment()), 0..4);
    (0..3_u8, moment(), fate, events).prop_map(|(user, created_minute, (finalized_after, failure), events)| Sample {
        user,
        created_minute,
        finalized_after,
        failure,
        events,
    })
}

fn question() -> impl Strategy<Value = Question> {
    let minute = || prop::option::of(moment());
    (minute(), minute(), prop::option::of(0..4_u8), prop::option::of(0..5_usize), 1..7_i64)
        .prop_map(|(from, to, user, event_type, limit)| Question { from, to, user, event_type, limit })
}

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::minutes(minute)
}

fn reason(number: u8) -> String {
    format!("reason-{number}")
}

const STEPS: [&str; 3] = ["session_created", "file_registered", "file_completed"];

struct Planted {
    samples: Vec<Sample>,
    /// User, type, minute and identifier of each event.
    events: Vec<(u8, usize, i64, Uuid)>,
}

async fn plant(client: &tokio_postgres::Client, samples: &[Sample]) -> Planted {
    client.batch_execute("delete from upload_sessions").await.unwrap();
    let mut events = Vec::new();
    for sample in samples {
        let id = Uuid::new_v4();
        let status = match (sample.finalized_after, sample.failure) {
            (Some(_), _) => "completed",
            (None, Some(_)) => "failed",
            (None, None) => "active",
        };
        let created = at(sample.created_minute);
        let finalized = sample.finalized_after.map(|after| at(sample.created_minute + after));
        let failed_for = sample.failure.map(|(number, _)| reason(number));
        let failed_at_step = sample.failure.map(|(_, step)| STEPS[usize::from(step)]);
        let sql = "insert into upload_sessions (id, user_id, status, created_at, expires_at, finalized_at, failure_reason, failure_step)
            values ($1, $2, $3, $4, $4, $5, $6, $7)";
        let user = format!("user-{}", sample.user);
        client.execute(sql, &[&id, &user, &status, &created, &finalized, &failed_for, &failed_at_step]).await.unwrap();
        for (event_type, minute) in &sample.events {
            let event = Uuid::new_v4();
            let sql = "insert into upload_session_analytics (event_id, session_id, event_type, created_at) values ($1, $2, $3, $4)";
            client.execute(sql, &[&event, &id, &EventType::ALL[*event_type].as_str(), &at(*minute)]).await.unwrap();
            events.push((sample.user, *event_type, *minute, event));
        }
    }
    Planted { samples: samples.to_vec(), events }
}

impl Question {
    fn query(&self) -> AnalyticsQuery {
        AnalyticsQuery {
            from: self.from.map(at),
            to: self.to.map(at),
            event_type: self.event_type.map(|number| EventType::ALL[number]),
            user: self.user.map(|number| user(&format!("user-{number}"))),
            limit: self.limit,
            ..AnalyticsQuery::default()
        }
    }

    fn takes(&self, user: u8, minute: i64) -> bool {
        self.from.is_none_or(|from| minute >= from)
            && self.to.is_none_or(|to| minute < to)
            && self.user.is_none_or(|asked| asked == user)
    }

    fn sessions<'a>(&'a self, planted: &'a Planted) -> Vec<&'a Sample> {
        planted.samples.iter().filter(|sample| self.takes(sample.user, sample.created_minute)).collect()
    }

    fn metrics(&self, planted: &Planted) -> Metrics {
        let sessions = self.sessions(planted);
        let mut times: Vec<i64> = sessions.iter().filter_map(|sample| sample.finalized_after).collect();
        times.sort_unstable();
        let created = sessions.len() as i64;
        let finalized = times.len() as i64;
        let failed = sessions.iter().filter(|sample| sample.failure.is_some()).count() as i64;
        let milliseconds = |minutes: i64| minutes as f64 * 60_000.0;
        let quantile =
            |q: f64| times.get(((times.len() as f64 * q).ceil() as usize).max(1) - 1).map(|time| milliseconds(*time));
        Metrics {
            created,
            finalized,
            failed,
            open: created - finalized - failed,
            success_rate: (created > 0).then(|| finalized as f64 / created as f64),
            average_upload_time_ms: (finalized > 0).then(|| milliseconds(times.iter().sum()) / finalized as f64),
            p50_upload_time_ms: quantile(0.5),
            p95_upload_time_ms: quantile(0.95),
        }
    }

    fn failure_points(&self, planted: &Planted) -> Vec<FailurePoint> {
        let mut counts = BTreeMap::<(String, &str), i64>::new();
        for (number, step) in self.sessions(planted).iter().filter_map(|sample| sample.failure) {
            *counts.entry((reason(number), STEPS[usize::from(step)])).or_default() += 1;
        }
        let all: i64 = counts.values().sum();
        let mut points: Vec<FailurePoint> = counts
            .into_iter()
            .map(|((reason, step), count)| FailurePoint {
                reason,
                step: step.to_owned(),
                count,
                share: count as f64 / all as f64,
            })
            .collect();
        points.sort_by_key(|point| std::cmp::Reverse(point.count));
        points
    }

    fn series(&self, planted: &Planted) -> Vec<Day> {
        let mut days = BTreeMap::<NaiveDate, Day>::new();
        for sample in self.sessions(planted) {
            let date = at(sample.created_minute).date_naive();
            let day = days.entry(date).or_insert(Day { date, created: 0, finalized: 0, failed: 0 });
            day.created += 1;
            day.finalized += i64::from(sample.finalized_after.is_some());
            day.failed += i64::from(sample.failure.is_some());
        }
        days.into_values().collect()
    }

    /// Created, finalized and failed sessions, and the events, by a plain statement without any of what makes the service fast.
    async fn ask_sql(&self, client: &tokio_postgres::Client) -> (i64, i64, i64, Vec<Uuid>) {
        let sql = "
            with period as (
              select coalesce($1::timestamptz, '-infinity') as since, coalesce($2::timestamptz, 'infinity') as until
            ),
            wanted as (
              select s.* from upload_sessions s, period
              where s.created_at >= since and s.created_at < until and s.user_id = coalesce($3, s.user_id)
            )
            select count(*), count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'),
              array(
                select e.event_id from upload_session_analytics e join upload_sessions s on s.id = e.session_id, period
                where e.created_at >= since and e.created_at < until and s.user_id = coalesce($3, s.user_id)
                  and e.event_type = coalesce($4, e.event_type)
                order by e.created_at desc, e.event_id desc
              )
            from wanted";
        let query = self.query();
        let (user, event_type) = (query.user.map(|user| user.0), query.event_type.map(EventType::as_str));
        let row = client.query_one(sql, &[&query.from, &query.to, &user, &event_type]).await.unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }

    /// Identifiers of the events, newest first.
    fn events(&self, planted: &Planted) -> Vec<Uuid> {
        let mut events: Vec<(i64, Uuid)> = planted
            .events
            .iter()
            .filter(|(user, event_type, minute, _)| {
                self.takes(*user, *minute) && self.event_type.is_none_or(|asked| asked == *event_type)
            })
            .map(|(_, _, minute, id)| (*minute, *id))
            .collect();
        events.sort_unstable_by(|one, other| other.cmp(one));
        events.into_iter().map(|(_, id)| id).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_the_answer_is_what_the_data_say() {
    let world = World::new().await;
    let client = world.database.client().await;
    let store = world.database.database.analytics();
    let rollups = world.database.database.rollups();
    let handle = tokio::runtime::Handle::current();
    let strategy = (prop::collection::vec(sample(), 0..12), prop::collection::vec(question(), 6), 0..60_i64);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&strategy, |(samples, questions, sums)| {
            let planted = handle.block_on(plant(&client, &samples));
            // Some periods are summed up and some are not.
            handle.block_on(rollups.make(sums)).unwrap();
            prop_assert_eq!(handle.block_on(rollups.check()).unwrap().wrong, vec![]);
            for question in questions {
                let answer = handle.block_on(store.query(&question.query())).unwrap();
                prop_assert_eq!(rounded(answer.metrics), rounded(question.metrics(&planted)), "{:?}", question);
                prop_assert!(near(&answer.metrics, &question.metrics(&planted)), "{:?}", question);
                prop_assert_eq!(answer.failure_points, question.failure_points(&planted), "{:?}", question);
                prop_assert_eq!(answer.series, question.series(&planted), "{:?}", question);
                let expected = question.events(&planted);
                prop_assert_eq!(
                    handle.block_on(question.ask_sql(&client)),
                    (answer.metrics.created, answer.metrics.finalized, answer.metrics.failed, expected.clone()),
                    "in SQL: {:?}",
                    question
                );
                prop_assert_eq!(answer.events.total, expected.len() as i64);
                prop_assert_eq!(
                    &handle.block_on(pages(&store, &question, true)),
                    &expected,
                    "by cursor: {:?}",
                    question
                );
                prop_assert_eq!(
                    &handle.block_on(pages(&store, &question, false)),
                    &expected,
                    "by offset: {:?}",
                    question
                );
            }
            Ok(())
        })
    });
    outcome.unwrap();
}

/// The metrics without the quantiles, which are exact to 1 % only.
fn rounded(metrics: Metrics) -> Metrics {
    Metrics { p50_upload_time_ms: None, p95_upload_time_ms: None, ..metrics }
}

fn near(metrics: &Metrics, expected: &Metrics) -> bool {
    let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 0.01 * other,
        (one, other) => one == other,
    };
    near(metrics.p50_upload_time_ms, expected.p50_upload_time_ms)
        && near(metrics.p95_upload_time_ms, expected.p95_upload_time_ms)
}

/// All events, a page at a time.
async fn pages(store: &impl AnalyticsStore, question: &Question, by_cursor: bool) -> Vec<Uuid> {
    let mut query = question.query();
    let mut all = Vec::new();
    loop {
        let page = store.query(&query).await.unwrap().events;
        all.extend(page.items.iter().map(|event| event.id));
        let Some(next) = page.next else { return all };
        if by_cursor {
            query.after = Some(Cursor { ..next });
        } else {
            query.offset += query.limit;
        }
    }
}

#[tokio::test]
async fn metadata_that_somebody_wrote_by_hand_does_not_break_the_answer() {
    let world = World::new().await;
    let session = world.session().await;
    let client = world.database.client().await;
    let sql = r#"insert into upload_session_analytics (session_id, event_type, metadata)
        values ($1, 'session_created', '{"user_id": 7}'), ($1, 'session_created', '[]'), ($1, 'session_created', null)"#;
    client.execute(sql, &[&session.session.0]).await.unwrap();
    let query = AnalyticsQuery { limit: 10, ..AnalyticsQuery::default() };
    let events = world.database.database.analytics().query(&query).await.unwrap().events;
    assert_eq!((events.total, events.items.len()), (3, 3));
}
