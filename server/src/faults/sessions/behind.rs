//! Changes behind the back of the store, straight in the database.

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::SessionFault;
use crate::domain::duplicates::{Candidates, EarlierUpload};
use crate::domain::extension::ExtensionPolicy;
use crate::domain::{DomainError, SessionId, Sha256, UserId};
use crate::postgres::{Database, domain_error};

/// The database, as it should not be used.
pub struct Behind {
    database: Database,
    prepared: OnceCell<()>,
}

impl Behind {
    pub fn new(database: Database) -> Self {
        Self { database, prepared: OnceCell::new() }
    }

    /// Makes the database lose or double events, when that is the fault.
    pub async fn prepare(&self, fault: SessionFault) -> Result<(), DomainError> {
        let body = match fault {
            SessionFault::EventMissing => "if new.event_type = 'file_registered' then return null; end if;",
            SessionFault::EventDoubled => {
                "if new.event_type = 'session_created' and pg_trigger_depth() = 1 then
                   insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
                   values (gen_random_uuid(), new.session_id, new.event_type, new.metadata, new.created_at);
                 end if;"
            }
            _ => return Ok(()),
        };
        let work = || async {
            let sql = format!(
                "create or replace function fault() returns trigger language plpgsql as $$ begin {body} return new; end $$;
                 create or replace trigger fault before insert on upload_session_analytics
                   for each row execute function fault()"
            );
            self.database.connection().await?.batch(&sql).await
        };
        self.prepared.get_or_try_init(work).await.copied()
    }

    /// Whose session it is.
    pub async fn owner(&self, session: SessionId) -> Result<Option<UserId>, DomainError> {
        let mut connection = self.database.connection().await?;
        let row = connection.query_opt("select user_id from upload_sessions where id = $1", &[&session.0]).await?;
        row.map(|row| row.try_get(0).map(UserId).map_err(domain_error)).transpose()
    }

    /// Moves the end of a session.
    pub async fn set_expiry(&self, session: SessionId, to: DateTime<Utc>) -> Result<(), DomainError> {
        let sql = "update upload_sessions set expires_at = $2 where id = $1";
        self.database.connection().await?.query(sql, &[&session.0, &to]).await.map(drop)
    }

    /// Extends a session as activity does.
    pub async fn extend(&self, session: SessionId, now: DateTime<Utc>) -> Result<(), DomainError> {
        let policy = ExtensionPolicy::default();
        let sql = "
            update upload_sessions set expires_at = least($2, created_at + interval '24 hours')
            where id = $1 and status = 'active' and expires_at > $3 and expires_at <= $4";
        let (to, due): (DateTime<Utc>, DateTime<Utc>) = (now + policy.ttl, now + policy.threshold);
        self.database.connection().await?.query(sql, &[&session.0, &to, &now, &due]).await.map(drop)
    }

    /// Sets the status of a session, and takes away what belongs to another one.
    pub async fn set_status(&self, session: SessionId, status: &str, now: DateTime<Utc>) -> Result<(), DomainError> {
        let sql = "
            update upload_sessions
            set status = $2::text, finalized_at = case when $2::text = 'completed' then $3::timestamptz end,
              failed_at = null, failure_cause = null, failure_reason = null, failure_step = null
            where id = $1";
        self.database.connection().await?.query(sql, &[&session.0, &status, &now]).await.map(drop)
    }

    /// Uploads of everyone or of one user that are like the candidates, or only as large as they.
    pub async fn earlier_uploads(
        &self,
        candidates: &Candidates,
        owner: Option<&UserId>,
        any_hash: bool,
    ) -> Result<Vec<EarlierUpload>, DomainError> {
        let sql = "
            select distinct on (w.size, w.hash) w.size, w.hash, f.file_url
            from unnest($1::bigint[], $2::text[]) as w (size, hash)
            join upload_session_files f on f.file_size_bytes = w.size and f.status = 'completed'
              and ($3::boolean or f.file_hash = w.hash) and ($4::text is null or f.user_id = $4)";
        let owner = owner.map(|owner| owner.0.as_str());
        let mut connection = self.database.connection().await?;
        let rows = connection.query(sql, &[&candidates.sizes, &candidates.hashes, &any_hash, &owner]).await?;
        let upload = |row: tokio_postgres::Row| {
            let hash = Sha256(row.try_get(1)?);
            Ok(EarlierUpload { size: row.try_get(0)?, hash, url: row.try_get(2)? })
        };
        rows.into_iter().map(upload).collect::<Result<_, tokio_postgres::Error>>().map_err(domain_error)
    }
}
