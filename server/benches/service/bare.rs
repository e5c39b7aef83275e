//! The statements of the service by tokio-postgres alone: no HTTP, no pool, no store; what the database itself allows.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use upload_server::postgres::{SMALL_STEPS, statements};
use uuid::Uuid;

use super::database::SIZE;
use super::requests::{Question, USER};

/// The extension rule as the service has it by default, in minutes and hours.
const DUE_MINUTES: i64 = 10;
const LIFE_MINUTES: i64 = 30;
const LONGEST_LIFE_HOURS: i64 = 24;

/// A connection with the statements prepared.
pub struct Bare {
    client: Client,
    create: Statement,
    register: Statement,
}

impl Bare {
    /// So many connections, as those of the service are.
    pub async fn connect(url: &str, count: usize) -> Vec<Self> {
        let mut config: Config = url.parse().unwrap();
        config.options(SMALL_STEPS);
        let mut all = Vec::new();
        for _ in 0..count {
            let (client, connection) = config.connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            let create = client.prepare(statements::CREATE_SESSION).await.unwrap();
            let register = client.prepare(statements::REGISTER_FILE).await.unwrap();
            all.push(Self { client, create, register });
        }
        all
    }

    /// Asks once, and looks at the answer no longer than to see that it is the right one.
    pub async fn ask(&self, question: Question, session: Uuid) {
        let files = question.files();
        let hashes = files.each_ref().map(|file| file.hash.as_ref().unwrap().0.as_str());
        let row = match question {
            Question::Create | Question::Duplicate => self.create(Uuid::now_v7(), &[SIZE; 3], &hashes).await,
            Question::Register => self.register(session, Uuid::now_v7(), hashes[0], SIZE, hashes[0]).await,
        };
        assert_eq!(row.get::<_, bool>("done"), !matches!(question, Question::Duplicate));
    }

    /// Creates a session with files of these sizes and hashes, unless one of them is there.
    pub async fn create(&self, session: Uuid, sizes: &[i64], hashes: &[&str]) -> Row {
        let now = Utc::now();
        let params: [&(dyn ToSql + Sync); 13] = [
            &session,
            &USER,
            &now,
            &(now + TimeDelta::minutes(LIFE_MINUTES)),
            &(5_i64 * 1024 * 1024),
            &i64::try_from(sizes.len()).unwrap(),
            &sizes.iter().sum::<i64>(),
            &sizes,
            &hashes,
            &false,
            &None::<&str>,
            &None::<&[u8]>,
            &Uuid::now_v7(),
        ];
        self.client.query_one(&self.create, &params).await.unwrap()
    }

    /// Adds a file to a session.
    pub async fn register(&self, session: Uuid, file: Uuid, key: &str, size: i64, hash: &str) -> Row {
        let now: DateTime<Utc> = Utc::now();
        let params: [&(dyn ToSql + Sync); 14] = [
            &session,
            &USER,
            &now,
            &(now + TimeDelta::minutes(DUE_MINUTES)),
            &(now + TimeDelta::minutes(LIFE_MINUTES)),
            &TimeDelta::hours(LONGEST_LIFE_HOURS).num_microseconds().unwrap(),
            &Uuid::now_v7(),
            &file,
            &key,
            &size,
            &hash,
            &None::<&str>,
            &None::<&str>,
            &None::<&[u8]>,
        ];
        self.client.query_one(&self.register, &params).await.unwrap()
    }
}
