//! The statements of the service by tokio-postgres alone: no HTTP, no pool, no store; what the database itself allows.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use upload_server::postgres::{SMALL_STEPS, statements};
use uuid::Uuid;

use super::database::SIZE;
use super::requests::{Question, USER};
use super::shared::CONNECTIONS;

/// The extension rule as the service has it by default, in minutes and hours.
const DUE_MINUTES: i64 = 10;
const LIFE_MINUTES: i64 = 30;
const LONGEST_LIFE_HOURS: i64 = 24;

/// A connection with one statement prepared.
pub struct Bare {
    client: Client,
    statement: Statement,
}

impl Bare {
    /// As many connections as the service has, each with the statement of the question.
    pub async fn connect(url: &str, question: Question) -> Vec<Self> {
        let mut config: Config = url.parse().unwrap();
        // As on the connections of the service.
        config.options(SMALL_STEPS);
        let sql = match question {
            Question::Create | Question::Duplicate => statements::CREATE_SESSION,
            Question::Register => statements::REGISTER_FILE,
        };
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = config.connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            let statement = client.prepare(sql).await.unwrap();
            all.push(Self { client, statement });
        }
        all
    }

    /// Asks once, and looks at the answer no longer than to see that it is the right one.
    pub async fn ask(&self, question: Question, session: Uuid) {
        let row = match question {
            Question::Create | Question::Duplicate => self.create(question).await,
            Question::Register => self.register(session).await,
        };
        assert_eq!(row.get::<_, bool>("done"), !matches!(question, Question::Duplicate));
    }

    async fn create(&self, question: Question) -> Row {
        let now = Utc::now();
        let files = question.files();
        let sizes = [SIZE; 3];
        let hashes = files.each_ref().map(|file| file.hash.as_ref().unwrap().0.as_str());
        self.row(&[
            &Uuid::now_v7(),
            &USER,
            &now,
            &(now + TimeDelta::minutes(LIFE_MINUTES)),
            &(5_i64 * 1024 * 1024),
            &3_i64,
            &(3 * SIZE),
            &sizes.as_slice(),
            &hashes.as_slice(),
            &false,
            &None::<&str>,
            &None::<&[u8]>,
            &Uuid::now_v7(),
        ])
        .await
    }

    async fn register(&self, session: Uuid) -> Row {
        let now: DateTime<Utc> = Utc::now();
        let [file, ..] = Question::Register.files();
        self.row(&[
            &session,
            &USER,
            &now,
            &(now + TimeDelta::minutes(DUE_MINUTES)),
            &(now + TimeDelta::minutes(LIFE_MINUTES)),
            &TimeDelta::hours(LONGEST_LIFE_HOURS).num_microseconds().unwrap(),
            &Uuid::now_v7(),
            &Uuid::now_v7(),
            &file.hash.as_ref().unwrap().0,
            &SIZE,
            &file.hash.as_ref().unwrap().0,
            &None::<&str>,
            &None::<&str>,
            &None::<&[u8]>,
        ])
        .await
    }

    async fn row(&self, params: &[&(dyn ToSql + Sync)]) -> Row {
        self.client.query_one(&self.statement, params).await.unwrap()
    }
}
