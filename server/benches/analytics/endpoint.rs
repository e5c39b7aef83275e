//! How fast the endpoint answers, and that its answers are those of the sessions and events themselves.

use std::time::Instant;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::Value;
use tokio_postgres::Client;
use upload_server::postgres::statements;

use super::Effort;
use super::report::{Report, median};
use super::server::Server;
use super::shared::load::Connection;
use super::shared::machine;
use super::shared::postgres::{Postgres, connect};

const ANALYTICS: &str = "/api/mocs/uploads/sessions/analytics";

struct Question {
    name: &'static str,
    wanted: &'static str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    user: Option<&'static str>,
}

/// Asks over HTTP, one request after the other.
pub async fn measure(postgres: &Postgres, url: &str, effort: &Effort, report: &mut Report) {
    let server = Server::start(url, &postgres.folder, true);
    let client = connect(url).await;
    client.batch_execute("set jit = off; set max_parallel_workers_per_gather = 0").await.unwrap();
    let now = Utc::now();
    let day = TimeDelta::days(1);
    let past = (now - day * 30).duration_trunc(day).unwrap() + TimeDelta::minutes(7);
    for question in [
        Question { name: "90 days", wanted: "≤ 25 ms", from: now - day * 90, to: now, user: None },
        Question { name: "the last day", wanted: "≤ 10 ms", from: now - day, to: now, user: None },
        Question {
            name: "a day a month ago, from 7 minutes past",
            wanted: "≤ 10 ms",
            from: past,
            to: past + day,
            user: None,
        },
        Question {
            name: "one user, 90 days",
            wanted: "≤ 100 ms",
            from: now - day * 90,
            to: now,
            user: Some("user-42"),
        },
    ] {
        let path = question.path();
        let raw = question.compare(&client, &server, &path).await;
        let mut connection = Connection::open(&server.address).await;
        let mut times = Vec::new();
        let mut before = 0.0;
        let used = || machine::cpu_seconds(server.id()) + postgres.cpu_seconds();
        for round in 0..=effort.questions {
            if round == 1 {
                before = used();
            }
            let begun = Instant::now();
            let status = connection.ask(server.request("GET", &path, "").as_bytes(), &[]).await;
            assert_eq!(status, 200, "{}", connection.last());
            if round > 0 {
                times.push(begun.elapsed().as_secs_f64());
            }
        }
        let figure = format!(
            "{:.1} ms, of processor time {:.1}; without sums {:.0} ms, the same answer",
            median(&times) * 1e3,
            (used() - before) / effort.questions as f64 * 1e3,
            raw * 1e3
        );
        report.add(format!("the endpoint: {}", question.name), figure, question.wanted);
    }
}

impl Question {
    fn path(&self) -> String {
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        let user = self.user.map_or_else(String::new, |user| format!("&userId={user}"));
        format!("{ANALYTICS}?from={}&to={}{user}", time(self.from), time(self.to))
    }

    /// Compares the answer with that of the sessions and events themselves; how long these took, in seconds.
    async fn compare(&self, client: &Client, server: &Server, path: &str) -> f64 {
        let request = reqwest::Client::new().get(format!("http://{}{path}", server.address));
        let answer = request.bearer_auth(&server.token).send().await.unwrap().error_for_status().unwrap();
        let answer: Value = answer.json().await.unwrap();
        let (from, to) = (Some(self.from), Some(self.to));
        let begun = Instant::now();
        let sessions = client.query_one(statements::ANALYTICS_SESSIONS, &[&from, &to, &self.user]).await.unwrap();
        let total =
            client.query_one(statements::ANALYTICS_TOTAL, &[&from, &to, &self.user, &None::<&str>]).await.unwrap();
        let took = begun.elapsed().as_secs_f64();

        for (name, column) in
            [("Created", "created"), ("Finalized", "finalized"), ("Failed", "failed"), ("Open", "open")]
        {
            assert_eq!(answer["metrics"][format!("sessions{name}")], sessions.get::<_, i64>(column), "{}", self.name);
        }
        for (name, column, within) in [("average", "average", 1e-9), ("p50", "p50", 0.01), ("p95", "p95", 0.01)] {
            let told = answer["metrics"][format!("{name}UploadTimeMs")].as_f64().unwrap();
            let exact: f64 = sessions.get(column);
            assert!((told - exact).abs() <= exact * within, "{}: {column} {told}, exactly {exact}", self.name);
        }
        for (told, exact, fields) in [
            ("failurePoints", "failure_points", [("reason", "reason"), ("step", "step"), ("count", "count")]),
            (
                "series",
                "series",
                [("date", "date"), ("sessionsCreated", "created"), ("sessionsFinalized", "finalized")],
            ),
        ] {
            let list = |list: Value| list.as_array().cloned().unwrap_or_default();
            let (told, exact) = (list(answer[told].clone()), list(sessions.get::<_, Option<Value>>(exact).into()));
            assert_eq!(told.len(), exact.len(), "{}", self.name);
            for ((told, exact), (here, there)) in told.iter().zip(&exact).flat_map(|pair| fields.map(|f| (pair, f))) {
                assert_eq!(told[here], exact[there], "{}: {here}", self.name);
            }
        }
        assert_eq!(answer["events"]["total"], total.get::<_, i64>("total"), "{}", self.name);
        took
    }
}
