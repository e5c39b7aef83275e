//! Example sessions to try the service with. Running it again brings them back to how they were, with the present moment
//! as their reference.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::types::ToSql;
use uuid::{Uuid, uuid};

use crate::{
    domain::{DomainError, extension::ExtensionPolicy},
    postgres::{Connection, Database},
};

/// The user of the example sessions.
pub const USER: &str = "dev-user-00000000-0000-0000-0000-000000000001";
/// The user of the one session that is not [`USER`]'s.
pub const OTHER_USER: &str = "dev-user-00000000-0000-0000-0000-000000000002";

/// A completed session with one file.
pub const COMPLETED: Uuid = uuid!("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
/// The file of the completed session.
pub const COMPLETED_FILE: Uuid = uuid!("22222222-2222-2222-2222-222222222222");
/// Another completed session, which took less time: what is said of upload times differs for two.
pub const QUICK: Uuid = uuid!("ffffffff-ffff-4fff-8fff-ffffffffffff");
/// The file of that session.
pub const QUICK_FILE: Uuid = uuid!("66666666-6666-4666-8666-666666666666");
/// An active session that is about to expire.
pub const EXPIRING: Uuid = uuid!("99999999-9999-4999-8999-999999999999");
/// An active session that is about to expire and has reached its longest life.
pub const CAPPED: Uuid = uuid!("dddddddd-dddd-4ddd-8ddd-dddddddddddd");
/// Another user's active session.
pub const ANOTHER_USERS: Uuid = uuid!("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
/// An active session without files.
pub const EMPTY: Uuid = uuid!("cccccccc-cccc-4ccc-8ccc-cccccccccccc");
/// A session that has expired, and nobody has noticed yet.
pub const EXPIRED: Uuid = uuid!("eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee");

struct Example {
    id: Uuid,
    user: &'static str,
    status: &'static str,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    finalized_at: Option<DateTime<Utc>>,
}

/// Puts the example sessions into the database, or back to how they were.
///
/// # Errors
/// When the database does not answer or has not been migrated.
pub async fn seed(database: &Database, policy: &ExtensionPolicy, now: DateTime<Utc>) -> Result<(), DomainError> {
    let mut connection = database.connection().await?;
    connection.begin().await?;
    let sessions = sessions(policy, now);
    for session in &sessions {
        put_session(&mut connection, session, now).await?;
    }
    clear(&mut connection, &sessions).await?;
    for file in &FILES {
        put_file(&mut connection, file, now).await?;
    }
    for event in &EVENTS {
        put_event(&mut connection, event, now).await?;
    }
    connection.commit().await
}

fn sessions(policy: &ExtensionPolicy, now: DateTime<Utc>) -> [Example; 7] {
    let minutes = |minutes| now + TimeDelta::minutes(minutes);
    let active = |id, created_at, expires_at| Example {
        id,
        user: USER,
        status: "active",
        created_at,
        expires_at,
        finalized_at: None,
    };
    let capped_until = minutes(5);
    [
        Example {
            status: "completed",
            finalized_at: Some(minutes(-20)),
            ..active(COMPLETED, minutes(-30), minutes(15))
        },
        Example { status: "completed", finalized_at: Some(minutes(-2)), ..active(QUICK, minutes(-4), minutes(26)) },
        active(EXPIRING, minutes(-25), minutes(5)),
        active(CAPPED, capped_until - policy.max_lifetime, capped_until),
        Example { user: OTHER_USER, ..active(ANOTHER_USERS, now, minutes(30)) },
        active(EMPTY, now, minutes(30)),
        active(EXPIRED, minutes(-60), minutes(-30)),
    ]
}

async fn put_session(connection: &mut Connection, session: &Example, now: DateTime<Utc>) -> Result<(), DomainError> {
    let params: [&(dyn ToSql + Sync); 7] = [
        &session.id,
        &session.user,
        &session.status,
        &session.created_at,
        &session.expires_at,
        &session.finalized_at,
        &now,
    ];
    let sql = "
        insert into upload_sessions
          (id, user_id, status, part_size_bytes, created_at, expires_at, finalized_at, updated_at, declared_file_count, declared_size_bytes)
        values ($1, $2, $3, 5242880, $4, $5, $6, $7, 1, 5000000)
        on conflict (id) do update set
          user_id = excluded.user_id, status = excluded.status, created_at = excluded.created_at,
          expires_at = excluded.expires_at, finalized_at = excluded.finalized_at, updated_at = excluded.updated_at,
          failed_at = null, failure_cause = null, failure_reason = null, failure_step = null";
    connection.query(sql, &params).await.map(drop)
}

/// Removes what the last use of the example sessions has left in them.
async fn clear(connection: &mut Connection, sessions: &[Example]) -> Result<(), DomainError> {
    let ids: Vec<Uuid> = sessions.iter().map(|session| session.id).collect();
    for sql in [
        "delete from upload_session_files where session_id = any($1)",
        "delete from upload_session_outbox where session_id = any($1)",
        "delete from upload_session_analytics where session_id = any($1)",
    ] {
        connection.query(sql, &[&ids]).await?;
    }
    Ok(())
}

/// A completed file.
struct ExampleFile {
    id: Uuid,
    session: Uuid,
    key: &'static str,
    size: i64,
    hash: &'static str,
    url: &'static str,
    content_type: &'static str,
    /// Minutes before the present moment.
    registered: i64,
    completed: i64,
}

const FILES: [ExampleFile; 2] = [
    ExampleFile {
        id: COMPLETED_FILE,
        session: COMPLETED,
        key: "test-duplicate.pdf",
        size: 5_000_000,
        hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        url: "s3://bucket/test-duplicate.pdf",
        content_type: "application/pdf",
        registered: 29,
        completed: 25,
    },
    ExampleFile {
        id: QUICK_FILE,
        session: QUICK,
        key: "quick.jpg",
        size: 1_000_000,
        hash: "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        url: "s3://bucket/quick.jpg",
        content_type: "image/jpeg",
        registered: 4,
        completed: 3,
    },
];

async fn put_file(connection: &mut Connection, file: &ExampleFile, now: DateTime<Utc>) -> Result<(), DomainError> {
    let sql = "
        insert into upload_session_files
          (id, session_id, user_id, file_key, file_size_bytes, file_hash, status, file_url, content_type, created_at, updated_at, completed_at)
        values ($1, $2, $3, $4, $5, $6, 'completed', $7, $8, $9, $10, $10)";
    let (registered, completed) = (now - TimeDelta::minutes(file.registered), now - TimeDelta::minutes(file.completed));
    let params: [&(dyn ToSql + Sync); 10] = [
        &file.id,
        &file.session,
        &USER,
        &file.key,
        &file.size,
        &file.hash,
        &file.url,
        &file.content_type,
        &registered,
        &completed,
    ];
    connection.query(sql, &params).await.map(drop)
}

/// What happened in a session.
struct ExampleEvent {
    id: Uuid,
    session: Uuid,
    event_type: &'static str,
    total_size: i64,
    /// Minutes before the present moment.
    happened: i64,
    /// Minutes since the session was created.
    elapsed: i64,
}

const EVENTS: [ExampleEvent; 5] = [
    completed_event(uuid!("33333333-3333-3333-3333-333333333333"), "session_created", 0),
    completed_event(uuid!("44444444-4444-4444-4444-444444444444"), "file_completed", 5),
    completed_event(uuid!("55555555-5555-5555-5555-555555555555"), "session_finalized", 10),
    quick_event(uuid!("77777777-7777-4777-8777-777777777777"), "session_created", 0),
    quick_event(uuid!("88888888-8888-4888-8888-888888888888"), "session_finalized", 2),
];

const fn completed_event(id: Uuid, event_type: &'static str, elapsed: i64) -> ExampleEvent {
    ExampleEvent { id, session: COMPLETED, event_type, total_size: 5_000_000, happened: 30 - elapsed, elapsed }
}

const fn quick_event(id: Uuid, event_type: &'static str, elapsed: i64) -> ExampleEvent {
    ExampleEvent { id, session: QUICK, event_type, total_size: 1_000_000, happened: 4 - elapsed, elapsed }
}

async fn put_event(connection: &mut Connection, event: &ExampleEvent, now: DateTime<Utc>) -> Result<(), DomainError> {
    let metadata = serde_json::json!({
        "user_id": USER,
        "file_count": 1,
        "total_size_bytes": event.total_size,
        "elapsed_time_ms": event.elapsed * 60_000,
    });
    let created_at = now - TimeDelta::minutes(event.happened);
    let sql = "
        insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
        values ($1, $2, $3, $4, $5)";
    let params: [&(dyn ToSql + Sync); 5] = [&event.id, &event.session, &event.event_type, &metadata, &created_at];
    connection.query(sql, &params).await.map(drop)
}
