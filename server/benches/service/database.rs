//! A database with many completed files, kept between runs.

use std::path::Path;

use upload_server::postgres::Database;

use super::Effort;
use super::shared::postgres::{self, Postgres, connect, settle};

/// The files belong to this many users, in turn.
pub const USERS: i64 = 1000;
/// The size of every file.
pub const SIZE: i64 = 4096;

/// The hash of the file with this number.
pub fn hash(number: i64) -> String {
    format!("{number:064x}")
}

/// A PostgreSQL with at least as many completed files as wanted.
pub async fn open(folder: &Path, effort: &Effort) -> (Postgres, Database) {
    let postgres = Postgres::start(folder).await;
    let database = postgres::database(&postgres.url());
    database.migrate().await.unwrap();
    fill(&postgres.url(), effort.files).await;
    (postgres, database)
}

async fn fill(url: &str, files: i64) {
    let client = connect(url).await;
    let known = "select count(*) from upload_session_files where file_key = 'bench'";
    let known: i64 = client.query_one(known, &[]).await.unwrap().get(0);
    if known < files {
        eprintln!("making {} completed files", files - known);
        let sql = "
            with s as (
              insert into upload_sessions (user_id, status, expires_at, finalized_at)
              select 'user-' || n % $3, 'completed', now(), now() from generate_series($1::bigint, $2::bigint - 1) n
              returning id, user_id
            ), numbered as (select id, user_id, row_number() over () + $1 - 1 as n from s)
            insert into upload_session_files
              (session_id, user_id, file_key, file_size_bytes, file_hash, status, file_url, completed_at)
            select id, user_id, 'bench', $4, lpad(to_hex(n), 64, '0'), 'completed', 'file:///bench/' || n, now()
            from numbered";
        for start in (known..files).step_by(100_000) {
            let end = files.min(start + 100_000);
            client.execute(sql, &[&start, &end, &USERS, &SIZE]).await.unwrap();
        }
    }
    settle(&client).await;
}
